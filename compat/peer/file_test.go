//go:build peer

package peer

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFileToSQL goes the way that docs/cluster.md shows: from a file, by `ovate ingest` and an ovate in the Overlord's place, to answers of a
// Broker. No worker of Druid is there.
func TestFileToSQL(t *testing.T) {
	if testing.Short() {
		t.Skip("it asks a Broker")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	s := newSite(ctx, t, 1)
	for _, role := range []Role{Coordinator, Historical, Broker} {
		s.start(role)
	}
	ovate, _ := launchBuilt(ctx, t, s.binary, t.TempDir(), append(s.ovateProperties(), `druid.indexer.task.default.context={"ovateRunner":"auto"}`)...)
	file, err := filepath.Abs("../../examples/flights/flights-2013-01.csv.gz")
	if err != nil {
		t.Fatal(err)
	}
	ingest := func(args ...string) {
		t.Helper()
		began := time.Now()
		command := exec.CommandContext(ctx, s.binary, append([]string{"ingest", "--url", ovate.URL()}, args...)...)
		command.Dir = t.TempDir()
		said, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("ovate ingest %s: %v\n%s", strings.Join(args, " "), err, said)
		}
		fmt.Fprintf(os.Stderr, "ingested after %.1f s\n", time.Since(began).Seconds())
	}
	ingest(file, "--datasource", "flights")
	s.expectRows(`SELECT COUNT(*), TIME_FORMAT(MIN(__time)), COUNT(DISTINCT "carrier"), SUM("distance") FROM "flights"`,
		"27004,2013-01-01T10:00:00.000+00:00,16,27188805")
	s.expectRows(`SELECT "carrier", COUNT(*) AS n FROM "flights" GROUP BY 1 ORDER BY n DESC LIMIT 2`, "UA,4637\nB6,4427")

	// The same month once more is what queries see in its place; more rows are seen beside it.
	ingest(file, "--datasource", "flights", "--replace", "--granularity", "MONTH")
	s.expectRows(`SELECT COUNT(*) FROM "flights"`, "27004")
	ingest(file, "--datasource", "flights", "--append")
	s.expectRows(`SELECT COUNT(*) FROM "flights"`, "54008")
	s.expectRows(`SELECT "status", COUNT(*) FROM sys.tasks WHERE "datasource" = 'flights' GROUP BY 1`, "SUCCESS,3")
}

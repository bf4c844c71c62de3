package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const sales = `sold;shop;pieces;price
01.02.2024 10:00;Vienna;2;3.50
01.02.2024 11:00;Graz;1;NA
31.02.2024 11:00;Graz;1;1
02.02.2024 12:00;Linz;4;0.25
`

func salesFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sales.csv")
	if err := os.WriteFile(path, []byte(strings.Replace(sales, "31.02.", "03.02.", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestIngestDryRun(t *testing.T) {
	t.Parallel()
	path := salesFile(t)
	got := run(t, "ingest", path, "-d", "sales", "--dry-run")
	got.expect(t, 0, path, "sales.csv: text with a header", "about 4 rows", "column sold (dd.MM.yyyy HH:mm)", "1 string, 1 long, 1 double", "NA", "price")
	if !json.Valid([]byte(got.out)) {
		t.Errorf("printed %s", got.out)
	}
}

func TestIngestWithoutAServer(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	got := run(t, "ingest", salesFile(t), "-d", "sales", "--data", data, "--granularity", "month")
	got.expect(t, 0, "SUCCESS", "4, ", "published", "4 rows", "sales_2024-02-01T00:00:00.000Z_2024-03-01T00:00:00.000Z")
	paths, err := filepath.Glob(filepath.Join(data, "segments/sales/*/*/0/index"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("%v, %v", paths, err)
	}
	run(t, "segment", "info", paths[0]).expect(t, 0, "2024-02-01T00:00:00.000Z/2024-03-01T00:00:00.000Z", "rows", "4", "COLUMN", "__time", "shop", "pieces", "price")
	dump := run(t, "segment", "dump", "-n", "2", paths[0])
	dump.expect(t, 0, `"__time":"2024-02-01T10:00:00.000Z"`, "Vienna", "3.5", "Graz")
	if strings.Count(dump.out, "\n") != 2 {
		t.Errorf("not two rows: %s", dump.out)
	}
}

func TestIngestOnAServer(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	server := serving(t, command(t, "serve", "--listen", "127.0.0.1:0", "--data", data))
	path := salesFile(t)
	run(t, "ingest", path, "-d", "sales", "--url", server.url).expect(t, 0, "SUCCESS", "4, ", "1 published")
	run(t, "ingest", path, "-d", "sales", "--data", data).expect(t, 1, "in use", "--url")
	run(t, "tasks", "-d", "sales", "--url", server.url).expect(t, 0, "index_parallel_sales", "SUCCESS")
	run(t, "quickstart", "--data", data, "--listen", "127.0.0.1:0").expect(t, 1, "in use", "--data /tmp/try")
	server.end(t, os.Interrupt).expect(t, 0)
}

func TestIngestRefuses(t *testing.T) {
	t.Parallel()
	path := salesFile(t)
	run(t, "ingest", path).expect(t, 2, "--datasource")
	run(t, "ingest", path, "-d", "a/b").expect(t, 2, "--datasource", "a/b")
	run(t, "ingest", path, "-d", "a", "--time-column", "when").expect(t, 2, `no column "when"`, "sold")
	run(t, "ingest", "none.csv", "-d", "a").expect(t, 2, "none.csv", "no such file")
}

func TestQuickstart(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	run(t, "quickstart", "--once", "--data", data, "--listen", "127.0.0.1:0").expect(t, 0,
		"listening on http://127.0.0.1:", "SUCCESS in", "27,004, ", "606 of them", "5 published", "5,025 rows", "flights_2012-12-31", "27,004 rows", "in 5 segments")

	again := serving(t, command(t, "quickstart", "--data", data, "--listen", "127.0.0.1:0"))
	again.until(t, "Serving on")
	run(t, "tasks", "-d", "flights", "--url", again.url).expect(t, 0, "index_parallel_flights", "SUCCESS", "index_parallel_flights", "SUCCESS")
	run(t, "status", "none", "--url", again.url).expect(t, 4, "`ovate tasks`")
	again.end(t, os.Interrupt).expect(t, 0)
}

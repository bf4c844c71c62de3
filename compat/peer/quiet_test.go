//go:build peer

package peer

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"ovate/internal/metadata/sqldb/sqldbtest"
)

// TestQuietSupervisors tells what a thousand supervisors cost ovate that have nothing to do, each with a topic of its own: with a database and a broker, and
// without anybody who asks for them. It compares nothing.
func TestQuietSupervisors(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes minutes, and tells figures only")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	k := startKafka(ctx, t)
	const many = 1000
	for from := 0; from < many; from += 100 {
		var topics []string
		for i := range 100 {
			topics = append(topics, fmt.Sprint("quiet-", from+i))
		}
		made, err := k.Admin.CreateTopics(ctx, 1, 1, nil, topics...)
		if err == nil {
			err = made.Error()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	server := sqldbtest.PostgreSQL(t)
	properties := []string{"ovate.workers=127.0.0.1:1"} // whom nobody reaches
	for name, value := range InPostgreSQL(server.URI, server.User, server.Password) {
		properties = append(properties, name+"="+value)
	}
	c, p := launch(ctx, t, t.TempDir(), properties...)
	measure(ctx, t, p.cmd.Process.Pid, 0)
	for i := range many {
		spec := fmt.Sprintf(`{"type":"kafka","spec":{"dataSchema":{"dataSource":"quiet-%d","timestampSpec":{"column":"t","format":"iso"},"dimensionsSpec":{"useSchemaDiscovery":true},"granularitySpec":{"segmentGranularity":"HOUR"}},
			"ioConfig":{"topic":"quiet-%d","inputFormat":{"type":"json"},"consumerProperties":{"bootstrap.servers":%q},"taskCount":1,"period":"PT30S","useEarliestOffset":true,
			"idleConfig":{"enabled":true,"inactiveAfterMillis":1}},"tuningConfig":{"type":"kafka"}}}`, i, i, k.Address())
		answer, err := http.Post(c.URL()+"/druid/indexer/v1/supervisor", "application/json", strings.NewReader(spec))
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Fatal(answer.Status)
		}
	}
	measure(ctx, t, p.cmd.Process.Pid, many)
}

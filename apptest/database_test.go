package apptest

import (
	"testing"

	"ovate/client"
	"ovate/internal/metadata/sqldb/sqldbtest"
)

// properties are what has the metadata in a database server.
func properties(s *sqldbtest.Server, kind string) []string {
	return []string{
		"druid.metadata.storage.type=" + kind, "druid.metadata.storage.connector.connectURI=" + s.URI,
		"druid.metadata.storage.connector.user=" + s.User, "druid.metadata.storage.connector.password=" + s.Password,
	}
}

// TestDatabaseServer: with its metadata in a database server a server does what it does with a file: it ingests, and finds all of it again
// when it was killed.
func TestDatabaseServer(t *testing.T) {
	t.Parallel()
	for kind, begin := range map[string]func(testing.TB) *sqldbtest.Server{"postgresql": sqldbtest.PostgreSQL, "mysql": sqldbtest.MariaDB} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			database, dir := begin(t), t.TempDir()
			s := start(t, dir, properties(database, kind)...)
			s.succeed(t, s.submit(t, ingestion{id: "first", dataSource: "wiki ü", source: inline(rows("first", 1000, 2))}.task()))
			s.submit(t, noop("runs", quiet, 3_600_000))
			s.expectStates(t, map[string]string{"runs": "running"})
			s.kill(t)

			s = start(t, dir, properties(database, kind)...)
			s.expectStates(t, map[string]string{"runs": "running", "first": "none"})
			s.succeed(t, s.submit(t, ingestion{id: "second", dataSource: "wiki ü", source: inline(rows("second", 10, 1)), append: true}.task()))
			if err := s.Shutdown(t.Context(), "runs"); err != nil {
				t.Fatal(err)
			}
			s.finish(t, "runs")
			all, err := s.DataSources(t.Context())
			if err != nil || len(all) != 1 || all[0].Name != "wiki ü" || all[0].Rows == nil || *all[0].Rows != 1010 {
				t.Errorf("data sources %+v, %v", all, err)
			}
			n := 0
			tasks, err := s.Tasks(t.Context(), client.Filter{})
			for _, task := range tasks {
				if task.DataSource == "wiki ü" {
					n++
				}
			}
			if err != nil || n != 2 {
				t.Errorf("%d tasks of the data source, %v", n, err)
			}
			s.terminate(t)
		})
	}
}

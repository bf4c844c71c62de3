package apptest

import (
	"errors"
	"strings"
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
			s.refusesNames(t, kind == "mysql")
			s.terminate(t)
		})
	}
}

// refusesNames submits tasks with names that the database cannot hold, or cannot tell from others.
func (s *server) refusesNames(t testing.TB, loose bool) {
	t.Helper()
	grouped := noop("grouped", quiet, 1)
	grouped["groupId"] = strings.Repeat("g", 300)
	for _, c := range []struct {
		task object
		told string // nothing: it is accepted
	}{
		{noop(strings.Repeat("i", 300), quiet, 1), "field [id] has 300 characters, and at most 255 are possible"},
		{grouped, "field [groupId] has 300 characters, and at most 255 are possible"},
		{noop("longest", strings.Repeat("d", 255), 1), ""},
		{ingestion{id: "long", dataSource: strings.Repeat("d", 181), source: inline(rows("long", 1, 1))}.task(), "field [dataSource] has 181 characters, and at most 180 are possible"},
		{noop("blank", "wiki ü ", 1), "ends with a blank"},
	} {
		if c.told == "ends with a blank" && !loose {
			c.told = ""
		}
		_, err := s.Submit(t.Context(), encode(t, c.task))
		refused, is := errors.AsType[*client.Error](err)
		if c.told == "" && err != nil || c.told != "" && (!is || refused.Status != 400 || !strings.Contains(refused.Message, c.told)) {
			t.Errorf("%s: %v, want %q", c.task["id"], err, c.told)
		}
	}
}

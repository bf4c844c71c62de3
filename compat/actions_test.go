package compat

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver

	"ovate/compat/replay"
)

// TestActions sends the script of task actions to a fresh server, and holds its answers, and the rows that come of them, against what a real
// Overlord has answered and written.
func TestActions(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	s := startIn(t, data)
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.Join(data, "metadata.db")}).EscapedPath()+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	at := replay.Overlord{URL: s.url, DB: db}
	documented := map[string]bool{"": true}
	for _, d := range differences() {
		documented[d.name] = true
	}
	actions := 0
	for _, section := range replay.Script() {
		for _, step := range section.Steps {
			if strings.HasSuffix(step.Path, "/action") {
				actions++
			}
			if !documented[step.Differs] {
				t.Errorf("%s: no difference is called %q", step.Body, step.Differs)
			}
		}
		t.Run(section.Name, func(t *testing.T) {
			druid, err := replay.Load(filepath.Join("testdata", "actions"), section)
			if err != nil {
				t.Fatal(err)
			}
			noted, err := at.Run(t.Context(), section)
			if err != nil {
				t.Fatal(err)
			}
			for _, difference := range replay.Compare(section, druid, noted) {
				t.Error(difference)
			}
		})
	}
	if actions < 150 {
		t.Errorf("the script has but %d actions", actions)
	}
}

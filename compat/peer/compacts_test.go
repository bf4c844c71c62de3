//go:build peer

package peer

import (
	"context"
	"encoding/json"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"ovate/compat/replay"
)

// TestCompacts has Druid's scheduler of compaction decide in worlds, and compares with what was recorded, by which ovate is tested
// (internal/compaction/choice.TestAsDruid).
func TestCompacts(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	file := filepath.Join("..", "testdata", "compacts.jsonl.gz")
	all, err := replay.LoadCompacts(file)
	if err != nil {
		t.Fatal(err)
	}
	worlds := make([][]byte, len(all))
	for i := range all {
		worlds[i] = all[i].World
	}
	for i, answer := range druidSays(ctx, t, filepath.Join("compacts", "Compacts.java"), worlds) {
		if now, recorded := deeds(t, answer), deeds(t, all[i].Druid); !reflect.DeepEqual(now, recorded) && !*recordActions {
			t.Errorf("%s: Druid says\n%v\nbut recorded is\n%v", all[i].World, now, recorded)
		}
		all[i].Druid = answer
	}
	if *recordActions {
		if err := replay.SaveCompacts(file, all); err != nil {
			t.Error(err)
		}
	}
}

// deeds is what counts of an answer: candidates of one time come in any order, and ids are new each time.
func deeds(t *testing.T, answer []byte) any {
	t.Helper()
	var a struct {
		Tasks []struct {
			DataSource   string
			IOConfig     any
			TuningConfig any
			Context      any
		}
		Cancelled []string
		Statuses  []map[string]any
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		t.Fatalf("%s: %v", answer, err)
	}
	of := map[string]map[string]any{}
	for _, status := range a.Statuses {
		of[status["dataSource"].(string)] = status
	}
	a.Statuses = nil
	return []any{a, of}
}

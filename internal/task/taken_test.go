package task

import (
	"path/filepath"
	"testing"

	"ovate/compat/replay"
)

// A task for a worker is refused when it is submitted only if Druid refuses it, too, and then in words that name its field.
func TestTaken(t *testing.T) {
	t.Parallel()
	all, err := replay.LoadTaken(filepath.Join("..", "..", "compat", "testdata", "taken.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, each := range all {
		got := ""
		if _, err := (Places{Workers: true}).Decode(each.Task, 0, nil); err != nil {
			got = err.Error()
		}
		if got != each.Error {
			t.Errorf("%s is refused as %q, want %q", each.Task, got, each.Error)
		}
		if got != "" && each.Druid == "" {
			t.Errorf("%s is refused, as %s, but Druid takes it", each.Task, got)
		}
	}
}

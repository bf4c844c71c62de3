package task

import (
	"strings"
	"testing"
)

func TestKinds(t *testing.T) {
	t.Parallel()
	for _, typ := range Types() {
		if KindOf(typ).decode == nil {
			t.Errorf("%s is listed, but cannot be decoded", typ)
		}
	}
	if unknown := KindOf("nobody_knows"); unknown.decode != nil || !unknown.TakesLocks {
		t.Errorf("a type that is not known: %+v", unknown)
	}
}

// The lists of types stand in messages, and one of them in those of Druid.
func TestTypes(t *testing.T) {
	t.Parallel()
	if got := strings.Join(Types(), " "); got != "index index_parallel kill noop" {
		t.Errorf("those that can be run here are %s", got)
	}
	const want = "archive compact index index_hadoop index_kafka index_parallel index_sub kill move noop partial_dimension_cardinality partial_dimension_distribution " +
		"partial_index_generate partial_index_generic_merge partial_range_index_generate restore single_phase_sub_task"
	if got := strings.Join(DruidTypes(), " "); got != want {
		t.Errorf("those of Druid are %s, want %s", got, want)
	}
	seen := map[string]bool{}
	for i := range kinds {
		if typ := kinds[i].Type; seen[typ] || typ == "" {
			t.Errorf("the type %q is there twice, or has no name", typ)
		} else {
			seen[typ] = true
		}
	}
}

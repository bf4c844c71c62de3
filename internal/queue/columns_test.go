package queue_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"ovate/internal/ingest"
)

// The context of a task, or of all tasks, tells whether empty columns are stored and how the segments came about.
func TestContextTellsWhatIsStored(t *testing.T) {
	for name, c := range map[string]struct {
		context     string
		property    bool // storeEmptyColumns of the server is false
		defaults    map[string]json.RawMessage
		omit, state bool
	}{
		"neither":                    {},
		"empty columns":              {context: "'storeEmptyColumns':false", omit: true},
		"by the server":              {property: true, omit: true},
		"against the server":         {property: true, context: "'storeEmptyColumns':true"},
		"state":                      {context: "'storeCompactionState':true", state: true},
		"by the context of all":      {defaults: map[string]json.RawMessage{"storeCompactionState": json.RawMessage("true"), "storeEmptyColumns": json.RawMessage("false")}, omit: true, state: true},
		"state, appending":           {context: "append'storeCompactionState':true", state: true},
		"against the default of all": {context: "'storeCompactionState':false", defaults: map[string]json.RawMessage{"storeCompactionState": json.RawMessage("true")}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.options.DefaultContext, w.omitEmpty = c.defaults, c.property
				q := w.start()
				w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
					if job.OmitEmpty != c.omit {
						t.Errorf("empty columns are left out: %v", job.OmitEmpty)
					}
					return builds(1)(ctx, job)
				}
				w.add(q, index("a", 0, 0, c.context))
				synctest.Wait()
				w.expect(q, "a", "SUCCESS")
				rows, err := w.store.UsedSegments(context.Background(), "wiki", nil)
				if err != nil {
					t.Fatal(err)
				}
				state := string(rows[0].Segment.LastCompactionState)
				if (state != "") != c.state || c.state && !strings.HasPrefix(state, `{"partitionsSpec":null,"dimensionsSpec":{"dimensions":[{"type":"string","name":"page"`) {
					t.Errorf("the state is %s", state)
				}
			})
		})
	}
}

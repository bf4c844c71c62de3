package kafka_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ovate/internal/supervisor/kafka"
)

var update = flag.Bool("update", false, "write the errors of today into testdata/taken.jsonl")

// recorded is a spec and what Druid's own classes have made of it, as compat/peer.TestKafkaSpecs has them tell again.
type recorded struct {
	Spec  json.RawMessage `json:"spec"`
	Druid string          `json:"druid,omitempty"` // why they refuse it; empty if they do not
	Error string          `json:"error,omitempty"` // why it is refused here

	// Written is the spec as they write it, and Task one of its tasks, in expanded.jsonl alone.
	Written json.RawMessage `json:"written,omitempty"`
	Task    json.RawMessage `json:"task,omitempty"`
}

func load(t testing.TB, name string) (all []recorded) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var r recorded
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// A spec that Druid's own classes refuse is refused, by an error that names the field. What an extension may know is left to Druid, and so is what it makes of
// an expression.
func TestTaken(t *testing.T) {
	t.Parallel()
	all := load(t, "taken.jsonl")
	for i := range all {
		r := &all[i]
		got := ""
		if _, err := kafka.Parse(r.Spec); err != nil {
			got = err.Error()
		}
		if got != r.Error && !*update {
			t.Errorf("%s is refused as %q, want %q", r.Spec, got, r.Error)
		}
		left := strings.Contains(r.Druid, "load all the necessary extensions") || strings.Contains(r.Druid, "druid.math.expr")
		if r.Error = got; got == "" && r.Druid != "" && !left {
			t.Errorf("%s is taken, but Druid says %s", r.Spec, r.Druid)
		}
		if got != "" && !strings.HasPrefix(got, "Field [") {
			t.Errorf("%s: the error names no field: %s", r.Spec, got)
		}
	}
	if *update {
		save(t, all)
	}
}

func save(t *testing.T, all []recorded) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	for _, r := range all {
		if err := encoder.Encode(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join("testdata", "taken.jsonl"), text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// What Druid writes of a spec, with all defaults, says the same as the spec that it was made of, and tasks of the one are current by the other.
func TestExpanded(t *testing.T) {
	t.Parallel()
	all := load(t, "expanded.jsonl")
	for i, r := range all {
		given, err := kafka.Parse(r.Spec)
		if err != nil {
			t.Fatal(err)
		}
		written, err := kafka.Parse(r.Written)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := said(t, given), said(t, written); a != b {
			t.Errorf("%s says\n%s, and as Druid writes it\n%s", r.Spec, a, b)
		}
		for k, other := range all {
			for _, s := range []*kafka.Spec{given, written} {
				if got := s.Current(other.Task); got != (i == k) {
					t.Errorf("the task of spec %d is current by spec %d: %v", k, i, got)
				}
			}
		}
	}
}

// said is all that a spec says in its fields.
func said(t testing.TB, s *kafka.Spec) string {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

package supervisor

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

// Every kind is known by its type, and by each of the fields that only such a spec has, in both of the forms that specs have; a task by none.
func TestSpecsAreKnown(t *testing.T) {
	t.Parallel()
	is := func(typ, text string) bool {
		t.Helper()
		var fields map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &fields); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return IsSpec(typ, fields)
	}
	seen := map[string]bool{}
	for _, k := range slices.Concat(kinds, own) {
		if k.Type == "" || seen[k.Type] {
			t.Errorf("kind %q is there twice, or has no name", k.Type)
		}
		seen[k.Type] = true
		if _, known := kindOf(k.Type, kindsWith(nil)); !is(k.Type, `{}`) || !known {
			t.Errorf("%s is not known", k.Type)
		}
		for _, mark := range k.marks {
			if !is("new", `{"ioConfig":{"`+mark+`":null}}`) || !is("new", `{"spec":{"ioConfig":{"`+mark+`":1}}}`) {
				t.Errorf("a spec is not known by its ioConfig.%s", mark)
			}
		}
	}
	if !is("new", `{"suspended":false}`) {
		t.Error("a spec is not known by its field suspended")
	}
	for _, task := range []string{`{}`, `{"spec":null}`, `{"spec":{"ioConfig":5}}`, `{"topic":"t","spec":{"topic":"t","ioConfig":{"inputSource":{},"appendToExisting":true}}}`} {
		if is("new", task) {
			t.Errorf("%s is taken for the spec of a supervisor", task)
		}
	}
}

// Of each kind it is known where its specs tell what they write and read; of one that is not known, all places are looked at.
func TestOutlines(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ typ, text, dataSource, source string }{
		{"kafka", `{"spec":{"dataSchema":{"dataSource":"d"},"ioConfig":{"topic":"t","stream":"s"}}}`, "d", "s"},
		{"kafka", `{"spec":{"dataSchema":{"dataSource":"d"},"ioConfig":{"topic":null,"topicPattern":"t.*"}}}`, "d", "t.*"},
		{"kafka", `{"dataSchema":{"dataSource":"older"},"ioConfig":{"topic":"u"},"spec":{"dataSchema":{"dataSource":"d"},"ioConfig":{"topic":"t"}}}`, "d", "t"},
		{"kinesis", `{"spec":{"dataSchema":{"dataSource":"other"}},"spec":null,"dataSchema":{"dataSource":"d"},"ioConfig":{"stream":"s"}}`, "d", "s"},
		{"kinesis", `{"spec":{"dataSchema":{"dataSource":"other"},"ioConfig":{"stream":"t"}},"spec":{"dataSchema":{"dataSource":"d"},"ioConfig":{"stream":"s"}}}`, "d", "s"},
		{"kinesis", `{"spec":{"dataSchema":{"dataSource":"other"},"dataSchema":{}}}`, "", ""},
		{"autocompact", `{"spec":{"dataSource":"other"},"spec":null}`, "", ""},
		{"kinesis", `{"dataSchema":{"dataSource":"older"},"ioConfig":{"stream":"s"}}`, "older", "s"},
		{"rabbit", `{"spec":{"dataSchema":{"dataSource":"d"},"ioConfig":{"stream":"s"}}}`, "d", "s"},
		{"autocompact", `{"spec":{"dataSource":"d"}}`, "d", ""},
		{"scheduled_batch", `{"dataSource":"d","spec":{"query":"q"}}`, "d", ""},
		{"ovate_scheduled_task", `{"dataSource":"no","task":{"dataSource":"d"}}`, "d", ""},
		{"ovate_scheduled_task", `{"task":{"spec":{"dataSchema":{"dataSource":"d"}}}}`, "d", ""},
		{"new", `{"dataSource":"d"}`, "d", ""},
		{"new", `{"spec":{"dataSource":"d","ioConfig":{"topic":"t"}}}`, "d", "t"},
		{"new", `{"spec":{"dataSchema":{"dataSource":"d"},"ioConfig":{"stream":"s"}}}`, "d", "s"},
		{"new", `{}`, "", ""},
	} {
		k, _ := kindOf(c.typ, kindsWith(nil))
		if s, _, err := k.parse([]byte(c.text)); err != nil || s.DataSource != c.dataSource || s.Source != c.source {
			t.Errorf("%s %s is %+v, %v; want that it reads %q and writes %q", c.typ, c.text, s, err, c.source, c.dataSource)
		}
	}
}

// Who says how supervisors of a kind of Druid's are run leaves what is known of its specs.
func TestRunOfAKind(t *testing.T) {
	t.Parallel()
	run := Kind{
		Type: "scheduled_batch", Run: func(*Spec, Host) (Supervising, error) { return nil, nil },
		Target: func(context.Context, *Spec) (string, error) { return "wiki", nil },
	}
	m := New(Options{Kinds: []Kind{run}})
	defer m.Stop()
	s, k, err := m.read(t.Context(), []byte(`{"type":"scheduled_batch","id":"one"}`))
	if err != nil || k.Run == nil || s.ID != "one" || string(s.Payload) != `{"type":"scheduled_batch","id":"one","dataSource":"wiki"}` {
		t.Errorf("%+v, %v", s, err)
	}
	if s, _, err = m.read(t.Context(), []byte(`{"type":"scheduled_batch","dataSource":"given"}`)); err != nil || s.DataSource != "given" || s.ID == "given" {
		t.Errorf("%+v, %v", s, err)
	}
}

// A kind of a type that Druid has says how its supervisors run, and what more is asked of their specs; how these are read stays as it is.
func TestKindsThatRun(t *testing.T) {
	t.Parallel()
	run := func(*Spec, Host) (Supervising, error) { return nil, nil }
	asks := func(s *Spec) error { return errors.New("more of " + s.ID) }
	all := kindsWith([]Kind{{Type: "kafka", Run: run, Check: asks}, {Type: "mine", Run: run}})
	if len(all) != len(kinds)+len(own)+1 {
		t.Errorf("there are %d kinds", len(all))
	}
	for _, typ := range []string{"kafka", "mine"} {
		if k, known := kindOf(typ, all); !known || k.Run == nil {
			t.Errorf("%s: %v, %t", typ, k, known)
		}
	}
	k, _ := kindOf("kafka", all)
	if k.place == "" || k.identify == nil || k.outline == nil || len(k.marks) == 0 {
		t.Errorf("of Druid's kind there is %+v left", k)
	}
	if err := k.Check(&Spec{ID: "a"}); err == nil || !strings.Contains(err.Error(), "spec.ioConfig.topic") {
		t.Errorf("without a stream: %v", err)
	}
	if err := k.Check(&Spec{ID: "a", Source: "s"}); err == nil || err.Error() != "more of a" {
		t.Errorf("with a stream: %v", err)
	}
	if k, _ := kindOf("kafka", kinds); k.Run != nil {
		t.Error("the kinds that all have were changed")
	}
}

// Of each kind whose specs give a task it is known which, as who submits one has to be allowed to run it; the one that is run, whatever is said twice.
func TestTasksOfSpecsAreKnown(t *testing.T) {
	t.Parallel()
	const text = `{"task":{"type":"noop","dataSource":"no"},"task":{"type":"noop","dataSource":"d","type":"index"}}`
	for _, k := range slices.Concat(kinds, own) {
		if s, _, err := k.parse([]byte(text)); err != nil {
			t.Fatal(err)
		} else if s.DataSource == "" {
			continue
		}
		if k.task == nil {
			t.Errorf("the tasks that specs of type %s give are run for whoever may write to their data source (Kind.task)", k.Type)
			continue
		}
		if got, err := k.task(&Spec{Payload: []byte(text)}); err != nil || string(got["type"]) != `"noop"` || string(got["dataSource"]) != `"d"` {
			t.Errorf("%s: the task is %s, %v", k.Type, got, err)
		}
	}
}

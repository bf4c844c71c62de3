package queue

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/task"
)

// identityOf is what a start makes of a header.
func identityOf(h header) string {
	t := druid.Task{ID: "t", Type: "index_parallel", GroupID: "g", DataSource: "d", Resource: h.resource, Context: h.context}
	t.Complete()
	return fmt.Sprintf("%+v %+v %v", task.IdentityOf(&t, h.appends, task.InProcess), t.Resource, task.EndsWithProcess(&t.Context))
}

// TestSummaries: a start learns from the summary of a payload what it would learn from the payload, also after other summaries.
func TestSummaries(t *testing.T) {
	t.Parallel()
	var reader headerReader
	seen, none := 0, 0
	check := func(t rapid.TB, payload string) {
		want, err := readHeader([]byte(payload), "t", true)
		text := Summarize("t", []byte(payload))
		if (err == nil) != (text != nil) {
			t.Fatalf("%s\nhas summary %s, error %v", payload, text, err)
		}
		if text == nil {
			none++
			return
		}
		seen++
		got, err := reader.of(&metadata.TaskRow{ID: "t", Type: "index_parallel", GroupID: "g", Summary: text})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(identityOf(want), identityOf(got)); diff != "" {
			t.Errorf("%s\n%s\n%s", payload, text, diff)
		}
	}
	for _, payload := range headers {
		check(t, payload)
	}
	rapid.Check(t, func(t *rapid.T) {
		pick := func(what string, of ...string) string { return rapid.SampledFrom(of).Draw(t, what) }
		check(t, `{"resource":{"availabilityGroup":"`+pick("group", "t", "g", "", `\u0074`)+`","requiredCapacity":`+pick("slots", "1", "0", "7")+`},"context":{`+
			pick("context", "", `"priority":50`, `"priority":"x"`, `"priority":null,"a":1`, `"endsWithProcess":true`, `"endsWithProcess":"true","priority":1e1`, `"a":"priority"`)+
			`},"spec":{"ioConfig":{"appendToExisting":`+pick("appends", "true", "false", "null", `"true"`)+`}}}`)
	})
	if seen == 0 || none == 0 {
		t.Errorf("%d payloads have summaries, %d have none", seen, none)
	}
	if text := string(Summarize("t", []byte(headers[0]))); text != "{}" {
		t.Errorf("an ordinary task has the summary %s", text)
	}
	if _, err := reader.of(&metadata.TaskRow{ID: "t", Summary: []byte(`{"appends":`)}); err == nil {
		t.Error("a damaged summary is read")
	}
}

// TestStartReadsSummaries: a start takes what the store has of a task in place of its payload.
func TestStartReadsSummaries(t *testing.T) {
	t.Parallel()
	row := metadata.TaskRow{ID: "t", GroupID: "g", Type: "index_parallel", DataSource: "d", Summary: Summarize("t", []byte(headers[1]))}
	e := &entry{}
	e.recover(New(Options{}), &row, new(headerReader))
	if e.unreadable != "" || e.group != "a" || e.slots != 7 || e.identity.GroupID != "g" || e.identity.Alone {
		t.Errorf("%+v", e)
	}
	row.Summary = []byte("?")
	if e.recover(New(Options{}), &row, new(headerReader)); e.unreadable == "" {
		t.Error("a damaged summary is read")
	}
}

package v1

import (
	"context"
	"encoding/json"
	"testing"

	"ovate/internal/auth"
	"ovate/internal/webhook"
)

// told are webhooks of which one is told of two tasks, and of a test.
type told struct{ Hooks }

func (told) Deliveries(context.Context, string, bool, string, int) ([]*webhook.Delivery, string, error) {
	return []*webhook.Delivery{
		{ID: "1", Event: webhook.TaskFailed, Task: "a", Body: json.RawMessage(`{"type":"task.failed","data":{"id":"a","dataSource":"mine"}}`)},
		{ID: "2", Event: webhook.TaskFailed, Task: "b", Body: json.RawMessage(`{"type":"task.failed","data":{"id":"b","dataSource":"theirs","error":"a secret of theirs"}}`)},
		{ID: "3", Event: webhook.Test, Body: json.RawMessage(`{"type":"test","data":{}}`)},
	}, "", nil
}

// TestDeliveriesOfOthers: who may see webhooks learns by them of no task that he may not see.
func TestDeliveriesOfOthers(t *testing.T) {
	t.Parallel()
	f := setupWith(func(o *Options) { o.Engine = func() *Engine { return &Engine{Hooks: told{}} } })
	config := right{auth.Read, auth.Config()}
	for _, c := range []struct {
		as   auth.Identity
		want string
	}{
		{auth.NewIdentity("one", rights{config}), "3"},
		{auth.NewIdentity("one", rights{config, {auth.Read, auth.DataSource("mine")}}), "13"},
		{auth.NewIdentity("one", rights{config, {auth.Write, auth.DataSource("theirs")}}), "3"},
		{auth.Everybody(), "123"},
	} {
		f.as = c.as
		var answer struct{ Deliveries []struct{ ID string } }
		w := f.answer("GET", "/api/v1/webhooks/x/deliveries", "")
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		got := ""
		for _, d := range answer.Deliveries {
			got += d.ID
		}
		if got != c.want {
			t.Errorf("shown are %s, want %s: %s", got, c.want, w.Body)
		}
	}
}

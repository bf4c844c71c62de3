package task

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"ovate/druid"
)

// Where a task runs is said by its context, or by the server's default, and what is stored of it says where for good.
func TestPlaces(t *testing.T) {
	t.Parallel()
	const now = druid.Instant(0)
	noop := func(context string) string { return `{"type":"noop","id":"t","context":{` + context + `}}` }
	compact := func(context string) string {
		return `{"type":"compact","id":"t","dataSource":"d","context":{` + context + `},"ioConfig":{"type":"compact","inputSpec":{"type":"interval","interval":"2024/2025"}}}`
	}
	mayRead := func(t Task) error {
		if _, secret := t.Header().Context.Get("secret"); secret {
			return errors.New("this is secret")
		}
		return nil
	}
	for name, test := range map[string]struct {
		places  Places
		task    string
		want    Place
		stored  string // the key's value in what is stored, if it has one
		problem string
	}{
		"alone":                             {Places{}, noop(""), InProcess, "", ""},
		"alone, local":                      {Places{}, noop(`"ovateRunner":"local"`), InProcess, `"local"`, ""},
		"alone, on a worker":                {Places{}, noop(`"ovateRunner":"httpRemote"`), InProcess, "", `context.ovateRunner: is "httpRemote", but this server has no workers`},
		"alone, nonsense":                   {Places{}, noop(`"ovateRunner":"k8s"`), InProcess, "", `context.ovateRunner: must be local, httpRemote or auto, but is "k8s"`},
		"workers":                           {Places{Workers: true}, noop(""), OnWorker, "", ""},
		"workers, null":                     {Places{Workers: true}, noop(`"ovateRunner":null`), OnWorker, "null", ""},
		"workers, local":                    {Places{Workers: true}, noop(`"ovateRunner":"LOCAL"`), InProcess, `"local"`, ""},
		"workers, auto":                     {Places{Workers: true}, noop(`"ovateRunner":"auto"`), InProcess, `"local"`, ""},
		"what may not be read":              {Places{Workers: true}, noop(`"ovateRunner":"auto","secret":1`), OnWorker, `"httpRemote"`, ""},
		"what may not be read, local":       {Places{Workers: true}, noop(`"ovateRunner":"local","secret":1`), InProcess, `"local"`, ""},
		"what may not be read, on a worker": {Places{Workers: true}, noop(`"secret":1`), OnWorker, "", ""},
		"workers, nonsense":                 {Places{Workers: true}, noop(`"ovateRunner":[1]`), InProcess, "", `context.ovateRunner: must be local, httpRemote or auto, but is [1]`},
		"of workers alone":                  {Places{Workers: true}, compact(""), OnWorker, "", ""},
		"of workers alone, auto":            {Places{Workers: true}, compact(`"ovateRunner":"auto"`), OnWorker, `"httpRemote"`, ""},
		"of workers alone, local":           {Places{Workers: true}, compact(`"ovateRunner":"local"`), InProcess, "", "cannot run in ovate's own process, as context.ovateRunner wants: could not resolve type id 'compact'"},
		"default auto":                      {Places{true, json.RawMessage(`"auto"`)}, noop(""), InProcess, `"local"`, ""},
		"default auto, of workers":          {Places{true, json.RawMessage(`"auto"`)}, compact(""), OnWorker, `"httpRemote"`, ""},
		"default auto, on a worker":         {Places{true, json.RawMessage(`"auto"`)}, noop(`"ovateRunner":"httpRemote"`), OnWorker, `"httpRemote"`, ""},
		"default nonsense":                  {Places{true, json.RawMessage(`7`)}, noop(""), InProcess, "", "must be local, httpRemote or auto, but is 7"},
		"no task at all":                    {Places{Workers: true}, `{"type":`, InProcess, "", "task: is no valid JSON"},
		"a context that is no object":       {Places{Workers: true}, `{"type":"noop","id":"t","context":"ovateRunner"}`, InProcess, "", "context"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := test.places.Decode([]byte(test.task), now, mayRead)
			if test.problem != "" || err != nil {
				if err == nil || !strings.Contains(err.Error(), test.problem) || test.problem == "" {
					t.Fatalf("error %v, want %q", err, test.problem)
				}
				return
			}
			stored := Stored(got)
			var back struct{ Context druid.Context }
			if err := json.Unmarshal(stored, &back); err != nil {
				t.Fatal(err)
			}
			value, _ := back.Context.Get(KeyRunner)
			if PlaceOf(got) != test.want || test.places.Of(&back.Context) != test.want || string(value) != test.stored {
				t.Errorf("runs at %d, which %s tells as %d; want %d and %s", PlaceOf(got), stored, test.places.Of(&back.Context), test.want, test.stored)
			}
			if shown, err := test.places.Shown(stored); err != nil || !json.Valid(shown) {
				t.Errorf("shown as %s, %v", shown, err)
			}
		})
	}
}

// The secrets of a task are hidden wherever it runs.
func TestSecretsOfPlaces(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"local", "httpRemote"} {
		p := Places{Workers: true}
		made, err := p.Decode([]byte(`{"type":"index_parallel","context":{"ovateRunner":"`+where+`"},"spec":{"dataSchema":{"dataSource":"d",
			"timestampSpec":{"column":"t"},"dimensionsSpec":{},"granularitySpec":{}},"ioConfig":{"type":"index_parallel","inputFormat":{"type":"json"},
			"inputSource":{"type":"http","uris":["http://h/x"],"httpAuthenticationUsername":"me","httpAuthenticationPassword":"hunter2"}}}}`), 0, func(Task) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		if shown, err := p.Shown(Stored(made)); err != nil || strings.Contains(string(shown), "hunter2") {
			t.Errorf("%s: shown as %s, %v", where, shown, err)
		}
	}
}

package workertest_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/runner/remote/workertest"
	"ovate/internal/smile"
)

// A worker takes a task in Smile, and tells of it in Smile, as it does in JSON.
func TestSmile(t *testing.T) {
	t.Parallel()
	w := workertest.New("worker:8091", 1, druid.UnknownLocation)
	t.Cleanup(w.Close)
	s := httptest.NewServer(workertest.Smile(w))
	t.Cleanup(s.Close)
	send := func(method, path, form string, body []byte) []byte {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", form)
		r.Header.Set("Accept", form)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s %s: %d %q, %v", method, path, answer.StatusCode, text, err)
		}
		if len(text) > 0 && answer.Header.Get("Content-Type") != form && form != "application/json" {
			t.Errorf("%s %s is answered in %q", method, path, answer.Header.Get("Content-Type"))
		}
		return text
	}
	const form = "application/x-jackson-smile"
	task, err := smile.Encode([]byte(`{"type":"noop","id":"a","dataSource":"d","runTime":3600000}`))
	if err != nil {
		t.Fatal(err)
	}
	send("POST", "/druid-internal/v1/worker/assignTask", form, task)
	const changes = "/druid-internal/v1/worker?counter=-1&timeout=1000"
	if text := string(send("GET", changes, "application/json", nil)); !strings.Contains(text, `"id":"a"`) {
		t.Errorf("in JSON there is %s", text)
	}
	text, err := smile.Decode(send("GET", changes, form, nil), func(int) error { return nil })
	if err != nil || !strings.Contains(string(text), `"id":"a"`) {
		t.Errorf("in Smile there is %s, %v", text, err)
	}
}

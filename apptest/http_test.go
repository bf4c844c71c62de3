package apptest

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ovate/client"
)

// TestHTTPInputThatFails: a server that is busy, and whose connection then breaks off, is asked again, and each row is there once. A
// task that is shut down while it waits to ask again ends at once.
func TestHTTPInputThatFails(t *testing.T) {
	t.Parallel()
	const many = 20_000
	data := rows("again", many, 2)
	tries := atomic.Int64{}
	mux := http.NewServeMux()
	mux.HandleFunc("/rows.json", func(w http.ResponseWriter, r *http.Request) {
		switch tries.Add(1) {
		case 1:
			http.Error(w, "busy", http.StatusServiceUnavailable)
		case 2:
			w.Header().Set("ETag", `"1"`)
			w.Write(data[:len(data)/2])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		default:
			w.Header().Set("ETag", `"1"`)
			http.ServeContent(w, r, "rows.json", time.Time{}, bytes.NewReader(data))
		}
	})
	mux.HandleFunc("/busy.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "100")
		http.Error(w, "busy", http.StatusTooManyRequests)
	})
	web := httptest.NewServer(mux)
	defer web.Close()
	source := func(name string) object { return object{"type": "http", "uris": []string{web.URL + name}} }

	s := start(t, t.TempDir())
	s.submit(t, ingestion{id: "busy", dataSource: "busy", source: source("/busy.json")}.task())
	s.submit(t, ingestion{id: "again", dataSource: "again", source: source("/rows.json")}.task())
	eventually(t, "the report tells of the pause", func() bool {
		report, err := s.Ingestion(t.Context(), "busy")
		return err == nil && strings.Contains(report.Error, "429 Too Many Requests; trying again in")
	})
	if err := s.Shutdown(t.Context(), "busy"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the run has ended", func() bool { return strings.Contains(s.log(t, "busy"), "task ended") })
	s.succeed(t, "again")
	if log := s.log(t, "again"); strings.Count(log, "trying again") != 2 || !strings.Contains(log, "503 Service Unavailable") {
		t.Errorf("the log is\n%s", log)
	}
	s.terminate(t)
	if err := inspect(t, s.dir).read(t, "again").check("again", many); err != nil {
		t.Error(err)
	}
}

// TestHTTPProtocols: what the operator does not allow is refused as it is submitted.
// TestInputThatIsNotAllowed: nothing is taken that would only fail later.
func TestInputThatIsNotAllowed(t *testing.T) {
	t.Parallel()
	roots := t.TempDir()
	s := start(t, t.TempDir(), "ovate.ingest.allowPrivateHttp=false", "ovate.ingest.localRoots="+roots, "ovate.ingest.passwordVariables=HOME")
	password := func(variable string) object { return object{"type": "environment", "variable": variable} }
	public := []string{"https://example.com/rows.json"}
	for id, source := range map[string]object{
		"file":     local("/etc/passwd"),
		"folder":   {"type": "local", "baseDir": "/etc", "filter": "*"},
		"address":  {"type": "http", "uris": []string{"http://127.0.0.1:1/rows.json"}},
		"variable": {"type": "http", "uris": public, "httpAuthenticationUsername": "u", "httpAuthenticationPassword": password("PATH")},
	} {
		_, err := s.Submit(t.Context(), encode(t, ingestion{id: id, dataSource: id, source: source}.task()))
		var refused *client.Error
		if !errors.As(err, &refused) || refused.Status != 403 || !strings.Contains(refused.Message, "(property ovate.ingest.") {
			t.Errorf("%s: %v", id, err)
		}
		if _, err := s.Status(t.Context(), id); !client.IsNotFound(err) {
			t.Errorf("%s is there: %v", id, err)
		}
	}
	s.terminate(t)
}

func TestHTTPProtocols(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), `druid.ingestion.http.allowedProtocols=["https"]`)
	task := ingestion{id: "http", dataSource: "http", source: object{"type": "http", "uris": []string{"http://127.0.0.1:1/rows.json"}}}.task()
	_, err := s.Submit(t.Context(), encode(t, task))
	if err == nil || !strings.Contains(err.Error(), "which are [https]") {
		t.Errorf("the answer is %v", err)
	}
	s.terminate(t)
}

package ovate

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/runner/remote/workertest"
	"ovate/internal/tracing/otlp/otlptest"
)

// A worker is given a task within the trace of the request that has submitted it, and told to end it within that of the task, which is the same.
func TestTraceOfWorkers(t *testing.T) {
	t.Parallel()
	host := httptest.NewUnstartedServer(nil)
	at := host.Listener.Addr().(*net.TCPAddr)
	worker := workertest.New(at.String(), 1, druid.TaskLocation{Host: "127.0.0.1", Port: at.Port, TLSPort: -1})
	told := make(chan string, 100)
	host.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			told <- r.URL.Path + " " + r.Header.Get("traceparent")
		}
		worker.ServeHTTP(w, r)
	})
	host.Start()
	t.Cleanup(func() {
		worker.Close()
		host.Close()
	})
	config, err := Configure(map[string]string{
		"ovate.data": t.TempDir(), "ovate.listen": "127.0.0.1:0", "ovate.tracing.endpoint": otlptest.New(t).URL, "druid.indexer.runner.type": "httpRemote", "ovate.workers": at.String(),
	})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), Options{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop(t.Context()) })
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	const trace = "0af7651916cd43dd8448eb211c80319c"
	post(t, "http://"+s.Addr(), `{"type":"noop","id":"far","runTime":3600000,"context":{"ovateRunner":"httpRemote"}}`, "00-"+trace+"-b7ad6b7169203331-01")
	if got := <-told; !strings.HasPrefix(got, "/druid-internal/v1/worker/assignTask 00-"+trace+"-") {
		t.Errorf("the worker is given the task with %s", got)
	}
	for status := ""; !strings.Contains(status, `"runnerStatusCode":"RUNNING"`); {
		_, status = ask(s, "GET", "/druid/indexer/v1/task/far/status", "")
	}
	if code, body := ask(s, "POST", "/druid/indexer/v1/task/far/shutdown", ""); code != http.StatusOK {
		t.Fatal(code, body)
	}
	if got := <-told; !strings.HasPrefix(got, "/druid/worker/v1/task/far/shutdown 00-"+trace+"-") {
		t.Errorf("the worker is told to end the task with %s", got)
	}
}

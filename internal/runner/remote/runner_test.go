package remote_test

import (
	"log/slog"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"

	"go.uber.org/goleak"

	"ovate/druid"
	"ovate/internal/queue"
	"ovate/internal/runner/remote"
	"ovate/internal/runner/remote/workertest"
	"ovate/internal/runner/runnertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The suite of all runners passes with a worker behind a real socket.
func TestRunner(t *testing.T) {
	t.Parallel()
	runnertest.Exercise(t, func(t *testing.T, capacity int) queue.Runner {
		server := httptest.NewUnstartedServer(nil)
		location := druid.TaskLocation{Host: "127.0.0.1", TLSPort: -1}
		server.Start()
		at, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		if location.Port, err = strconv.Atoi(at.Port()); err != nil {
			t.Fatal(err)
		}
		w := workertest.New(at.Host, capacity, location)
		server.Config.Handler = w
		t.Cleanup(func() {
			w.Close()
			server.Close()
		})
		workers := remote.Static{{Scheme: "http", Host: at.Host, IP: "127.0.0.1", Capacity: capacity, Version: "0", Category: "_default_worker_category"}}
		return remote.New(remote.Options{
			Discovery: workers, Largest: workers.Largest(), Settings: remote.Defaults(), Log: slog.New(slog.DiscardHandler),
		})
	})
}

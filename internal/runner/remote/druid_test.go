//go:build peer

package remote_test

import (
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"ovate/internal/runner/remote"
	"ovate/internal/runner/runnertest"
)

// A real MiddleManager of two slots does what the worker of the other tests does. It is at OVATE_PEER_WORKER, as host:port.
func TestRealWorker(t *testing.T) {
	host := os.Getenv("OVATE_PEER_WORKER")
	if host == "" {
		t.Skip("OVATE_PEER_WORKER is not set")
	}
	run := time.Now().UTC().Format("150405")
	start := func() *runnertest.Stage {
		workers := remote.Static{{Scheme: "http", Host: host, Capacity: 2, Version: "0", Category: "_default_worker_category"}}
		return runnertest.Begin(t, remote.New(remote.Options{
			Discovery: workers, Largest: 2, Settings: remote.Defaults(), Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		}))
	}
	s := start()
	short, long, bad := runnertest.Noop("short_"+run, 1), runnertest.Noop("long_"+run, 60_000), runnertest.Noop("bad_"+run, 1)
	bad.JSON = strings.Replace(bad.JSON, "noop", "nobody_knows", 1)
	s.MustRun(t, bad, false)
	s.Expect(t, "running "+bad.Name, "done "+bad.Name+" FAILED")
	if got := s.Result(bad.Name).Status.ErrorMsg; !strings.Contains(got, "nobody_knows") {
		t.Errorf("message %q", got)
	}
	s.MustRun(t, long, false)
	s.Expect(t, "running "+long.Name)
	s.MustRun(t, short, false)
	s.Expect(t, "running "+short.Name, "done "+short.Name+" SUCCESS")
	if got := s.Result(short.Name).Status; got.Duration <= 0 || got.Location.Port < 0 {
		t.Errorf("short ended with %+v", got)
	}
	r := s.Runner.(*remote.Runner)
	log, err := r.Log(t.Context(), long.Name, -200)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(log)
	if err != nil || len(text) != 200 {
		t.Errorf("log %q, %v", text, err)
	}
	_ = log.Close()
	report, err := r.Report(t.Context(), long.Name)
	t.Logf("where: %+v, report: %v, %v", s.Where(long.Name), report, err)

	s.Stop()
	s = start()
	long.Old = true
	s.MustRun(t, long, false)
	s.Expect(t, "running "+long.Name)
	t.Logf("found again: %+v", s.Where(long.Name))
	cancelled := runnertest.Noop("cancelled_"+run, 3600_000)
	s.MustRun(t, cancelled, false)
	s.Expect(t, "running "+cancelled.Name)
	s.Cancel(cancelled.Name, errGivenUp)
	s.Expect(t, "done "+cancelled.Name+" FAILED")
	s.Expect(t, "done "+long.Name+" SUCCESS")
	if got := s.Result(long.Name).Status; got.Duration < 60_000 {
		t.Errorf("long ended with %+v", got)
	}
}

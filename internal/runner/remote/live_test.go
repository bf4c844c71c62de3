package remote_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"time"

	"ovate/internal/runner"
)

func TestLogsAndReportsOfRunningTasks(t *testing.T) {
	inBubble(t, 1, func(c *cluster) {
		c.start()
		c.run(noop("a", time.Minute))
		for offset, want := range map[int64]string{0: "log of a\n", 4: "of a\n", -2: "a\n", -100: "log of a\n", 100: ""} {
			log, err := c.runner.Log(c.Context(), "a", offset)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(log); err != nil || string(got) != want {
				t.Errorf("log from %d: %q, %v", offset, got, err)
			}
			if err := log.Close(); err != nil {
				t.Error(err)
			}
		}
		report, err := c.runner.Report(c.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(report); err != nil || !strings.Contains(string(got), `"taskId":"a"`) {
			t.Errorf("report %q, %v", got, err)
		}
		if err := report.Close(); err != nil {
			t.Error(err)
		}
		pass(time.Hour)
		if _, err := c.runner.Log(c.Context(), "a", 0); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("log of a task that has ended: %v", err)
		}
		if _, err := c.runner.Report(c.Context(), "nobody"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("report of nobody: %v", err)
		}
	})
}

func TestDisable(t *testing.T) {
	inBubble(t, 1, func(c *cluster) {
		c.start()
		if err := c.runner.Disable(c.Context(), "h1:8091"); err != nil {
			t.Fatal(err)
		}
		pass(time.Second)
		c.run(noop("a", time.Second))
		pass(time.Minute)
		c.expect()
		if got := c.runner.Workers()[0].Version; got != "" {
			t.Errorf("a disabled worker has version %q", got)
		}
		if err := c.runner.Enable(c.Context(), "h1:8091"); err != nil {
			t.Fatal(err)
		}
		pass(time.Minute)
		c.expect("running a", "done a SUCCESS")
		if err := c.runner.Enable(context.Background(), "h9:8091"); !errors.Is(err, runner.ErrNoWorker) {
			t.Errorf("an unknown worker: %v", err)
		}
	})
}

// A worker or a task that hangs keeps nobody for long, wherever in its answer it does; one that sends slowly is heard to the end.
func TestHangingWorker(t *testing.T) {
	for name, c := range map[string]struct {
		pieces int // that it sends, every five seconds
		hangs  bool
		cut    bool // nobody reaches it
	}{
		"before the answer": {hangs: true},
		"in the answer":     {pieces: 2, hangs: true},
		"slow":              {pieces: 50},
		"not reached":       {cut: true},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 1, func(cl *cluster) {
				cl.serve("h1", func(w http.ResponseWriter, r *http.Request) {
					if !strings.HasSuffix(r.URL.Path, "/log") && !strings.HasSuffix(r.URL.Path, "/liveReports") {
						cl.workers["h1"].ServeHTTP(w, r)
						return
					}
					for range c.pieces {
						_, _ = w.Write([]byte("x"))
						w.(http.Flusher).Flush()
						time.Sleep(5 * time.Second)
					}
					if c.hangs {
						<-r.Context().Done()
					}
				})
				cl.start()
				cl.run(noop("a", time.Hour))
				cl.expect("running a")
				cl.network.Cut("h1:8091", c.cut)
				for what, ask := range map[string]func() (io.ReadCloser, error){
					"log":    func() (io.ReadCloser, error) { return cl.runner.Log(cl.Context(), "a", 0) },
					"report": func() (io.ReadCloser, error) { return cl.runner.Report(cl.Context(), "a") },
				} {
					asked := time.Now()
					var text []byte
					body, err := ask()
					if err == nil {
						text, err = io.ReadAll(body)
						_ = body.Close()
					}
					if len(text) != c.pieces {
						t.Errorf("%s: %d pieces", what, len(text))
					}
					if took := time.Since(asked); c.hangs && took > 30*time.Second {
						t.Errorf("%s: it took %v", what, took)
					}
					gone, isSilent := errors.Is(err, fs.ErrNotExist), false
					if fault, ok := errors.AsType[*runner.Fault](err); ok {
						isSilent = fault.Code == 0 && strings.Contains(fault.Error(), "h1:8091")
					}
					wantGone := c.cut && what == "report" // its process is not there yet, or not any more
					if gone != wantGone || isSilent != (c.hangs || c.cut) && !wantGone {
						t.Errorf("%s: error %v", what, err)
					}
				}
			})
		})
	}
}

// TestFaultyWorker: who asks a worker that errs is told which one it is and with what status, and not what it says.
func TestFaultyWorker(t *testing.T) {
	inBubble(t, 1, func(cl *cluster) {
		code := http.StatusInternalServerError
		cl.serve("h1", func(w http.ResponseWriter, r *http.Request) {
			if path := r.URL.Path; strings.HasSuffix(path, "/log") || strings.HasSuffix(path, "/liveReports") || strings.HasSuffix(path, "able") {
				http.Error(w, "java.lang.Secret", code)
				return
			}
			cl.workers["h1"].ServeHTTP(w, r)
		})
		cl.start()
		cl.run(noop("a", time.Hour))
		cl.expect("running a")
		for what, ask := range map[string]func() error{
			"log":     func() error { _, err := cl.runner.Log(cl.Context(), "a", 0); return err },
			"report":  func() error { _, err := cl.runner.Report(cl.Context(), "a"); return err },
			"enable":  func() error { return cl.runner.Enable(cl.Context(), "h1:8091") },
			"disable": func() error { return cl.runner.Disable(cl.Context(), "h1:8091") },
		} {
			for status, advice := range map[int]string{500: "its own log", 503: "its own log", 401: "druid.escalator"} {
				code = status
				if status == 503 && what == "report" {
					continue // a process that does not listen yet
				}
				err := ask()
				fault, ok := errors.AsType[*runner.Fault](err)
				if !ok || fault.Code != status || !strings.Contains(err.Error(), "h1:8091") || !strings.Contains(err.Error(), advice) {
					t.Fatalf("%s, status %d: %v", what, status, err)
				}
				if strings.Contains(err.Error(), "Secret") || strings.Contains(err.Error(), "http://") || !strings.Contains(runner.InFull(err).Error(), "Secret") {
					t.Errorf("%s: told %v, logged %v", what, err, runner.InFull(err))
				}
			}
		}
	})
}

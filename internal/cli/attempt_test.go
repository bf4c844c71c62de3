package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"ovate/druid"
	"ovate/internal/detect"
)

// A task that is complete by the time it is to be ended is as if nothing had happened; one that is not has stored nothing.
func TestEndOfAnInterruptedTask(t *testing.T) {
	t.Parallel()
	server, err := embed(t.Context(), t.TempDir(), "127.0.0.1:0", &Streams{Err: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	submit := func(task string) {
		if _, err := server.Submit(t.Context(), []byte(task)); err != nil {
			t.Fatal(err)
		}
	}
	submit(`{"type":"noop","id":"done","runTime":0}`)
	if _, err := server.Wait(t.Context(), "done"); err != nil {
		t.Fatal(err)
	}
	if ended, err := server.end(interrupted, "done", context.Canceled); err != nil || ended.status.State != druid.Success {
		t.Errorf("%+v, %v", ended, err)
	}
	submit(`{"type":"noop","id":"at work","runTime":3600000}`)
	for _, id := range []string{"at work", "never there"} {
		if ended, err := server.end(interrupted, id, context.Canceled); ended != nil || exitCode(err) != exitInterrupted || err.Error() != "interrupted: nothing was stored" {
			t.Errorf("%s: %+v, %v", id, ended, err)
		}
	}
	if err := server.stop(); err != nil {
		t.Error(err)
	}
	var cutOff *cutOffError
	if _, err := server.end(interrupted, "done", context.Canceled); !errors.As(err, &cutOff) || cutOff.fate != maybeStored || exitCode(err) != exitInterrupted {
		t.Errorf("without a server: %v", err)
	}
}

// closing is a terminal that is closed, which interrupts the program, when it is to show a text.
type closing struct {
	text  string
	close context.CancelFunc
	gone  bool
}

func (c *closing) Write(p []byte) (int, error) {
	if c.gone = c.gone || strings.Contains(string(p), c.text); c.gone {
		c.close()
		return 0, errors.New("input/output error")
	}
	return len(p), nil
}

// Rows whose end nobody could read are told by the next run.
func TestTerminalThatIsClosed(t *testing.T) {
	t.Parallel()
	args := []string{"ingest", salesFile(t), "-d", "sales", "--append", "--data", filepath.Join(t.TempDir(), "data")}
	ctx, cancel := context.WithCancel(t.Context())
	if code := Main(ctx, args, &Streams{In: strings.NewReader(""), Out: io.Discard, Err: &closing{"SUCCESS", cancel, false}}); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	run(t, args...).expect(t, 0, "They are not stored again", "SUCCESS", "sales holds:", "4 rows", "in 1 segment\n")
	run(t, args...).expect(t, 0, "sales holds:", "8 rows")
}

// Rows of which nobody could read that they are stored, whichever line it is that could not be written, are told by the next run, and by the one after it
// if that could not be heard either.
func TestWritesThatFail(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"status ", "segments ", "sales holds:", "in 1 segment"} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			args := []string{"ingest", salesFile(t), "-d", "sales", "--append", "--data", filepath.Join(t.TempDir(), "data")}
			for range 2 {
				Main(t.Context(), args, &Streams{In: strings.NewReader(""), Out: io.Discard, Err: &closing{line, func() {}, false}})
			}
			run(t, args...).expect(t, 0, "They are not stored again", "SUCCESS", "sales holds:", "4 rows", "in 1 segment\n")
			run(t, args...).expect(t, 0, "sales holds:", "8 rows")
		})
	}
}

// An attempt that the user has not heard of stays on record until its own command is told, whatever others of the same folder do and are told meanwhile.
func TestSeveralAttemptsLeft(t *testing.T) {
	t.Parallel()
	const again, stored = "They are not stored again", "an earlier run stored the 1 row of apple.csv in sales (task "
	dir, files := t.TempDir(), t.TempDir()
	file := func(product string) string {
		path := filepath.Join(files, product+".csv")
		if err := os.WriteFile(path, []byte("time,product\n2024-01-03,"+product+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	apple, pear, plum := file("apple"), file("pear"), file("plum")
	ingest := func(files ...string) []string {
		return append([]string{"ingest", "-d", "sales", "--append", "--data", dir}, files...)
	}
	for _, file := range []string{apple, pear} {
		Main(t.Context(), ingest(file), &Streams{In: strings.NewReader(""), Out: io.Discard, Err: &closing{"SUCCESS", func() {}, false}})
	}
	run(t, ingest(plum)...).without(t, "earlier run").expect(t, 0, "sales holds:", "3 rows")
	both := ingest(apple, plum)
	run(t, both...).expect(t, 2, stored, "the same command once more does it")
	run(t, both...).without(t, "earlier run").expect(t, 0, "5 rows")
	run(t, ingest(apple)...).expect(t, 0, again, "sales holds:", "5 rows")
	run(t, ingest(pear)...).expect(t, 0, again, "sales holds:", "5 rows")
	if left, err := filepath.Glob(filepath.Join(dir, handedInHere+"*")); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	run(t, ingest(apple)...).without(t, "earlier run").expect(t, 0, "6 rows")
}

// Rows that a server elsewhere has stored are stored, whatever becomes of the server, or of the terminal, once the end was told: another run that
// appends them would have them twice.
func TestServerThatEndsAfterTheTask(t *testing.T) {
	for _, gone := range []string{"server", "terminal"} {
		t.Run(gone, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			server, err := embed(t.Context(), t.TempDir(), "127.0.0.1:0", &Streams{Err: io.Discard})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := server.stop(); err != nil {
					t.Error(err)
				}
			}()
			target, err := url.Parse(server.URL())
			if err != nil {
				t.Fatal(err)
			}
			var ended atomic.Bool
			proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
			front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if ended.Load() {
					panic(http.ErrAbortHandler)
				}
				proxy.ServeHTTP(w, r)
			}))
			defer front.Close()
			args := []string{"ingest", salesFile(t), "-d", "sales", "--append", "--url", front.URL}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			out := &bytes.Buffer{}
			var terminal io.Writer = writerFunc(func(p []byte) (int, error) {
				if bytes.Contains(p, []byte("SUCCESS")) {
					ended.Store(true)
				}
				return out.Write(p)
			})
			if gone == "terminal" {
				terminal = &closing{"SUCCESS", cancel, false}
			}
			if code := Main(ctx, args, &Streams{In: strings.NewReader(""), Out: io.Discard, Err: terminal}); code != exitDone {
				t.Errorf("exit code %d\n%s", code, out)
			}
			if gone == "server" {
				if !strings.Contains(out.String(), "the rows are stored; what sales holds cannot be shown") {
					t.Errorf("%s", out)
				}
				return
			}
			run(t, args...).expect(t, 0, "They are not stored again", "sales holds:", "4 rows", "in 1 segment\n")
		})
	}
}

// The same command on the same file is known as the one that was killed, also where the file is copied and workers share the rows out to the copies
// otherwise each time. Other rows of the same file are not.
func TestAttemptIsKnownAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "rows.csv")
	text := "time;a\n" + strings.Repeat("01.02.2024 10:00;3,50\n02.02.2024 10:00;4,25\n", 2000)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	of := func(o detect.Options) *attempt {
		o.Append, o.CopyDir, o.Table.Block = true, filepath.Join(t.TempDir(), "copies"), 1000
		found, err := detect.Files(t.Context(), []string{path}, o)
		if err != nil {
			t.Fatal(err)
		}
		task, err := found.Task("rows")
		if err != nil {
			t.Fatal(err)
		}
		this, err := newAttempt(task, "rows", found)
		if err != nil {
			t.Fatal(err)
		}
		return this
	}
	first := of(detect.Options{})
	for range 5 {
		if this := of(detect.Options{}); !this.is(first) || !this.sharesInput(first) {
			t.Fatalf("%+v and %+v", this, first)
		}
	}
	if other := of(detect.Options{TimeZone: "Europe/Berlin"}); other.is(first) || !other.sharesInput(first) {
		t.Errorf("in another zone: %+v and %+v", other, first)
	}
}

func TestAttemptThatCannotBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, handedInHere+"x")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "ingest", salesFile(t), "-d", "sales", "--data", dir).expect(t, 2, path, "cannot be read", "remove it")
}

package cli

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"ovate/internal/datadir"
)

// TestServerOfTheDataFolder calls commands without an address: they find the server of their folder as long as it runs.
func TestServerOfTheDataFolder(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	server := serving(t, command(t, "serve", "--listen", "127.0.0.1:0", "--data", data))
	cmd := command(t, "submit", "-", "--wait", "--data", data)
	cmd.Stdin = strings.NewReader(`{"type":"noop","id":"n","runTime":1}`)
	finish(t, cmd).expect(t, 0, "n\n", "SUCCESS")
	cmd = command(t, "tasks")
	cmd.Env = append(cmd.Env, "ovate_data="+data)
	finish(t, cmd).expect(t, 0, "n ", "SUCCESS")
	cmd = command(t, "tasks")
	if err := os.Symlink(data, filepath.Join(cmd.Dir, "var")); err != nil {
		t.Fatal(err)
	}
	finish(t, cmd).expect(t, 0, "n ", "SUCCESS")

	rows := filepath.Join(t.TempDir(), "rows.csv")
	if err := os.WriteFile(rows, []byte("time,a\n2024-01-01,1\n2024-01-02,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "ingest", rows, "-d", "mine", "--data", data).expect(t, 0, "SUCCESS", "mine holds", "2 rows")
	run(t, "datasources", "--data", data).expect(t, 0, "mine")

	// An address is used only while its server runs, however that ended.
	server.end(t, syscall.SIGKILL)
	text, err := os.ReadFile(filepath.Join(data, datadir.AddressFile))
	if err != nil || strings.TrimSpace(string(text)) != server.url {
		t.Errorf("the folder has %q, %v; want the address of the server that was killed, %s", text, err, server.url)
	}
	_, err = (&remote{Data: data}).find(t.Context(), "http://127.0.0.1:1")
	if none := new(noServerError); !errors.As(err, &none) || exitCode(err) != exitUnreachable {
		t.Errorf("got %v, want that no server runs", err)
	}
}

// answering is a server that answers GET /status with a text, and nothing else.
func answering(t *testing.T, text string) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) })
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

const java = `{"version":"31.0.1","modules":[{"name":"x"}],"memory":{"maxMemory":1}}`

// TestOtherPrograms has something else answer where a server usually is.
func TestOtherPrograms(t *testing.T) {
	t.Parallel()
	f := func(url, says, advises string) {
		t.Helper()
		_, err := (&remote{Data: t.TempDir()}).find(context.Background(), url)
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(advise(err), advises) || exitCode(err) != exitUnreachable {
			t.Errorf("got %v (exit code %d): %s\nwant %q and %q", err, exitCode(err), advise(err), says, advises)
		}
	}
	druid := answering(t, java)
	f(druid, "what answers at "+druid+" is Druid in Java (version 31.0.1), not ovate", "If that one is meant: --url "+druid)
	f(answering(t, "hello"), "is another program, not Druid", "ovate serve")
	f("http://127.0.0.1:1", "no server runs on data folder", "Start one with `ovate serve`")

	closed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	t.Cleanup(closed.Close)
	f(closed.URL, "what answers at "+closed.URL+" does not tell everybody what it is", "Name the server with --url")

	// One that was named is asked what it is when its answers make no sense.
	run(t, "datasources", "--url", druid).expect(t, 3, "is Druid in Java (version 31.0.1)", "/api/v1/datasources", "404", "--url")
	run(t, "tasks", "--url", answering(t, "hello")).expect(t, 3, "is another program, not Druid: GET /druid/indexer/v1/tasks", "--url")
}

// TestForeignAnswers: a command takes nothing that another program says for the answer of a server, whatever it asks.
func TestForeignAnswers(t *testing.T) {
	t.Parallel()
	task := filepath.Join(t.TempDir(), "task.json")
	if err := os.WriteFile(task, []byte(`{"type":"noop"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, answer := range []string{"{}", "null"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(answer))
		}))
		t.Cleanup(server.Close)
		for _, args := range [][]string{
			{"submit", task}, {"submit", task, "--wait"}, {"submit", task, "--check"}, {"submit", task, "--key", "k"}, {"submit", task, "--attempts", "2"},
			{"retry", "-d", "x"}, {"retry", "x"}, {"tasks"}, {"tasks", "--json"}, {"status", "x"}, {"wait", "x"}, {"logs", "x"}, {"logs", "-f", "x"},
			{"report", "x"}, {"kill", "x"}, {"kill", "-d", "x"}, {"datasources"}, {"segments"}, {"segments", "x"}, {"dump", "x"}, {"orphans"},
		} {
			r := run(t, append(args, "--url", server.URL)...)
			r.expect(t, 3, "what answers at "+server.URL+" is another program, not Druid", "the answer is not what an Overlord sends", "--url")
			if strings.Count(r.out, "\n") > 1 || r.out != "" && args[0] != "segments" { // which has a heading
				t.Errorf("%q prints %q", args, r.out)
			}
		}
	}
}

// TestPasswordsInURLsAreNotShown: what a terminal shows is pasted into tickets and kept by CI.
func TestPasswordsInURLsAreNotShown(t *testing.T) {
	t.Parallel()
	with := func(url string) string { return strings.Replace(url, "://", "://joe:SECRET@", 1) }
	java, other := answering(t, `{"version":"31.0.1","memory":{}}`), answering(t, "hello")
	rows := filepath.Join(t.TempDir(), "rows.csv")
	if err := os.WriteFile(rows, []byte("time,a\n2024-01-01,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"tasks", "--url", with("http://127.0.0.1:1")},
		{"tasks", "--url", "joe:SECRET@127.0.0.1:1"},
		{"tasks", "--url", with(other)},
		{"datasources", "--url", with(java)},
		{"ingest", rows, "-d", "a", "--url", with("http://127.0.0.1:1")},
		{"ingest", rows, "-d", "a", "--url", with(java)},
		{"ingest", with("ftp://127.0.0.1/rows.csv"), "-d", "a", "--data", t.TempDir()},
		{"ingest", with("http://127.0.0.1:1/rows.csv"), "-d", "a", "--data", t.TempDir()},
	} {
		r := run(t, args...)
		if said := r.out + r.err; r.code == 0 || strings.Contains(said, "SECRET") || !strings.Contains(said, "***@127.0.0.1") {
			t.Errorf("%q: exit code %d\n%s", args, r.code, said)
		}
	}
	if err := error(&unreadError{"rows.csv", with(other), false, errors.New("x")}); strings.Contains(err.Error(), "SECRET") {
		t.Error(err)
	}
}

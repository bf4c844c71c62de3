package apptest

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/disk/disktest"
)

// says is what a command of the program prints.
func says(t *testing.T, args ...string) (said string, err error) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), binary, args...).CombinedOutput()
	return string(out), err
}

// With a key no file that the server writes has a secret of a spec, and its tasks get it all the same, after a restart, too; with another key the server does not
// start. Commands seal what was stored before, and open all again.
func TestSealedSecrets(t *testing.T) {
	t.Parallel()
	const secret = "hush-4711-hush"
	seen := make(chan string, 100)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, password, _ := r.BasicAuth()
		if r.Method == http.MethodGet {
			seen <- password
		}
		_, _ = w.Write([]byte(`{"time":"2026-01-01","x":"y"}`))
	}))
	t.Cleanup(web.Close)
	dir, keys := t.TempDir(), t.TempDir()
	file := filepath.Join(keys, "store.key")
	key := func() string {
		said, err := says(t, "secrets", "key")
		if err != nil {
			t.Fatal(said, err)
		}
		return said
	}
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	first, second := key(), key()
	write(first)
	spec := func(id string) []byte {
		return []byte(`{"type":"index_parallel","id":"` + id + `","spec":{"dataSchema":{"dataSource":"d","timestampSpec":{"column":"time"},"dimensionsSpec":{"dimensions":["x"]},
"granularitySpec":{"segmentGranularity":"DAY"}},"ioConfig":{"type":"index_parallel","inputSource":{"type":"http","uris":["` + web.URL + `"],"httpAuthenticationUsername":"me",
"httpAuthenticationPassword":"` + secret + `"},"inputFormat":{"type":"json"}}}}`)
	}
	run := func(s *server, id string) {
		t.Helper()
		if _, err := s.Submit(t.Context(), spec(id)); err != nil {
			t.Fatal(err)
		}
		status, err := s.Wait(t.Context(), id)
		if err != nil || status.State != druid.Success {
			t.Fatalf("%s: %+v %v", id, status, err)
		}
		if got := <-seen; got != secret {
			t.Errorf("%s sends the password %q", id, got)
		}
	}
	with := "ovate.store.keyFile=" + file

	s := start(t, dir)
	run(s, "before")
	s.terminate(t)
	s = start(t, dir, with)
	run(s, "after")
	s.terminate(t)
	if said, err := says(t, "secrets", "seal", "--data", dir, "-D", with); err != nil || !strings.HasPrefix(said, "1 tasks") {
		t.Errorf("seal: %s%v", said, err)
	}
	write(second + first)
	s = start(t, dir, with)
	run(s, "again")
	if said, err := says(t, "secrets", "seal", "--data", dir, "-D", with); err == nil {
		t.Errorf("seal while a server runs: %s", said)
	}
	s.terminate(t)
	if said, err := says(t, "secrets", "seal", "--data", dir, "-D", with); err != nil || !strings.HasPrefix(said, "2 tasks") {
		t.Errorf("seal with another key: %s%v", said, err)
	}
	for _, wrong := range [][]string{nil, {with}} { // no key, and the old one alone
		write(first)
		p := launch(t, dir, wrong...)
		if code := p.exit(t); code == 0 || !strings.Contains(p.output.String(), "sealed with a key that is not given") {
			t.Errorf("with %v: exit code %d: %s", wrong, code, p.output)
		}
	}
	write(second)
	if found := disktest.FilesWith(t, dir, secret); found != nil {
		t.Errorf("the secret is in %v", found)
	}
	if said, err := says(t, "secrets", "open", "--data", dir, "-D", with); err != nil || !strings.HasPrefix(said, "3 tasks") {
		t.Errorf("open: %s%v", said, err)
	}
	run(start(t, dir), "last")
}

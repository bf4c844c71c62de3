package auth_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/auth"
)

// A token is good as long as its line is in the file, which is read again. A file that cannot be read lets nobody in.
func TestTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "tokens")
		write := func(text string) {
			t.Helper()
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second) // as long as a file is not looked at again
		}
		first, line, err := auth.NewToken("airflow")
		if err != nil || strings.Contains(line, first) {
			t.Fatalf("%s: %v", line, err)
		}
		second, other, err := auth.NewToken("cron")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := auth.NewTokens(path, auth.AllowAll{}, slog.New(slog.DiscardHandler)); err == nil {
			t.Error("a file that is not there is no error")
		}
		write("# programs\n\n" + line + "\n")
		var log bytes.Buffer
		tokens, err := auth.NewTokens(path, auth.AllowAll{}, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		chain := auth.NewChain([]auth.Authenticator{tokens}, nil, nil)
		expect := func(about, header, who string, status int) {
			t.Helper()
			if got, code, challenges := admit(chain, "/", header); got != who || code != status || code == 401 && strings.Join(challenges, "") != "Bearer" {
				t.Errorf("%s: %q, %d %v", about, got, code, challenges)
			}
		}
		expect("in the file", "Bearer "+first, "airflow", 200)
		expect("a scheme in another case", "bearer "+first, "airflow", 200)
		expect("two blanks", "BEARER  "+first, "airflow", 200)
		expect("not in the file", "Bearer "+second, "", 401)
		expect("none", "Bearer ", "", 401)
		guests := auth.NewChain([]auth.Authenticator{tokens, auth.Anybody{As: auth.NewIdentity("guest", auth.AllowAll{})}}, nil, nil)
		for _, header := range []string{"Bearer " + second, "bearer " + second, "bearer"} {
			if who, code, _ := admit(guests, "/", header); code != 401 {
				t.Errorf("%s, where guests may come: %q, %d", header, who, code)
			}
		}
		expect("its hash", "Bearer "+strings.Fields(line)[1], "", 401)
		expect("another scheme", "Basic eDp5", "", 401)
		write(line + "\n" + other + "\n")
		expect("added", "Bearer "+second, "cron", 200)
		write(line + "\nodd\n")
		for range 3 {
			expect("a file that cannot be read", "Bearer "+first, "", 401)
			time.Sleep(2 * time.Second)
		}
		write(other + "\n")
		expect("removed", "Bearer "+first, "", 401)
		expect("left", "Bearer "+second, "cron", 200)
		if said := log.String(); strings.Count(said, "no token is good") != 1 || strings.Count(said, "line 2 must be") != 1 || strings.Count(said, "tokens are good again") != 1 {
			t.Errorf("the log says %s", said)
		}
	})
	for _, bad := range []string{"", "a b", "#x", " a"} {
		if _, _, err := auth.NewToken(bad); err == nil {
			t.Errorf("%q may have a token", bad)
		}
	}
	hash := strings.Repeat("0", 64)
	for _, bad := range []string{"a", "a b", "a " + hash + " c", "a " + hash[1:] + "x", "a " + hash + "\nb " + hash} {
		if _, err := auth.ReadTokens(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is read as tokens", bad)
		}
	}
}

// Requests to others of a cluster have the credentials of the system; without any they are as they were.
func TestEscalator(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.Header.Get("Authorization"))) }))
	defer server.Close()
	for _, e := range []auth.Escalator{{}, {User: "druid_system", Password: "hush"}} {
		client := &http.Client{Transport: e.Transport(&http.Transport{})}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		if err := resp.Write(&got); err != nil {
			t.Fatal(err)
		}
		want := ""
		if e.User != "" {
			want = basicOf(e.User, e.Password)
		}
		if !strings.HasSuffix(got.String(), want) || strings.Contains(got.String(), "Basic") != (want != "") || r.Header.Get("Authorization") != "" {
			t.Errorf("as %q it is sent with %s", e.User, &got)
		}
		client.CloseIdleConnections()
	}
}

package cli

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ovate/client"
)

// TestTaskThatTheServerHasCleanedAway: of a task that a server had and knows no more nobody says that it stored nothing; what it may have stored is appended
// again only by who insists.
func TestTaskThatTheServerHasCleanedAway(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(http.NotFound)) // knows no task
	defer server.Close()
	overlord, err := client.New(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name    string
		taken   string // behind the record
		age     time.Duration
		inputs  []string // of the earlier run; this one has "a"
		appends bool
		code    int
		again   bool
		says    string
	}{
		{"never came", "", 0, []string{"a"}, true, 0, true, "nothing of it was stored"},
		{"had come", attemptTaken, 0, []string{"a"}, true, exitBadInput, false, "may be stored: `ovate datasources`"},
		{"had come, and half of a line says so", "tak", 0, []string{"a"}, true, exitBadInput, false, "nothing was changed; the same command once more does it"},
		{"had come, with another file", attemptTaken, 0, []string{"a", "b"}, true, exitBadInput, false, "may be stored"},
		{"had come, with other files", attemptTaken, 0, []string{"b"}, true, 0, false, ""}, // which is nothing to this one
		{"had come, and nothing is appended", attemptTaken, 0, []string{"a"}, false, 0, false, "may be stored"},
		{"may have come long ago", "", 2 * onItsWay, []string{"a"}, true, exitBadInput, false, "may be stored"},
	} {
		h := &handedIn{dir: filepath.Join(t.TempDir(), "attempts"), server: "there"}
		if err := h.begin(&attempt{DataSource: "d", Files: "a.csv", Rows: 2, Inputs: test.inputs}, "lost"); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(h.dir, h.prefix()+hash("lost"))
		if test.taken == attemptTaken {
			err = h.taken()
		} else {
			_, err = h.file.WriteString(test.taken)
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := h.end(false); err != nil {
			t.Fatal(err)
		}
		if test.age > 0 {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			earlier, err := decodeAttempt(path, text, nil)
			if err != nil || earlier.Begun.IsZero() {
				t.Fatal(earlier, err)
			}
			then := earlier.Begun.Add(-test.age).Format(time.RFC3339Nano)
			if err := os.WriteFile(path, []byte(strings.Replace(string(text), earlier.Begun.Format(time.RFC3339Nano), then, 1)), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		this, out := &attempt{DataSource: "d", Inputs: []string{"a"}}, &strings.Builder{}
		done, again, err := h.settle(t.Context(), overlord, this, test.appends, out)
		if err != nil {
			out.WriteString(err.Error())
		}
		if done || exitCode(err) != test.code || again != "" != test.again || !strings.Contains(out.String(), test.says) || !test.again && strings.Contains(out.String(), "nothing of it was stored") {
			t.Errorf("%s: %v, %q, %v: %s", test.name, done, again, err, out)
		}
		if test.says == "" && out.Len() > 0 {
			t.Errorf("%s: %s", test.name, out)
		}
		if err := h.end(true); err != nil { // the user has heard
			t.Error(err)
		}
		if done, again, err := h.settle(t.Context(), overlord, this, test.appends, out); done || again != "" || err != nil {
			t.Errorf("%s, once more: %v, %q, %v", test.name, done, again, err)
		}
	}
}

package cli

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestOrphansThatMayNotBeAll: what can be read is listed and removed, and what cannot is told, with an exit code of its own.
func TestOrphansThatMayNotBeAll(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.HandleFunc("/api/v1/orphans", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"before":"2026-01-01T00:00:00.000Z","others":0,"spared":0,"more":0,"unreadable":[],`+
			`"unread":[{"path":"a/i_i","reason":"permission denied"},{"path":"","reason":"input/output error"}],"moreUnread":1500,`+
			`"orphans":[{"dataSource":"d","interval":"i_i","version":"v","partition":"0","path":"d/i_i/v/0/x/index","size":7,"changed":"2026-01-01T00:00:00.000Z","own":true}]}`)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	told := []string{"what lies in 1,502 folders of deep storage is not told", "a/i_i: permission denied", ".: input/output error"}
	run(t, "orphans", "--url", server.URL).expect(t, 1, append([]string{"d/i_i/v/0/x/index", "1 orphan, 7"}, told...)...)
	run(t, "orphans", "--delete", "--yes", "--url", server.URL).expect(t, 1, append([]string{"removed 1 orphan, 7"}, told...)...)
}

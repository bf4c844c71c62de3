package client_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ovate/client"
)

// TestForeignStatus: what another program answers is not taken for the status of a task.
func TestForeignStatus(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{`{"t":1}`, `{}`, `{"task":"x","status":{}}`, `{"status":{"id":"y","status":"SUCCESS"}}`} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(answer))
		}))
		c, err := client.New(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		if status, err := c.Status(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "no status of task x") {
			t.Errorf("%s: %+v, %v", answer, status, err)
		}
		server.Close()
	}
}

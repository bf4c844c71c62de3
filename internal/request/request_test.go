package request_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"ovate/internal/request"
)

// One gets the answer that was hoped for, and else an error that tells what was asked, what came, and whether anybody has heard it.
func TestDo(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if r.URL.Path == "/no" || err != nil {
			w.Header().Set("X-Why", "full")
			http.Error(w, " no "+strings.Repeat("x", 2*request.MaxText), http.StatusConflict)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, r.Method+" "+r.Header.Get("Content-Type")+" "+string(body))
	}))
	defer server.Close()
	ask := func(address string, body []byte, codes ...int) (string, error) {
		r, err := request.New(t.Context(), http.MethodPost, address, body)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := request.Do(server.Client(), r, codes...)
		if err != nil {
			return "", err
		}
		text, err := io.ReadAll(resp.Body)
		return string(text), errors.Join(err, resp.Body.Close())
	}
	if got, err := ask(server.URL, []byte(`{}`), http.StatusOK, http.StatusAccepted); err != nil || got != "POST application/json {}" {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := ask(server.URL, nil, http.StatusAccepted); err != nil || got != "POST  " {
		t.Errorf("without a body: %q, %v", got, err)
	}
	_, err := ask(server.URL+"/no", nil, http.StatusAccepted)
	status, answered := errors.AsType[*request.StatusError](err)
	if !answered || status.Code != http.StatusConflict || status.Header.Get("X-Why") != "full" || len(status.Text) > request.MaxText || request.NotSent(err) ||
		!strings.HasPrefix(err.Error(), "POST "+server.URL+"/no: status 409: no xxx") {
		t.Errorf("a no is %v", err)
	}
	server.Close()
	if _, err := ask(server.URL, nil, http.StatusAccepted); !request.NotSent(err) {
		t.Errorf("a server that is not there: %v", err)
	}
}

package wire

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func dial(t *testing.T, handler http.HandlerFunc) *Conn {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c, err := Dial(t.Context(), strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// One connection serves answers of any size, with and without a length told beforehand, one after the other.
func TestAnswersOfAnySize(t *testing.T) {
	t.Parallel()
	remotes := map[string]bool{}
	c := dial(t, func(w http.ResponseWriter, r *http.Request) {
		remotes[r.RemoteAddr] = true
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if r.URL.Path == "/chunked" {
			w.Write(body)
			w.(http.Flusher).Flush()
			w.Write(body)
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.WriteHeader(http.StatusAccepted)
		w.Write(body)
	})
	for _, size := range []int{0, 1, 100, 4096, 1 << 20, 3} {
		body := bytes.Repeat([]byte("x"), size)
		status, answer, err := c.Post("/chunked", body)
		if err != nil || status != 200 || len(answer) != 2*size {
			t.Errorf("%d bytes in chunks: status %d, %d bytes, error %v", size, status, len(answer), err)
		}
		status, answer, err = c.Post("/counted", body)
		if err != nil || status != 202 || !bytes.Equal(answer, body) {
			t.Errorf("%d bytes: status %d, %d bytes, error %v", size, status, len(answer), err)
		}
	}
	if len(remotes) != 1 {
		t.Errorf("%d connections were made", len(remotes))
	}
}

func TestAServerThatHangsUp(t *testing.T) {
	t.Parallel()
	c := dial(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		w.Write([]byte("short"))
		panic(http.ErrAbortHandler)
	})
	if _, _, err := c.Get("/"); err == nil {
		t.Error("half an answer was taken for a whole one")
	}
}

// What each request is to say it says, whether it has a body or not.
func TestHeaders(t *testing.T) {
	t.Parallel()
	c := dial(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		fmt.Fprint(w, r.Method, " ", user, " ", password, " ", r.Header.Get("Accept-Encoding"))
	})
	c.SetHeader("Authorization", "Basic YWRtaW46c2VjcmV0")
	c.SetHeader("Accept-Encoding", "gzip")
	for _, method := range []string{"GET", "POST"} {
		_, answer, err := c.Do(method, "/", nil)
		if want := method + " admin secret gzip"; err != nil || string(answer) != want {
			t.Errorf("%s is answered with %q, error %v", method, answer, err)
		}
	}
}

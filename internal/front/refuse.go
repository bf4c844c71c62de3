package front

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"ovate/druid"
)

// ownSurface is the path below which errors are problems (RFC 9457); elsewhere they are as Druid has them.
const ownSurface = "/api/v1/"

// restOfBody is how long the rest of a body may take that nobody reads: it comes before the answer leaves.
const restOfBody = 30 * time.Second

// refuse answers with what is wrong, in the way of the surface that was asked.
func refuse(w http.ResponseWriter, r *http.Request, status int, why string) {
	refuseAs(w, r, status, why, append(druid.AppendString([]byte(`{"error":`), why), '}'))
}

// refuseAs is refuse, where Druid has a body of its own.
func refuseAs(w http.ResponseWriter, r *http.Request, status int, why string, body []byte) {
	if r.Method != http.MethodPost {
		w.Header().Set("Cache-Control", "no-cache, no-store, max-age=0")
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(restOfBody)) // only a server's own ResponseWriter has deadlines
	media := "application/json"
	if strings.HasPrefix(r.URL.Path, ownSurface) {
		media, body = "application/problem+json", problem(status, why)
	}
	w.Header().Set("Content-Type", media)
	askLater(w, status)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client may have gone
}

// askLater says when to ask again what is refused for now.
func askLater(w http.ResponseWriter, status int) {
	if status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	if status == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", "600") // of passwords that were wrong
	}
}

// problem is what is wrong, as our own surface tells it.
func problem(status int, why string) []byte {
	text := druid.AppendString([]byte(`{"type":"about:blank","title":`), http.StatusText(status))
	text = strconv.AppendInt(append(text, `,"status":`...), int64(status), 10)
	return append(druid.AppendString(append(text, `,"detail":`...), why), '}')
}

package front

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/auth"
)

// ownSurface is the path below which errors are problems (RFC 9457); elsewhere they are as Druid has them.
const ownSurface = "/api/v1/"

// restOfBody is how long the rest of a body may take that nobody reads: it comes before the answer leaves.
const restOfBody = 30 * time.Second

// refusal is one whose body is that of most of Druid's. The client may come again after some time; 0 says nothing of that.
func refusal(status int, after time.Duration, why string) *auth.Refusal {
	return &auth.Refusal{Status: status, After: after, Why: why, Body: append(druid.AppendString([]byte(`{"error":`), why), '}')}
}

// refuse answers with what is wrong, in the way of the surface that was asked.
func refuse(w http.ResponseWriter, r *http.Request, as *auth.Refusal) {
	if r.Method != http.MethodPost {
		w.Header().Set("Cache-Control", "no-cache, no-store, max-age=0")
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(restOfBody)) // only a server's own ResponseWriter has deadlines
	media, body := "application/json", as.Body
	if strings.HasPrefix(r.URL.Path, ownSurface) {
		media, body = "application/problem+json", problem(as.Status, as.Why)
	}
	w.Header().Set("Content-Type", media)
	for _, scheme := range as.Challenges {
		w.Header().Add("WWW-Authenticate", scheme)
	}
	askLater(w, as)
	w.WriteHeader(as.Status)
	_, _ = w.Write(body) // the client may have gone
}

// askLater says when to ask again what is refused for now.
func askLater(w http.ResponseWriter, as *auth.Refusal) {
	if as.After > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(int64(math.Ceil(as.After.Seconds())), 10))
	}
}

// problem is what is wrong, as our own surface tells it.
func problem(status int, why string) []byte {
	text := druid.AppendString([]byte(`{"type":"about:blank","title":`), http.StatusText(status))
	text = strconv.AppendInt(append(text, `,"status":`...), int64(status), 10)
	return append(druid.AppendString(append(text, `,"detail":`...), why), '}')
}

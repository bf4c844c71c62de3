package v1

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"ovate/internal/jsontext"
	"ovate/internal/room"
)

// bodyTimeout is how long a body may take to come.
const bodyTimeout = 5 * time.Minute

// body reads the request's body, which must be one JSON document, of at most BodyLimit bytes.
func (c *call) body() ([]byte, error) {
	media, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if _, subtype, _ := strings.Cut(media, "/"); err != nil || subtype != "json" && !strings.HasSuffix(subtype, "+json") {
		return nil, refuse(http.StatusUnsupportedMediaType, "Content-Type is [%s], but must be application/json.", c.r.Header.Get("Content-Type"))
	}
	if coding := c.r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return nil, refuse(http.StatusUnsupportedMediaType, "Content-Encoding is [%s], but the body must come as it is.", coding)
	}
	if c.r.ContentLength > c.BodyLimit {
		c.w.Header().Set("Connection", "close") // the body will not be read
		return nil, c.tooLarge()
	}
	_ = http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(bodyTimeout)) // only a server's own ResponseWriter has deadlines
	text, err := c.share.Read(http.MaxBytesReader(c.w, c.r.Body, c.BodyLimit), c.BodyLimit)
	var cut *http.MaxBytesError
	switch {
	case errors.As(err, &cut):
		return nil, c.tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, refuse(http.StatusRequestTimeout, "The body has not come in time.")
	case errors.Is(err, room.ErrBusy), errors.Is(err, room.ErrTooLarge):
		c.w.Header().Set("Connection", "close") // the rest will not be read
		return nil, noRoom(err, "The body takes")
	case err != nil:
		return nil, badRequest("The body could not be read to its end: %v.", err)
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	values, deep := jsontext.Measure(text)
	if deep >= 0 {
		line, column := jsontext.Position(text, deep)
		return nil, badRequest("The body nests deeper than %d objects and arrays at line %d, column %d.", jsontext.Deepest, line, column)
	}
	if err := c.share.Values(c.r.Context(), values); err != nil {
		return nil, noRoom(err, fmt.Sprintf("The body has %d JSON values, which take", values))
	}
	return text, checkJSON(text)
}

func (c *call) tooLarge() error {
	return refuse(http.StatusRequestEntityTooLarge, "The body is larger than the limit of %d bytes, which ovate.http.maxBodySize sets.", c.BodyLimit)
}

// noRoom words why a body does not find room, after what takes it.
func noRoom(err error, what string) error {
	if errors.Is(err, room.ErrTooLarge) {
		return refuse(http.StatusRequestEntityTooLarge, "%s more memory than all requests together may (ovate.http.maxBodySize sets how much).", what)
	}
	return refuse(http.StatusTooManyRequests, "Other requests take all the memory that there is for bodies. Send the request again in a few seconds.")
}

// checkJSON refuses what is not exactly one JSON document in UTF-8, saying where.
func checkJSON(text []byte) error {
	if !utf8.Valid(text) {
		return badRequest("The body is not UTF-8.")
	}
	if json.Valid(text) {
		return nil
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(text, new(any)); errors.As(err, &syntax) {
		line, column := jsontext.Position(text, max(0, int(syntax.Offset)-1))
		return badRequest("The body is not valid JSON at line %d, column %d: %v.", line, column, syntax)
	}
	return badRequest("The body is not valid JSON.")
}

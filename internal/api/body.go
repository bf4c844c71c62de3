package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"

	"ovate/internal/jsontext"
	"ovate/internal/smile"
)

// A client that has not sent the whole body within readTimeout, or nothing of it for stallTimeout, is given up.
const (
	readTimeout  = 5 * time.Minute
	stallTimeout = 30 * time.Second
)

// ErrMakesRoom is that the rest of a request will not be read: it comes too slowly for others to wait for a connection.
var ErrMakesRoom error = makesRoom{}

// makesRoom is a time that is over, for whoever reads.
type makesRoom struct{}

func (makesRoom) Error() string        { return "it makes room for others" }
func (makesRoom) Timeout() bool        { return true }
func (makesRoom) Temporary() bool      { return true }
func (makesRoom) Is(target error) bool { return target == os.ErrDeadlineExceeded }

// body reads the request's body: JSON, or Smile turned into JSON, at most Options.BodyLimit bytes, also after inflating.
// It returns nothing for an empty body. What it returns is one valid JSON document in UTF-8. The memory that it takes
// stays within what all requests together may take; the call gives it back at its end.
func (c *call) body() ([]byte, error) {
	raw, err := c.rawBody()
	if err != nil || len(raw) == 0 {
		return nil, err
	}
	document := bytes.TrimPrefix(raw, []byte("\uFEFF"))
	if mediaType(c.r) == contentSmile {
		if document, err = c.fromSmile(raw); err != nil {
			return nil, err
		}
	} else if len(bytes.TrimLeft(document, " \t\r\n")) == 0 {
		return nil, nil
	}
	values, deep := jsontext.Measure(document)
	if deep >= 0 {
		line, column := jsontext.Position(document, deep)
		return nil, badRequest("Request body nests deeper than %d objects and arrays at line %d, column %d.", jsontext.Deepest, line, column)
	}
	if err := c.part.enter(c.r.Context(), int64(len(document)), values); err != nil {
		return nil, err
	}
	return document, checkJSON(document)
}

// fromSmile makes JSON of Smile, which may be many times as long. Room is made before it is needed.
func (c *call) fromSmile(raw []byte) ([]byte, error) {
	var refused error
	document, err := smile.Decode(raw, func(size int) error {
		if int64(size) > c.BodyLimit {
			refused = c.tooLarge()
		} else {
			refused = c.part.hold(int64(len(raw) + size))
		}
		return refused
	})
	switch {
	case refused != nil:
		return nil, refused
	case err != nil:
		return nil, badRequest("Request body is not Smile: %v.", err)
	}
	return document, nil
}

func (c *call) tooLarge() error {
	return simple(http.StatusRequestEntityTooLarge,
		"Request body is larger than the limit of %d bytes, which ovate.http.maxBodySize sets.", c.BodyLimit)
}

func (c *call) rawBody() ([]byte, error) {
	if c.r.ContentLength > c.BodyLimit {
		c.w.Header().Set("Connection", "close") // the body will not be read
		return nil, c.tooLarge()
	}
	var from io.Reader = http.MaxBytesReader(c.w, &patience{ReadCloser: c.r.Body, of: http.NewResponseController(c.w)}, c.BodyLimit)
	switch coding := strings.ToLower(c.r.Header.Get("Content-Encoding")); coding {
	case "", "identity":
	case "gzip", "x-gzip":
		inflated, err := gzip.NewReader(from)
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if late := c.late(err); late != nil {
			return nil, late
		}
		if err != nil {
			return nil, badRequest("Request body is not gzip, as its Content-Encoding says: %v.", err)
		}
		from = inflated
	default:
		return nil, simple(http.StatusUnsupportedMediaType,
			"Content-Encoding [%s] of the request is not understood. Send gzip, or the body as it is.", coding)
	}
	return c.gather(from)
}

// gather reads all that there is. Memory is taken for what has come, never for what is announced.
func (c *call) gather(from io.Reader) ([]byte, error) {
	buf := make([]byte, 0, 4<<10)
	for {
		if len(buf) == cap(buf) {
			size := min(2*int64(cap(buf)), c.BodyLimit+1)
			if announced := c.r.ContentLength; announced > int64(len(buf)) {
				size = min(size, announced+1)
			}
			if err := c.part.hold(size); err != nil {
				c.w.Header().Set("Connection", "close") // the rest will not be read
				return nil, err
			}
			buf = append(make([]byte, 0, size), buf...)
		}
		n, err := from.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		var cut *http.MaxBytesError
		switch {
		case errors.As(err, &cut), int64(len(buf)) > c.BodyLimit:
			return nil, c.tooLarge()
		case errors.Is(err, io.EOF):
			return buf, nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, c.late(err)
		case err != nil:
			return nil, badRequest("Request body could not be read to its end: %v.", err)
		}
	}
}

// late words that a piece of the body has not come in time; nil for any other error.
func (c *call) late(err error) error {
	switch {
	case !errors.Is(err, os.ErrDeadlineExceeded):
		return nil
	case c.Serving.Err() != nil:
		return stopping()
	case errors.Is(err, ErrMakesRoom):
		return simple(http.StatusRequestTimeout, "Request body comes too slowly: as many clients are connected as may be, and the slowest makes room for others. "+
			"Send the request again in a few seconds.")
	}
	return simple(http.StatusRequestTimeout, "Request body has not come within %v, or nothing of it for %v.", readTimeout, stallTimeout)
}

// patience sets the time by which the next piece of a body has to come.
type patience struct {
	io.ReadCloser
	of  *http.ResponseController
	end time.Time
}

func (p *patience) Read(b []byte) (int, error) {
	now := time.Now()
	if p.end.IsZero() {
		p.end = now.Add(readTimeout)
	}
	deadline := now.Add(stallTimeout)
	if deadline.After(p.end) {
		deadline = p.end
	}
	// Only a server's own ResponseWriter has deadlines; without one nothing needs to be cut off.
	_ = p.of.SetReadDeadline(deadline)
	return p.ReadCloser.Read(b)
}

// checkJSON refuses what is not exactly one JSON document in UTF-8, saying where.
func checkJSON(document []byte) error {
	if !utf8.Valid(document) {
		line, column := jsontext.Position(document, firstInvalid(document))
		return badRequest("Request body is not UTF-8 at line %d, column %d.", line, column)
	}
	if json.Valid(document) {
		return nil
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(document, new(any)); errors.As(err, &syntax) {
		line, column := jsontext.Position(document, int(syntax.Offset)-1)
		return badRequest("Request body is not valid JSON at line %d, column %d: %v.", line, column, syntax)
	}
	return badRequest("Request body is not valid JSON.")
}

func firstInvalid(text []byte) int {
	at := 0
	for at < len(text) {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size == 1 {
			return at
		}
		at += size
	}
	return at
}

// jsonKind names what a JSON document is, for messages.
func jsonKind(document []byte) string {
	switch document = bytes.TrimLeft(document, " \t\r\n"); document[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a text"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}

package v1

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"ovate/internal/jsontext"
)

const (
	// bodyTimeout is how long a body may take to come.
	bodyTimeout = 5 * time.Minute
	// roomWait is how long a body waits for room.
	roomWait = 20 * time.Second
	// freeBody is how much of a body needs no room, so that a few large ones do not keep the small ones out.
	freeBody = 64 << 10
	// valueCost is about what one JSON value takes in memory once it is read, and readCost how many copies of a body its reading makes.
	valueCost, readCost = 128, 3
)

// body reads the request's body, which must be one JSON document, of at most BodyLimit bytes.
func (c *call) body() ([]byte, error) {
	media, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if _, subtype, _ := strings.Cut(media, "/"); err != nil || subtype != "json" && !strings.HasSuffix(subtype, "+json") {
		return nil, refuse(http.StatusUnsupportedMediaType, "Content-Type is [%s], but must be application/json.", c.r.Header.Get("Content-Type"))
	}
	if coding := c.r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return nil, refuse(http.StatusUnsupportedMediaType, "Content-Encoding is [%s], but the body must come as it is.", coding)
	}
	announced := c.r.ContentLength
	if announced > c.BodyLimit {
		c.w.Header().Set("Connection", "close") // the body will not be read
		return nil, c.tooLarge()
	}
	if announced < 0 {
		announced = c.BodyLimit
	}
	if err := c.take(readCost * announced); err != nil {
		return nil, err
	}
	_ = http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(bodyTimeout)) // only a server's own ResponseWriter has deadlines
	text, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, c.BodyLimit))
	var cut *http.MaxBytesError
	switch {
	case errors.As(err, &cut):
		return nil, c.tooLarge()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, refuse(http.StatusRequestTimeout, "The body has not come in time.")
	case err != nil:
		return nil, badRequest("The body could not be read to its end: %v.", err)
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	values, deep := jsontext.Measure(text)
	if deep >= 0 {
		line, column := jsontext.Position(text, deep)
		return nil, badRequest("The body nests deeper than %d objects and arrays at line %d, column %d.", jsontext.Deepest, line, column)
	}
	if err := c.take(valueCost * values); err != nil {
		return nil, err
	}
	return text, checkJSON(text)
}

func (c *call) tooLarge() error {
	return refuse(http.StatusRequestEntityTooLarge, "The body is larger than the limit of %d bytes, which ovate.http.maxBodySize sets.", c.BodyLimit)
}

// take waits for room for so many bytes more. What is larger than all the room there is has it alone.
func (c *call) take(n int64) error {
	if n = min(n, c.most-c.held); n <= freeBody {
		return nil
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), roomWait)
	defer cancel()
	if err := c.room.Acquire(ctx, n); err != nil {
		return refuse(http.StatusTooManyRequests, "Other requests take all the memory that there is for bodies. Send the request again in a few seconds.")
	}
	c.held += n
	return nil
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

package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"

	"ovate/internal/smile"
)

// maxDepth is how deep the objects and arrays of a request may nest; Jackson stops at the same depth.
const maxDepth = 1000

// A client that has not sent the whole body within this time is given up.
const readTimeout = 5 * time.Minute

// body reads the request's body: JSON, or Smile turned into JSON, at most Options.BodyLimit bytes, also after inflating.
// It returns nothing for an empty body. What it returns is one valid JSON document in UTF-8.
func (c *call) body() ([]byte, error) {
	raw, err := c.rawBody()
	if err != nil || len(raw) == 0 {
		return nil, err
	}
	if mediaType(c.r) == contentSmile {
		document, err := smile.Decode(raw)
		if err != nil {
			return nil, badRequest("Request body is not Smile: %v.", err)
		}
		return document, nil
	}
	document := bytes.TrimPrefix(raw, []byte("\uFEFF"))
	if len(bytes.TrimLeft(document, " \t\r\n")) == 0 {
		return nil, nil
	}
	return document, checkJSON(document)
}

func (c *call) rawBody() ([]byte, error) {
	limit := c.BodyLimit
	tooLarge := simple(http.StatusRequestEntityTooLarge,
		"Request body is larger than the limit of %d bytes, which ovate.http.maxBodySize sets.", limit)
	if c.r.ContentLength > limit {
		c.w.Header().Set("Connection", "close") // the body will not be read
		return nil, tooLarge
	}
	// Only a server's own ResponseWriter has deadlines; without one nothing needs to be cut off.
	_ = http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(readTimeout))
	var from io.Reader = http.MaxBytesReader(c.w, c.r.Body, limit)
	switch coding := strings.ToLower(c.r.Header.Get("Content-Encoding")); coding {
	case "", "identity":
	case "gzip", "x-gzip":
		inflated, err := gzip.NewReader(from)
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, badRequest("Request body is not gzip, as its Content-Encoding says: %v.", err)
		}
		from = io.LimitReader(inflated, limit+1)
	default:
		return nil, simple(http.StatusUnsupportedMediaType,
			"Content-Encoding [%s] of the request is not understood. Send gzip, or the body as it is.", coding)
	}

	buf := bytes.NewBuffer(make([]byte, 0, max(c.r.ContentLength, 0)+bytes.MinRead))
	_, err := buf.ReadFrom(from)
	var cut *http.MaxBytesError
	switch {
	case errors.As(err, &cut), int64(buf.Len()) > limit:
		return nil, tooLarge
	case err != nil:
		return nil, badRequest("Request body could not be read to its end: %v.", err)
	}
	return buf.Bytes(), nil
}

// checkJSON refuses what is not exactly one JSON document in UTF-8, nested at most maxDepth deep, saying where.
func checkJSON(document []byte) error {
	if !utf8.Valid(document) {
		line, column := position(document, firstInvalid(document))
		return badRequest("Request body is not UTF-8 at line %d, column %d.", line, column)
	}
	if at := tooDeep(document); at >= 0 {
		line, column := position(document, at)
		return badRequest("Request body nests deeper than %d objects and arrays at line %d, column %d.", maxDepth, line, column)
	}
	if json.Valid(document) {
		return nil
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(document, new(any)); errors.As(err, &syntax) {
		line, column := position(document, int(syntax.Offset)-1)
		return badRequest("Request body is not valid JSON at line %d, column %d: %v.", line, column, syntax)
	}
	return badRequest("Request body is not valid JSON.")
}

// tooDeep returns where document nests deeper than maxDepth, or -1.
func tooDeep(document []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(document); i++ {
		switch b := document[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{', b == '[':
			if depth++; depth > maxDepth {
				return i
			}
		case b == '}', b == ']':
			depth--
		}
	}
	return -1
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

// position turns an offset into a line and a column, both from 1, the column in bytes.
func position(text []byte, offset int) (line, column int) {
	before := text[:min(max(offset, 0), len(text))]
	return bytes.Count(before, []byte("\n")) + 1, len(before) - bytes.LastIndexByte(before, '\n')
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

// misfit words what json.Unmarshal has against a value, without Go's own terms.
func misfit(err error) string {
	var mismatch *json.UnmarshalTypeError
	if !errors.As(err, &mismatch) {
		return err.Error()
	}
	wanted := map[reflect.Kind]string{reflect.String: "a text", reflect.Int: "a whole number", reflect.Slice: "an array"}[mismatch.Type.Kind()]
	return fmt.Sprintf("field [%s] is a %s, but must be %s", mismatch.Field, mismatch.Value, cmp.Or(wanted, "an object"))
}

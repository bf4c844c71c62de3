package api

import (
	"net/http"
	"time"

	"github.com/klauspost/compress/gzip"

	"ovate/druid"
)

// call is one request on its way through an endpoint, and its answer.
type call struct {
	*handler
	*Engine // nil while this server does not lead
	w       http.ResponseWriter
	r       *http.Request
	params  []string // of the path, decoded, in the order of the pattern

	part    part // of what bodies and answers may take
	decided bool // whether who has sent the request may have an answer
	begun   bool
	gz      *gzip.Writer // nil unless the answer is compressed
}

// A client that does not take a piece of an answer, of chunkSize at most, within this time is given up.
const writeTimeout = time.Minute

// begin sends the status and the content type; "" announces that no body follows and no type is named.
// Successful answers to GET and POST are compressed when the client offers it, whatever their size.
func (c *call) begin(status int, contentType string) {
	if status < 300 && !c.decided {
		panic(errUndecided)
	}
	c.begun = true
	header := c.w.Header()
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	if status < 300 && (c.r.Method == http.MethodGet || c.r.Method == http.MethodPost) {
		header.Set("Vary", "Accept-Encoding, User-Agent")
		if contentType != "" && acceptsGzip(c.r) {
			header.Set("Content-Encoding", "gzip")
			c.gz = c.gzips.Take(c.w)
		}
	}
	c.w.WriteHeader(status)
}

// Write sends a part of the body, piece by piece, so that a client who reads slowly has time for each.
func (c *call) Write(p []byte) (written int, err error) {
	for first := true; first || len(p) > 0 && err == nil; first = false {
		// Only a server's own ResponseWriter has deadlines; without one nothing needs to be cut off.
		_ = http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(writeTimeout))
		var n int
		piece := p[:min(len(p), chunkSize)]
		if c.gz != nil {
			n, err = c.gz.Write(piece)
		} else {
			n, err = c.w.Write(piece)
		}
		written, p = written+n, p[n:]
	}
	return written, err
}

// send is Write for those who cannot go on without it: when the client no longer reads, there is nobody left to tell.
func (c *call) send(p []byte) {
	if _, err := c.Write(p); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// end completes the answer.
func (c *call) end() {
	if c.gz != nil && c.gz.Close() != nil {
		panic(http.ErrAbortHandler)
	}
}

// release gives the compressor and the memory back, whether the answer is complete or not.
func (c *call) release() {
	c.part.release()
	if c.gz != nil {
		c.gzips.Give(c.gz)
		c.gz = nil
	}
}

// json answers 200 with a body that is JSON already.
func (c *call) json(body []byte) error {
	c.begin(http.StatusOK, contentJSON)
	c.send(body)
	return nil
}

// pair answers 200 {"key":"value"}.
func (c *call) pair(key, value string) error {
	body := druid.AppendString([]byte{'{'}, key)
	body = druid.AppendString(append(body, ':'), value)
	return c.json(append(body, '}'))
}

// nothing answers 200 with a JSON label and no body: what Druid says where there is nothing to tell.
func (c *call) nothing() error {
	c.w.Header().Set("Content-Type", contentJSON)
	c.begin(http.StatusOK, "")
	return nil
}

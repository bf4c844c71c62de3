package source

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// resumed is the body of a file that is fetched by HTTP. When the connection breaks off it goes on from where it was, so that
// every byte is read once: by a range, if the server tells versions of the file apart, or else by skipping what was read, which has
// to be the same again.
type resumed struct {
	ctx   context.Context
	fetch *fetch

	body  io.ReadCloser // nil while there is no connection
	at    int64         // bytes handed on
	total int64         // bytes of the file; -1 if unknown
	tag   string        // ETag or Last-Modified of the file; empty if the server gives neither
	exact bool          // no two versions of the file have the same tag
	sum   maphash.Hash  // of the bytes handed on
	tries int           // that failed since the last byte came
}

// open connects, again and again if it must, and skips to where the reader is.
func (r *resumed) open() error {
	for {
		err := r.connect()
		if err == nil {
			return nil
		}
		if err = r.fetch.pause(r.ctx, err, &r.tries); err != nil {
			return err
		}
	}
}

func (r *resumed) Read(b []byte) (int, error) {
	for {
		if r.body == nil {
			if err := r.open(); err != nil {
				return 0, err
			}
		}
		n, err := r.body.Read(b)
		if n > 0 {
			r.at += int64(n)
			r.tries = 0
			r.sum.Write(b[:n])
		}
		switch {
		case r.total >= 0 && r.at > r.total:
			r.drop()
			return 0, final{fmt.Errorf("the server has sent more than the %d bytes that it said the file has", r.total)}
		case err == io.EOF && r.at < r.total:
			err = io.ErrUnexpectedEOF
		case err == io.EOF:
			return n, io.EOF
		}
		if err != nil {
			r.drop()
			if err = r.fetch.pause(r.ctx, err, &r.tries); err != nil {
				return n, err
			}
		}
		if n > 0 || len(b) == 0 {
			return n, nil
		}
	}
}

// drop gives up a connection. It has failed already, so that its end is of no interest.
func (r *resumed) drop() {
	_ = r.body.Close()
	r.body = nil
}

func (r *resumed) Close() error {
	if r.body == nil {
		return nil
	}
	return r.body.Close()
}

// connect makes one try. When it returns nil the body goes on from where the reader is.
func (r *resumed) connect() error {
	header := http.Header{}
	if r.byRange() {
		header.Set("Range", "bytes="+strconv.FormatInt(r.at, 10)+"-")
		header.Set("If-Range", r.tag)
	}
	response, body, err := r.fetch.get(r.ctx, header)
	if err != nil {
		return err
	}
	if err := r.accept(response, body); err != nil {
		_ = body.Close() // the error says why this body is of no use
		if errors.Is(err, errComplete) {
			r.body = http.NoBody
			return nil
		}
		return err
	}
	r.body = body
	return nil
}

// byRange tells whether the rest of the file may be asked for alone. It may not where nothing tells whether it belongs to what was read:
// without a tag, or with a weak one, which files that differ in some bytes may have in common. Where the tag is a time, the length has to tell, too.
func (r *resumed) byRange() bool { return r.at > 0 && r.exact && (r.isETag() || r.total >= 0) }

func (r *resumed) isETag() bool { return strings.HasPrefix(r.tag, `"`) }

// settledAfter is how much older than an answer a file must be, so that it cannot have changed since without another time: a Last-Modified has seconds,
// and clocks differ.
const settledAfter = time.Minute

// tagOf is what tells versions of a file apart, and whether it does so always (RFC 9110, 8.8.2.2).
func tagOf(header http.Header) (tag string, exact bool) {
	if tag = header.Get("ETag"); tag != "" {
		return tag, strings.HasPrefix(tag, `"`)
	}
	tag = header.Get("Last-Modified")
	modified, err := http.ParseTime(tag)
	if err != nil {
		return tag, false
	}
	answered, err := http.ParseTime(header.Get("Date"))
	return tag, err == nil && answered.Sub(modified) >= settledAfter
}

// errComplete means that nothing is left to read: the connection broke off after the last byte.
var errComplete = errors.New("the file has no more bytes")

// accept checks that an answer is the file that was begun, and skips what was read of it.
func (r *resumed) accept(response *http.Response, body io.ReadCloser) error {
	from, total := int64(0), response.ContentLength
	switch {
	case response.StatusCode == http.StatusPartialContent && r.byRange():
		if _, err := fmt.Sscanf(response.Header.Get("Content-Range"), "bytes %d-", &from); err != nil || from != r.at {
			return final{fmt.Errorf("the server was asked for bytes from %d and answered %q", r.at, response.Header.Get("Content-Range"))}
		}
		if _, size, ok := strings.Cut(response.Header.Get("Content-Range"), "/"); ok && size != "*" {
			if n, err := strconv.ParseInt(size, 10, 64); err == nil {
				total = n
			}
		} else if total >= 0 {
			total += from
		}
	case response.StatusCode == http.StatusRequestedRangeNotSatisfiable && response.Header.Get("Content-Range") == fmt.Sprintf("bytes */%d", r.at):
		return errComplete
	case response.StatusCode != http.StatusOK:
		return answered(response)
	}
	tag, exact := tagOf(response.Header)
	if r.at == 0 {
		r.total, r.tag, r.exact = total, tag, exact
		return nil
	}
	if r.tag != "" && tag != r.tag || from > 0 && !r.isETag() && total != r.total || total >= 0 && r.total >= 0 && total != r.total {
		return r.changed()
	}
	if r.total < 0 {
		r.total = total // the server did not say it before
	}
	if from == r.at {
		return nil
	}
	return r.skip(body)
}

// skip reads over what was handed on already.
func (r *resumed) skip(body io.Reader) error {
	var again maphash.Hash
	again.SetSeed(r.sum.Seed())
	if _, err := io.CopyN(&again, body, r.at); err == io.EOF {
		return io.ErrUnexpectedEOF
	} else if err != nil {
		return err
	}
	if again.Sum64() != r.sum.Sum64() {
		return r.changed()
	}
	return nil
}

func (r *resumed) changed() error {
	return final{fmt.Errorf("the connection broke off after %d bytes, and the file has changed since: submit the task again", r.at)}
}

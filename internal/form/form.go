// Package form reads the forms that browsers send, within what a request may take.
package form

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"ovate/internal/room"
)

const (
	// Most is the most bytes of a form; a spec may be long.
	Most = 16 << 20
	// mostFields is how many fields a form may have: more than any of ours.
	mostFields = 10_000
)

// TooLargeError is that a form is larger than any of ours may be.
type TooLargeError struct{ what string }

func (e *TooLargeError) Error() string { return "the form has " + e.what }

// Read reads the form of a request, unless that was done before, into r.PostForm. The error is a *TooLargeError, one of room, or one of the body.
// A form of several parts, which brings a file, is not read.
func Read(r *http.Request) error {
	if r.PostForm != nil {
		return nil
	}
	if r.Body == nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		r.PostForm = url.Values{}
		return nil
	}
	if r.ContentLength > Most {
		return tooLong()
	}
	// One byte more is read than there may be, to tell.
	text, err := room.From(r.Context()).Read(http.MaxBytesReader(nil, r.Body, Most), Most)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return tooLong()
	}
	if err != nil {
		return err
	}
	if n := bytes.Count(text, []byte("&")) + 1; n > mostFields {
		return &TooLargeError{fmt.Sprintf("%d fields, and may have %d", n, mostFields)}
	}
	values, err := url.ParseQuery(string(text))
	if err != nil {
		return err
	}
	r.PostForm = values
	return nil
}

func tooLong() error { return &TooLargeError{fmt.Sprintf("more than %d MiB", Most>>20)} }

package ui

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"ovate/internal/form"
	"ovate/internal/jsontext"
	"ovate/internal/room"
	"ovate/internal/upload"
)

// formTimeout is how long a form may take to come.
const formTimeout = 5 * time.Minute

// readForm reads the form that was sent, into c.r.PostForm.
func (c *call) readForm() error {
	_ = http.NewResponseController(c.w).SetReadDeadline(time.Now().Add(formTimeout)) // only a server's own ResponseWriter has deadlines
	err := form.Read(c.r)
	if err == nil {
		return nil
	}
	upload.Discard(c.w, c.r) // so that the browser gets to read why
	return formProblem(err)
}

// formProblem is why a form cannot be read.
func formProblem(err error) *problem {
	tooLarge, is := errors.AsType[*form.TooLargeError](err)
	switch {
	case is:
		return &problem{http.StatusRequestEntityTooLarge, "What was sent is too large: " + tooLarge.Error() + ".", largeSpecs}
	case errors.Is(err, room.ErrTooLarge), errors.Is(err, room.ErrBusy):
		return noRoom(err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &problem{http.StatusRequestTimeout, "The form has not come in time.", "Send it again."}
	}
	return &problem{http.StatusBadRequest, fmt.Sprintf("The form cannot be read: %v.", err), "Go back, and send it again."}
}

// largeSpecs is what to do with one that the page does not take.
const largeSpecs = "Go back, where the text still is. Rows are better sent as a file, on the page Submit; a large spec goes to POST /druid/indexer/v1/task."

// echoCost is how many JSON values a byte of a spec counts as that the page shows again: one in so many.
const echoCost = 64

// makeRoom makes room for reading a spec and for showing it again.
func (c *call) makeRoom(spec string) error {
	values, _ := jsontext.Measure([]byte(spec))
	if err := room.From(c.r.Context()).Values(c.r.Context(), values+int64(len(spec)/echoCost)); err != nil {
		return noRoom(err)
	}
	return nil
}

// noRoom is why something that was sent does not find room.
func noRoom(err error) *problem {
	if errors.Is(err, room.ErrBusy) {
		return &problem{http.StatusTooManyRequests, "Others take all the memory that there is for what is sent.", "Go back, and send it again in a few seconds."}
	}
	return &problem{http.StatusRequestEntityTooLarge, "What was sent takes more memory than there is for it.", largeSpecs}
}

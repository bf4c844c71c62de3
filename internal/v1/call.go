package v1

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/room"
	"ovate/internal/surface"
)

// call is one request on its way through an endpoint, and its answer.
type call struct {
	*handler
	*Engine // nil while this server does not lead
	w       http.ResponseWriter
	r       *http.Request
	query   query

	share *room.Share // of what bodies may take
	list  *room.Hold  // its turn to make a list that memory holds; nil without one
	begun bool
}

// A client that does not take a piece of an answer, of chunkSize at most, within this time is given up.
const (
	writeTimeout = time.Minute
	chunkSize    = surface.PieceSize
)

// begin sends the status and the content type; "" announces that no body follows.
func (c *call) begin(status int, contentType string) {
	c.begun = true
	if contentType != "" {
		c.w.Header().Set("Content-Type", contentType)
	}
	c.w.WriteHeader(status)
}

// send sends a part of the body, piece by piece, so that a client who reads slowly has time for each. When the client no longer reads, there is nobody left
// to tell.
func (c *call) send(p []byte) {
	for len(p) > 0 {
		// Only a server's own ResponseWriter has deadlines; without one nothing needs to be cut off.
		_ = http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(writeTimeout))
		n, err := c.w.Write(p[:min(len(p), chunkSize)])
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		p = p[n:]
	}
}

// json answers with a value.
func (c *call) json(status int, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	c.begin(status, "application/json")
	c.send(body)
	return nil
}

// release gives back what the request has taken.
func (c *call) release() {
	c.share.Release()
	if c.list != nil {
		c.list.Release()
	}
}

// listWait is how long a request waits for its turn to make a list.
const listWait = 20 * time.Second

// whole waits for its turn to make a list that memory holds as a whole. One user has no more than half of the turns.
func (c *call) whole() error {
	c.list = c.lists.Hold(c.identity().Taker())
	ctx, cancel := context.WithTimeout(c.r.Context(), listWait)
	defer cancel()
	if err := c.list.Wait(ctx, 1); err != nil {
		if c.r.Context().Err() != nil {
			return err
		}
		return refuse(http.StatusTooManyRequests, "As many lists are being made as can be at a time. Send the request again in a few seconds.")
	}
	return nil
}

// stream answers with JSON elements with commas between them, however many there are. The answer begins with the first piece that is sent: an error before
// that still becomes an answer of its own; after it, fail cuts the connection, so that a client cannot take what it has for the whole.
type stream struct{ *surface.Elements }

// stream opens an answer with text, which fill puts elements into and closing ends.
func (c *call) stream(opening, closing string, fill func(s *stream) error) error {
	s := &stream{surface.NewElements(append(make([]byte, 0, 4<<10), opening...), func(piece []byte) {
		if !c.begun {
			c.begin(http.StatusOK, "application/json")
		}
		c.send(piece)
	})}
	if err := fill(s); err != nil {
		return err
	}
	s.Buf = append(s.Buf, closing...)
	s.Flush()
	return nil
}

// query is the parameters of a URL. Of several with one name the first counts.
type query map[string]string

// csrf is the parameter by which a browser sends the token of its session along with what changes something (auth.Sessions).
const csrf = "csrf"

// readQuery reads the parameters. Those that are not known, or that come twice, are refused: whoever sends one means something else than would be done.
func (c *call) readQuery(known names) error {
	values, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return badRequest("The query cannot be read: %v.", err)
	}
	c.query = query{}
	for name, all := range values {
		if slices.Contains(known, name) {
			if len(all) > 1 {
				return badRequest("Query parameter [%s] is given %d times, but has one value.", name, len(all))
			}
			c.query[name] = strings.ToValidUTF8(all[0], "\uFFFD")
			continue
		}
		switch {
		case name == csrf && auth.ActionOf(c.r.Method) == auth.Write:
		case len(known) == 0:
			return badRequest("Query parameter [%s] is not known here. There are none.", name)
		default:
			return badRequest("Query parameter [%s] is not known here. There are %s.", name, strings.Join(known, ", "))
		}
	}
	return nil
}

// flag reads a parameter that is true or false, which it is when absent.
func (q query) flag(name string) (bool, error) {
	text, given := q[name]
	switch {
	case !given, strings.EqualFold(text, "false"):
		return false, nil
	case strings.EqualFold(text, "true"):
		return true, nil
	}
	return false, badRequest("Query parameter [%s] is [%s], but must be true or false.", name, text)
}

// count reads a parameter that is a whole number from 1 on.
func (q query) count(name string, fallback, most int) (int, error) {
	text, given := q[name]
	if !given {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, badRequest("Query parameter [%s] is [%s], but must be a whole number from 1 to %d.", name, text, most)
	}
	return n, nil
}

// asksPage is which page is asked for of what waits, or of what has ended.
type asksPage struct {
	ended bool
	after string // the last one of the page before
	most  int
}

// ofPage are the parameters of a page.
func ofPage() names { return names{"ended", "limit", "cursor"} }

// ofPage reads them.
func (c *call) ofPage() (of asksPage, err error) {
	q := c.query
	if of.ended, err = q.flag("ended"); err != nil {
		return of, err
	}
	if of.most, err = q.count("limit", usualPage, mostPage); err != nil {
		return of, err
	}
	if of.after, err = c.behind(q["cursor"]); err != nil {
		return of, badRequest("Query parameter [cursor] is [%s], but must be the next of a page.", q["cursor"])
	}
	return of, nil
}

// interval reads an ISO-8601 interval, in which `_` may stand for the `/` that is awkward in a URL; nil when absent.
func (q query) interval(name string) (*druid.Interval, error) {
	text := q[name]
	if text == "" {
		return nil, nil
	}
	i, err := druid.ParseInterval(strings.ReplaceAll(text, "_", "/"))
	if err != nil {
		return nil, badRequest("Query parameter [%s]: %v. Give start and end, such as 2016-06-27_2016-06-28.", name, err)
	}
	return &i, nil
}

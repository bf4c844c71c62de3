package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"unsafe"

	"ovate/internal/quantity"
)

// limits are the most bytes that are read of an answer, as a program that is no Overlord may send without end.
type limits struct {
	value    int64 // of one JSON value: a whole answer, or an entry of a list
	document int64 // of an answer with what users have written: a task or a report
	list     int64 // of a list that is returned as a whole, with as much for each entry as it takes at least in memory
}

// usualLimits are far beyond what an Overlord sends: a list of so many bytes has some hundred thousand tasks.
func usualLimits() limits { return limits{value: 64 << 20, document: 256 << 20, list: 256 << 20} }

// errTooLong ends the reading of an answer. It is the last thing that is read of it.
var errTooLong = errors.New("it is too long")

func tooLong(most int64) error {
	return fmt.Errorf("%w, more than %s bytes", errTooLong, quantity.Count(most))
}

// bounded reads an answer until it has no bytes left, and remembers why there was no more.
type bounded struct {
	r    io.Reader
	left int64
	err  error
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		b.err = errTooLong
		return 0, b.err
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if err != nil {
		b.err = err
	}
	return n, err
}

// call sends a request and decodes the JSON answer into answer.
func (c *Client) call(ctx context.Context, method, path string, body []byte, answer any) error {
	text, err := c.read(ctx, method, path, body, c.limits.value)
	if err != nil {
		return err
	}
	return c.decode(method, path, text, answer)
}

// bare is a call whose answer has no body.
func (c *Client) bare(ctx context.Context, method, path string) error {
	response, err := c.open(ctx, method, path, nil)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

func (c *Client) decode(method, path string, text []byte, answer any) error {
	if err := json.Unmarshal(text, answer); err != nil {
		return c.strange(method, path, err)
	}
	return nil
}

// read sends a request and returns all of the answer, which must not be longer than most.
func (c *Client) read(ctx context.Context, method, path string, body []byte, most int64) ([]byte, error) {
	response, err := c.open(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(&bounded{r: response.Body, left: most + 1})
	if errors.Is(err, errTooLong) || int64(len(text)) > most {
		return nil, c.strange(method, path, tooLong(most))
	}
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	return text, nil
}

// each calls fn for each element of a list, which is read one by one; most is the limit of the whole list, or 0. An error of fn ends it.
func each[T any](ctx context.Context, c *Client, path string, most int64, fn func(*T) error) error {
	response, err := c.open(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	stream := &bounded{r: response.Body, left: c.limits.value}
	list := json.NewDecoder(stream)
	bracket, err := list.Token()
	switch {
	case err == io.EOF && stream.err == io.EOF:
		return c.strange(http.MethodGet, path, errors.New("it is empty"))
	case err != nil:
		return c.broken(ctx, path, stream, err)
	case bracket != json.Delim('['):
		return c.strange(http.MethodGet, path, errors.New("it is no list"))
	}
	for n := int64(1); list.More(); n++ {
		var item T
		if err := list.Decode(&item); err != nil {
			return c.broken(ctx, path, stream, err)
		}
		if err := fn(&item); err != nil {
			return err
		}
		if stream.left = c.limits.value; most > 0 {
			if stream.left = min(c.limits.value, most-list.InputOffset()-n*int64(unsafe.Sizeof(item))); stream.left <= 0 {
				return c.strange(http.MethodGet, path, tooLong(most))
			}
		}
	}
	if _, err := list.Token(); err != nil {
		return c.broken(ctx, path, stream, err)
	}
	return c.ended(ctx, path, list, stream)
}

// ended makes sure that nothing is missing behind a list, nor anything there.
func (c *Client) ended(ctx context.Context, path string, list *json.Decoder, stream *bounded) error {
	stream.left = c.limits.value
	switch _, err := list.Token(); {
	case err == io.EOF && stream.err == io.EOF:
		return nil
	case err == nil:
		return c.strange(http.MethodGet, path, errors.New("something stands behind the list"))
	default:
		return c.broken(ctx, path, stream, err)
	}
}

// broken is a list that does not end, or is not what it should be.
func (c *Client) broken(ctx context.Context, path string, stream *bounded, err error) error {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	switch cut := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF); {
	case errors.Is(stream.err, errTooLong) && !errors.As(err, &syntax):
		return c.strange(http.MethodGet, path, tooLong(c.limits.value))
	case cut || stream.err != nil && stream.err != io.EOF && !errors.As(err, &syntax) && !errors.As(err, &typ):
		return c.unreachable(ctx, err)
	}
	return c.strange(http.MethodGet, path, err)
}

// strange is an answer that is not what an Overlord sends.
func (c *Client) strange(method, path string, err error) error {
	return &StrangeAnswerError{URL: c.base, Method: method, Path: path, Err: err}
}

// unless returns err, or else, unless it is as it should be, that an answer of another program lacks what every Overlord's has.
func (c *Client) unless(isThere bool, err error, method, path, lacks string) error {
	if err != nil || isThere {
		return err
	}
	return c.strange(method, path, errors.New(lacks))
}

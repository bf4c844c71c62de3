package action

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"ovate/druid"
)

// Client carries actions to where they are performed, in the name of one task.
type Client interface {
	// Do has the action performed, and leaves the answer in the request.
	Do(ctx context.Context, r Request) error
}

// Do performs an action with a client.
func Do[R any](ctx context.Context, c Client, a Action[R]) (R, error) {
	r := request[R]{action: a}
	err := c.Do(ctx, &r)
	return r.answer, err
}

// Request is an action on its way, with room for its answer, whatever the type of that.
type Request interface {
	// Type is the name of the action.
	Type() string
	// Perform does the action in the name of a task, and keeps the answer.
	Perform(ctx context.Context, box *Box, by Identity) error
	// AppendAction appends the JSON of the action, from which Read makes a request like this one.
	AppendAction(dst []byte) ([]byte, error)
	// AppendAnswer appends the JSON of the answer, and SetAnswer takes it: what a task of Druid finds under "result".
	AppendAnswer(dst []byte) ([]byte, error)
	SetAnswer(answer []byte) error
}

type request[R any] struct {
	action Action[R]
	answer R
}

func (r *request[R]) asked() any    { return r.action }
func (r *request[R]) answered() any { return r.answer }

// Type is the name of the action.
func (r *request[R]) Type() string { return r.action.Type() }

// Perform does the action and keeps the answer.
func (r *request[R]) Perform(ctx context.Context, box *Box, by Identity) (err error) {
	r.answer, err = r.action.Perform(ctx, box, by)
	return err
}

// AppendAction appends the action, its type first.
func (r *request[R]) AppendAction(dst []byte) ([]byte, error) {
	fields, err := appendJSON(nil, r.action)
	if err != nil {
		return dst, fmt.Errorf("action %s: %w", r.Type(), err)
	}
	dst = druid.AppendString(append(dst, `{"type":`...), r.Type())
	if len(fields) > len(`{}`) {
		dst = append(dst, ',')
	}
	return append(dst, fields[1:]...), nil
}

// AppendAnswer appends the answer.
func (r *request[R]) AppendAnswer(dst []byte) ([]byte, error) {
	dst, err := appendJSON(dst, r.answer)
	if err != nil {
		return dst, fmt.Errorf("answer to action %s: %w", r.Type(), err)
	}
	return dst, nil
}

// SetAnswer takes what AppendAnswer made.
func (r *request[R]) SetAnswer(answer []byte) error {
	var got R
	if err := json.Unmarshal(answer, &got); err != nil {
		return fmt.Errorf("answer to action %s: %w", r.Type(), err)
	}
	r.answer = got
	return nil
}

// appendJSON appends what json.Marshal makes of v, but without escapes for HTML, which Druid does not write.
func appendJSON(dst []byte, v any) ([]byte, error) {
	to := bytes.NewBuffer(dst)
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return dst, err
	}
	return bytes.TrimSuffix(to.Bytes(), []byte("\n")), nil
}

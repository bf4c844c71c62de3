package task

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/jsontext"
	"ovate/internal/lockbox"
)

// outline is what has to be known here of a task that runs on a worker.
type outline struct {
	dataSource string // empty if it names none
	// within is the interval that its id names if one is made; nil: none.
	within *druid.Interval
	// appends is what its spec says.
	appends bool
	// forcesChunks tells that it locks time chunks, whatever its context says.
	forcesChunks bool
	// locks are those that it takes before it runs; nil: none.
	locks func(h *druid.Task) lockbox.Request
	// ready takes locks that depend on what is stored; nil: there are no such.
	ready func(ctx context.Context, c action.Client, h *druid.Task) (bool, error)
}

// outlineOfAny is the outline of a task of which nothing is known but where others have their data source.
func outlineOfAny(raw []byte) (outline, error) {
	var f struct {
		DataSource string `json:"dataSource"`
		Spec       struct {
			DataSchema  namedSource `json:"dataSchema"`
			Destination namedSource `json:"destination"`
		} `json:"spec"`
	}
	err := readFields(raw, &f)
	return outline{dataSource: cmp.Or(f.DataSource, f.Spec.DataSchema.DataSource, f.Spec.Destination.DataSource)}, err
}

type namedSource struct {
	DataSource string `json:"dataSource"`
}

// outlineOfInterval is that of a task over one interval, for which it takes a lock of that type.
func outlineOfInterval(lockType func(*druid.Context) druid.LockType) func(raw []byte) (outline, error) {
	return func(raw []byte) (outline, error) {
		var f struct {
			DataSource string          `json:"dataSource"`
			Interval   *druid.Interval `json:"interval"`
		}
		err := readFields(raw, &f)
		o := outline{dataSource: f.DataSource, within: f.Interval}
		if f.Interval != nil {
			o.locks = func(h *druid.Task) lockbox.Request {
				return lockbox.Request{Type: lockType(&h.Context), Intervals: []druid.Interval{*f.Interval}}
			}
		}
		return o, err
	}
}

// readFields reads those fields of a task that count. If one does not fit, others are read all the same.
func readFields(raw []byte, fields any) error {
	err := jsontext.Unmarshal(raw, fields)
	if misfit, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s: must not be %s", misfit.Field, misfit.Value)
	}
	return err
}

// truth is a boolean that may be written as a text, as Druid's tasks read it.
type truth bool

// UnmarshalJSON takes whatever else there is for false: the worker tells of it.
func (t *truth) UnmarshalJSON(raw []byte) error {
	*t = truth(strings.EqualFold(strings.Trim(string(raw), `"`), "true"))
	return nil
}

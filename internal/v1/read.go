package v1

import (
	"errors"
	"reflect"

	stdjson "encoding/json"

	"github.com/go-json-experiment/json"
	jsonsyntax "github.com/go-json-experiment/json/jsontext"

	"ovate/internal/jsontext"
)

// errNull is a null where a value belongs.
var errNull = errors.New("null")

// read reads the body into a value, as decode does.
func (c *call) read(value any) error {
	text, err := c.body()
	if err != nil {
		return err
	}
	return decode(text, value)
}

// decode reads a body into a value, which knows all fields that there may be, each by its exact name and once. A field that is not meant is left out: null is none of
// its values, but in what is kept as it came (json.RawMessage).
func decode(text []byte, value any) error {
	notNull := json.WithUnmarshalers(json.UnmarshalFromFunc(func(d *jsonsyntax.Decoder, into any) error {
		if _, raw := into.(*stdjson.RawMessage); !raw && d.PeekKind() == 'n' {
			return errNull
		}
		return errors.ErrUnsupported // the usual way
	}))
	err := json.Unmarshal(text, value, json.RejectUnknownMembers(true), notNull)
	if err == nil {
		return nil
	}
	misfit, is := errors.AsType[*json.SemanticError](err)
	switch {
	case is && errors.Is(err, json.ErrUnknownName):
		return badRequest("The body: unknown field [%s].", misfit.JSONPointer)
	case is && errors.Is(err, errNull):
		return badRequest("The body: [%s] is null. Leave out what is not meant.", misfit.JSONPointer)
	}
	if told := stdjson.Unmarshal(text, reflect.New(reflect.TypeOf(value).Elem()).Interface()); told != nil { // whose words are simpler
		if _, names := errors.AsType[*stdjson.UnmarshalTypeError](told); is && !names {
			return badRequest("The body: [%s]: %s.", misfit.JSONPointer, told)
		}
		return badRequest("The body: %s.", jsontext.Misfit(told))
	}
	return badRequest("The body: %v.", err)
}

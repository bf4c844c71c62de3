package jsontext

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
)

const wholeNumber = "a whole number"

// Misfit words what Unmarshal has against a value, without Go's own terms. What was put around it stays.
func Misfit(err error) string {
	var mismatch *json.UnmarshalTypeError
	if !errors.As(err, &mismatch) {
		return err.Error()
	}
	what, is, must := "it", mismatch.Value, wanted(mismatch.Type)
	if mismatch.Field != "" {
		what = "field [" + mismatch.Field + "]"
	}
	switch _, literal, isNumber := strings.Cut(is, "number "); {
	case isNumber && must == wholeNumber:
		is, must = literal, must+" within "+strconv.Itoa(width(mismatch.Type))+" bits"
	case isNumber:
		is = literal
	case is == "bool":
		is = "true or false"
	case is == "array" || is == "object":
		is = "an " + is
	default:
		is = "a " + is
	}
	return strings.Replace(err.Error(), mismatch.Error(), what+" is "+is+", but must be "+must, 1)
}

// width is how many bits a number may have that fits into a variable.
func width(t reflect.Type) int {
	if t.Kind() == reflect.Pointer {
		return width(t.Elem())
	}
	return t.Bits()
}

// wanted names what fits into a variable.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int32, reflect.Int64:
		return wholeNumber
	case reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Pointer:
		return wanted(t.Elem())
	}
	return "an object"
}

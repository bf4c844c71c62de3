package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Error is an answer that says no.
type Error struct {
	Method, Path string
	Status       int    // of HTTP
	Code         string // Druid's errorCode, like "entryAlreadyExists"; mostly empty
	Message      string // what the server says is wrong
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s (%d %s)", e.Message, e.Status, http.StatusText(e.Status))
}

// UnreachableError is a request that got no answer, or only part of one.
type UnreachableError struct {
	URL string
	Err error
}

func (e *UnreachableError) Error() string { return fmt.Sprintf("no answer from %s: %v", e.URL, e.Err) }

// Unwrap is the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// IsNotFound tells whether the server answered that there is no such thing.
func IsNotFound(err error) bool {
	var refused *Error
	return errors.As(err, &refused) && refused.Status == http.StatusNotFound
}

// newError finds the message in whichever of Druid's shapes an error came: {"error":…}, {"errorMessage":…} or text.
func newError(method, path string, status int, body []byte) *Error {
	e := &Error{Method: method, Path: path, Status: status, Message: strings.TrimSpace(string(body))}
	var shape struct {
		Error        string `json:"error"`
		ErrorCode    string `json:"errorCode"`
		ErrorMessage string `json:"errorMessage"`
	}
	if json.Unmarshal(body, &shape) == nil {
		e.Code = shape.ErrorCode
		switch {
		case shape.ErrorMessage != "":
			e.Message = shape.ErrorMessage
		case shape.Error != "":
			e.Message = shape.Error
		}
	}
	if e.Message == "" || strings.HasPrefix(e.Message, "<") { // nothing, or a page for browsers
		e.Message = fmt.Sprintf("%s %s was refused without a reason", method, path)
	}
	return e
}

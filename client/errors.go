package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"ovate/internal/uri"
)

// Error is an answer that says no.
type Error struct {
	URL          string // of the server
	Method, Path string
	Status       int    // of HTTP
	Code         string // Druid's errorCode, like "entryAlreadyExists", or the end of the type of a problem, like "invalid-spec"; mostly empty
	Message      string // what the server says is wrong; empty if it says nothing, or has a page for browsers
	// Faults are all that is wrong with a task, where the server tells each.
	Faults []SpecFault
}

// SpecFault is something that is wrong with a task.
type SpecFault struct {
	Pointer string `json:"pointer"` // JSON pointer (RFC 6901) to the field; empty where it is the task as a whole
	Detail  string `json:"detail"`
}

func (e *Error) Error() string {
	message := e.Message
	if message == "" {
		message = fmt.Sprintf("%s %s was refused without a reason", e.Method, e.Path)
	}
	return fmt.Sprintf("%s (%d %s)", message, e.Status, http.StatusText(e.Status))
}

// UnreachableError is a request that got no answer, or only part of one.
type UnreachableError struct {
	URL string // of the server, as the client was given it; the error's text leaves out a user and a password
	Err error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("no answer from %s: %v", uri.Redact(e.URL), e.Err)
}

// Unwrap is the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// StrangeAnswerError is an answer that says yes and then is not what an Overlord sends. Another program may be there.
type StrangeAnswerError struct {
	URL          string // of the server
	Method, Path string
	Err          error
}

func (e *StrangeAnswerError) Error() string {
	return fmt.Sprintf("%s %s: the answer is not what an Overlord sends: %v", e.Method, e.Path, e.Err)
}

// Unwrap is what is wrong with it.
func (e *StrangeAnswerError) Unwrap() error { return e.Err }

// SupervisorError is that a task was asked for, and what was handed in was the spec of a supervisor. The server has stored it.
type SupervisorError struct {
	ID string // of the supervisor
	// Warning is why it does not run; empty if it does, or is suspended.
	Warning string
}

func (e *SupervisorError) Error() string {
	text := fmt.Sprintf("it is no task, but the spec of supervisor[%s], which the server has stored", e.ID)
	if e.Warning != "" {
		text += ". " + strings.TrimSuffix(e.Warning, ".")
	}
	return text
}

// IsNotFound tells whether the server answered that there is no such thing.
func IsNotFound(err error) bool {
	var refused *Error
	return errors.As(err, &refused) && refused.Status == http.StatusNotFound
}

// CodeUnauthorized is the Code of an Error where the server knows who asks, and his roles do not permit it. Druid has no code for that.
const CodeUnauthorized = "unauthorized"

// problem begins the types of problems.
const problem = "urn:ovate:problem:"

// newError finds the message in whichever shape an error came: Druid's {"error":…}, {"errorMessage":…} or text, or a problem (RFC 9457).
func newError(url, method, path string, status int, body []byte) *Error {
	e := &Error{URL: url, Method: method, Path: path, Status: status, Message: strings.TrimSpace(string(body))}
	var shape struct {
		Error        string `json:"error"`
		ErrorCode    string `json:"errorCode"`
		ErrorMessage string `json:"errorMessage"`
		Access       string `json:"Access-Check-Result"` // where who asks has no right to it

		Type   string      `json:"type"`
		Detail string      `json:"detail"`
		Errors []SpecFault `json:"errors"`
	}
	if json.Unmarshal(body, &shape) == nil {
		e.Code, e.Faults = shape.ErrorCode, shape.Errors
		switch {
		case shape.Detail != "":
			e.Message = shape.Detail
			e.Code, _ = strings.CutPrefix(shape.Type, problem)
			if e.Code == shape.Type { // about:blank
				e.Code = ""
			}
		case shape.ErrorMessage != "":
			e.Message = shape.ErrorMessage
		case shape.Error != "":
			e.Message = shape.Error
		case shape.Access != "":
			e.Code, e.Message = CodeUnauthorized, "whoever asks has no right to that"
		}
	}
	if strings.HasPrefix(e.Message, "<") {
		e.Message = ""
	}
	return e
}

package druid

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// Persona is whom an error is meant for.
type Persona string

// The personas of Druid's DruidException.
const (
	User      Persona = "USER"
	Admin     Persona = "ADMIN"
	Operator  Persona = "OPERATOR"
	Developer Persona = "DEVELOPER"
)

// Category is the kind of an error; it decides the HTTP status.
type Category string

// The categories of Druid's DruidException.
const (
	CategoryDefensive          Category = "DEFENSIVE"
	CategoryInvalidInput       Category = "INVALID_INPUT"
	CategoryUnauthorized       Category = "UNAUTHORIZED"
	CategoryForbidden          Category = "FORBIDDEN"
	CategoryNotFound           Category = "NOT_FOUND"
	CategoryCapacityExceeded   Category = "CAPACITY_EXCEEDED"
	CategoryCanceled           Category = "CANCELED"
	CategoryRuntimeFailure     Category = "RUNTIME_FAILURE"
	CategoryServiceUnavailable Category = "SERVICE_UNAVAILABLE"
	CategoryTimeout            Category = "TIMEOUT"
	CategoryUnsupported        Category = "UNSUPPORTED"
	CategoryUncategorized      Category = "UNCATEGORIZED"
)

// Error is what Druid answers as a DruidException.
type Error struct {
	ErrorCode string
	Persona   Persona
	Category  Category
	Message   string
	Context   map[string]string

	cause error // for errors.Is and errors.As; clients are told the message alone
}

// InvalidInput is the error for input that can never be right.
func InvalidInput(format string, args ...any) *Error {
	return &Error{ErrorCode: "invalidInput", Persona: User, Category: CategoryInvalidInput, Message: fmt.Sprintf(format, args...)}
}

// NotFound is the error for what is not there.
func NotFound(format string, args ...any) *Error {
	return &Error{ErrorCode: "notFound", Persona: User, Category: CategoryNotFound, Message: fmt.Sprintf(format, args...)}
}

const entryAlreadyExists = "entryAlreadyExists"

// AlreadyExists is the error for the creation of something that is there.
func AlreadyExists(format string, args ...any) *Error {
	return &Error{ErrorCode: entryAlreadyExists, Persona: User, Category: CategoryInvalidInput, Message: fmt.Sprintf(format, args...)}
}

// IsTaken tells whether an error is that of AlreadyExists.
func IsTaken(err error) bool {
	told, is := errors.AsType[*Error](err)
	return is && told.ErrorCode == entryAlreadyExists
}

// CapacityExceeded is the error for a request that a configured limit refuses.
func CapacityExceeded(format string, args ...any) *Error {
	return &Error{ErrorCode: "general", Persona: Admin, Category: CategoryCapacityExceeded, Message: fmt.Sprintf(format, args...)}
}

// RuntimeFailure is the error for something that went wrong within the server. It wraps the error whose verb is %w.
func RuntimeFailure(format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{ErrorCode: "general", Persona: Operator, Category: CategoryRuntimeFailure, Message: err.Error(), cause: errors.Unwrap(err)}
}

// Error is the message.
func (e *Error) Error() string { return e.Message }

// Unwrap is what is behind it, if that is known.
func (e *Error) Unwrap() error { return e.cause }

// HTTPStatus is the status that Druid answers for the category.
func (e *Error) HTTPStatus() int {
	switch e.Category {
	case CategoryInvalidInput:
		return http.StatusBadRequest
	case CategoryUnauthorized:
		return http.StatusUnauthorized
	case CategoryForbidden:
		return http.StatusForbidden
	case CategoryNotFound:
		return http.StatusNotFound
	case CategoryCapacityExceeded:
		return http.StatusTooManyRequests
	case CategoryServiceUnavailable:
		return http.StatusServiceUnavailable
	case CategoryTimeout:
		return http.StatusGatewayTimeout
	case CategoryUnsupported:
		return http.StatusNotImplemented
	}
	return http.StatusInternalServerError
}

// AppendJSON appends the body that Druid answers; the context is sorted by key.
func (e *Error) AppendJSON(dst []byte) []byte {
	dst = appendStringField(dst, `{"error":"druidException","errorCode":`, e.ErrorCode)
	dst = appendStringField(dst, `,"persona":`, string(e.Persona))
	dst = appendStringField(dst, `,"category":`, string(e.Category))
	dst = appendStringField(dst, `,"errorMessage":`, e.Message)
	dst = append(dst, `,"context":{`...)
	for i, key := range slices.Sorted(maps.Keys(e.Context)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(AppendString(dst, key), ':')
		dst = AppendString(dst, e.Context[key])
	}
	return append(dst, `}}`...)
}

// MarshalJSON writes what AppendJSON writes.
func (e *Error) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }

package druid

import (
	"errors"
	"net/http"
	"regexp"
	"testing"
)

func TestNewTaskID(t *testing.T) {
	t.Parallel()
	now := Instant(1795463520288)
	if id := NewTaskID("index_parallel", "wiki", nil, now); !regexp.MustCompile(
		`^index_parallel_wiki_[a-p]{8}_2026-11-23T19:52:00\.288Z$`).MatchString(id) {
		t.Errorf("got %s", id)
	}
	if id := NewTaskID("kill", "wiki", &Interval{0, 1}, now); !regexp.MustCompile(
		`^kill_wiki_[a-p]{8}_1970-01-01T00:00:00\.000Z_1970-01-01T00:00:00\.001Z_2026-11-23T19:52:00\.288Z$`).MatchString(id) {
		t.Errorf("got %s", id)
	}
}

func TestValidateID(t *testing.T) {
	t.Parallel()
	const field = "Invalid value for field [task ID]: "
	for _, c := range []struct{ id, want string }{
		{"index_parallel_wiki_2026-11-23T19:52:00.288Z", ""},
		{" x", ""},
		{"日本é", ""},
		{"x\x7f", ""},
		{"", field + "must not be null"},
		{".x", field + "Value [.x] cannot start with '.'."},
		{"a/b", field + "Value [a/b] cannot contain '/'."},
		{"x\ty", field + "Value [x\ty] contains illegal whitespace characters.  Only space is allowed."},
		{"ab\x01", field + "Value [ab\x01] contains illegal UTF8 character [#1] at position [2]"},
		{"ab\x00", field + "Value [ab\x00] contains illegal UTF8 character [#0] at position [2]"},
		{"é😀", field + "Value [é😀] contains illegal UTF8 character [#55357] at position [1]"},
	} {
		err := ValidateID("task ID", c.id)
		if c.want == "" && err == nil {
			continue
		}
		var invalid *Error
		if !errors.As(err, &invalid) || invalid.Message != c.want || invalid.HTTPStatus() != http.StatusBadRequest {
			t.Errorf("%q: got %v, want %s", c.id, err, c.want)
		}
	}
}

func TestErrorAsDruid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    *Error
		status int
		want   string
	}{
		{
			AlreadyExists("Task[%s] already exists", "g_noop1"), 400,
			`{"error":"druidException","errorCode":"entryAlreadyExists","persona":"USER","category":"INVALID_INPUT","errorMessage":"Task[g_noop1] already exists","context":{}}`,
		}, {
			CapacityExceeded("full"), 429,
			`{"error":"druidException","errorCode":"general","persona":"ADMIN","category":"CAPACITY_EXCEEDED","errorMessage":"full","context":{}}`,
		}, {
			&Error{ErrorCode: "general", Persona: Operator, Category: CategoryRuntimeFailure, Message: "no", Context: map[string]string{"b": "2", "a": "1"}}, 500,
			`{"error":"druidException","errorCode":"general","persona":"OPERATOR","category":"RUNTIME_FAILURE","errorMessage":"no","context":{"a":"1","b":"2"}}`,
		},
	} {
		if got := string(c.err.AppendJSON(nil)); got != c.want || c.err.HTTPStatus() != c.status {
			t.Errorf("%d: got %s, want %s", c.err.HTTPStatus(), got, c.want)
		}
	}
}

package druid

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	"ovate/internal/jsontext"
)

// TaskState is what the metadata store knows about a task.
type TaskState string

// The three states of a task.
const (
	Running TaskState = "RUNNING"
	Success TaskState = "SUCCESS"
	Failed  TaskState = "FAILED"
)

// RunnerState is what the runner knows about a task.
type RunnerState string

// The four states a runner can give. A finished task has NoRunner.
const (
	Waiting       RunnerState = "WAITING"
	Pending       RunnerState = "PENDING"
	RunnerRunning RunnerState = "RUNNING"
	NoRunner      RunnerState = "NONE"
)

// TaskLocation is where a task runs. Ports that are not in use are -1; so are both of an unknown location, which
// has no host.
type TaskLocation struct {
	Host       string `json:"host"`
	Port       int    `json:"port"`
	TLSPort    int    `json:"tlsPort"`
	K8sPodName string `json:"k8sPodName"` // empty outside Kubernetes
}

// UnknownLocation is the location of a task that has no place yet.
var UnknownLocation = TaskLocation{Port: -1, TLSPort: -1}

// Address is the host and the port, that with TLS where it is in use; empty if the location is not known.
func (l TaskLocation) Address() string {
	if l.Host == "" {
		return ""
	}
	port := l.Port
	if l.TLSPort > 0 {
		port = l.TLSPort
	}
	return l.Host + ":" + strconv.Itoa(port)
}

// AppendJSON appends the location as Druid writes it: k8sPodName only if there is one.
func (l TaskLocation) AppendJSON(dst []byte) []byte {
	dst = appendNullableField(dst, `{"host":`, l.Host)
	dst = appendIntField(dst, `,"port":`, int64(l.Port))
	dst = appendIntField(dst, `,"tlsPort":`, int64(l.TLSPort))
	if l.K8sPodName != "" {
		dst = appendStringField(dst, `,"k8sPodName":`, l.K8sPodName)
	}
	return append(dst, '}')
}

// MarshalJSON writes what AppendJSON writes.
func (l TaskLocation) MarshalJSON() ([]byte, error) { return l.AppendJSON(nil), nil }

// TaskStatus is the status of a task as the metadata store keeps it.
type TaskStatus struct {
	ID       string
	State    TaskState
	Duration int64  // milliseconds, -1 until known
	ErrorMsg string // empty is written as null
	Location TaskLocation
}

// AppendJSON appends the five keys of a TaskStatus in Druid's order.
func (s TaskStatus) AppendJSON(dst []byte) []byte {
	dst = appendStringField(dst, `{"id":`, s.ID)
	dst = appendStringField(dst, `,"status":`, string(s.State))
	dst = appendIntField(dst, `,"duration":`, s.Duration)
	dst = appendNullableField(dst, `,"errorMsg":`, s.ErrorMsg)
	dst = s.Location.AppendJSON(append(dst, `,"location":`...))
	return append(dst, '}')
}

// MarshalJSON writes what AppendJSON writes.
func (s TaskStatus) MarshalJSON() ([]byte, error) { return s.AppendJSON(nil), nil }

// UnmarshalJSON takes what AppendJSON writes. A missing location is unknown, and a missing duration 0, as in Druid.
func (s *TaskStatus) UnmarshalJSON(b []byte) error {
	var wire struct {
		ID       string        `json:"id"`
		Status   TaskState     `json:"status"`
		Duration int64         `json:"duration"`
		ErrorMsg string        `json:"errorMsg"`
		Location *TaskLocation `json:"location"`
	}
	if err := jsontext.Unmarshal(b, &wire); err != nil {
		return fmt.Errorf("task status: %w", err)
	}
	switch {
	case wire.ID == "":
		return fmt.Errorf("task status: id is missing")
	case wire.Status != Running && wire.Status != Success && wire.Status != Failed:
		return fmt.Errorf("task status of %s: status %q is not one of RUNNING, SUCCESS, FAILED", wire.ID, wire.Status)
	}
	*s = TaskStatus{
		ID:       wire.ID,
		State:    wire.Status,
		Duration: wire.Duration,
		ErrorMsg: TruncateErrorMsg(wire.ErrorMsg),
		Location: UnknownLocation,
	}
	if wire.Location != nil {
		s.Location = *wire.Location
	}
	return nil
}

// maxErrorMsg is in UTF-16 units, as are all lengths of messages.
const maxErrorMsg = 1024

// TruncateErrorMsg cuts the middle out of messages of more than 1024 UTF-16 units, as Druid does before it stores
// one: 512 units of either end stay, with the number of units left out between them. A message that was cut before
// is left alone; Druid cuts it again each time it reads it, and the number is then that of its own words.
func TruncateErrorMsg(msg string) string {
	if len(msg) <= maxErrorMsg { // a unit takes at least one byte
		return msg
	}
	units := utf16.Encode([]rune(msg))
	if len(units) <= maxErrorMsg || wasTruncated(units) {
		return msg
	}
	head := string(utf16.Decode(units[:maxErrorMsg/2]))
	tail := string(utf16.Decode(units[len(units)-maxErrorMsg/2:]))
	return fmt.Sprintf("%s...%d characters omitted...%s", head, len(units)-maxErrorMsg, tail)
}

// wasTruncated tells whether all there is between the first and last 512 units are TruncateErrorMsg's words.
func wasTruncated(units []uint16) bool {
	middle := string(utf16.Decode(units[maxErrorMsg/2 : len(units)-maxErrorMsg/2]))
	count, ok := strings.CutSuffix(strings.TrimPrefix(middle, "..."), " characters omitted...")
	n, err := strconv.Atoi(count)
	return ok && err == nil && middle == fmt.Sprintf("...%d characters omitted...", n)
}

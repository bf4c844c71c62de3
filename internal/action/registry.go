package action

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/jsontext"
)

// registered are all actions by their names.
var registered = []entry{
	register[LockTryAcquire](ofDruid),
	register[LockAcquire](ofDruid),
	register[LockList](ofDruid, reads),
	register[LockRelease](ofDruid, reads),
	register[SegmentLockTryAcquire](ofDruid),
	register[SegmentLockAcquire](ofDruid),
	register[SegmentAllocate](ofDruid),
	register[SegmentTransactionalInsert](ofDruid),
	register[SegmentTransactionalAppend](ofDruid),
	register[SegmentTransactionalReplace](ofDruid),
	register[SegmentListUsed](ofDruid, reads),
	register[SegmentListUnused](ofDruid, reads),
	register[RetrieveSegmentsByID](ofDruid, reads),
	register[RetrieveUpgradedFromSegmentIDs](ofDruid, reads),
	register[RetrieveUpgradedToSegmentIDs](ofDruid, reads),
	register[MarkSegmentsAsUnused](ofDruid),
	register[SegmentMetadataUpdate](ofDruid),
	register[SegmentNuke](ofDruid),
	register[ResetDataSourceMetadata](ofDruid),
	register[CheckPointDataSourceMetadata](ofDruid),
	register[UpdateStatus](ofDruid, reads),
	register[UpdateLocation](ofDruid, reads),

	register[LockTryAcquireAll](),
	register[LockAcquireAll](),
	register[SegmentLockTryAcquireAll](),
	register[SegmentAllocateAll](),
	register[SegmentNukeUnused](),
	register[SegmentTransactionalInsertAndEnd](),
	register[SegmentListAppended](reads),
	register[SegmentListShared](reads),
	register[ChunkListUsed](reads),
	register[ChunkListNewer](reads),
}

type entry struct {
	name   string
	traits []trait
	read   func(text []byte) (Request, error)
}

// trait is what an action may be.
type trait int

const (
	// ofDruid is one that Druid knows too, with the same fields and answers; what is ours beyond them is optional.
	ofDruid trait = iota
	// reads is one that changes nothing, at least if the task has ended: it may perform it then.
	reads
)

func register[A Action[R], R any](traits ...trait) entry {
	var zero A
	return entry{zero.Type(), traits, func(text []byte) (Request, error) {
		var a A
		if err := jsontext.Unmarshal(text, &a); err != nil {
			return nil, err
		}
		if c, ok := any(a).(checked); ok {
			var given fields
			if err := jsontext.Unmarshal(text, &given); err != nil {
				return nil, err
			}
			if err := c.check(given); err != nil {
				return nil, err
			}
		}
		return &request[R]{action: a}, nil
	}}
}

// Read makes a request of the JSON of any action. The error names the field and what would be right.
func Read(text []byte) (Request, error) { return read(text, registered) }

// ReadOfDruid is Read for a task of Druid: it takes the actions that Druid has, and no others. A surrogateAction has another one in it, which
// is to be performed in the name of the task surrogate: so parts of a parallel ingestion lock and allocate for the whole. Otherwise
// surrogate is empty.
func ReadOfDruid(text []byte) (r Request, surrogate string, err error) {
	known := slices.DeleteFunc(slices.Clone(registered), func(e entry) bool { return !slices.Contains(e.traits, ofDruid) })
	var outer struct {
		Type        string          `json:"type"`
		SurrogateID string          `json:"surrogateId"`
		TaskAction  json.RawMessage `json:"taskAction"`
	}
	err = jsontext.Unmarshal(text, &outer)
	if outer.Type != surrogateType {
		r, err := read(text, known)
		return r, "", err
	}
	if err != nil {
		return nil, "", fmt.Errorf("action %s: %w", surrogateType, err)
	}
	switch {
	case outer.SurrogateID == "":
		return nil, "", fmt.Errorf("action %s: field [surrogateId] is missing", surrogateType)
	case len(outer.TaskAction) == 0 || string(outer.TaskAction) == "null":
		return nil, "", fmt.Errorf("action %s: field [taskAction] is missing", surrogateType)
	}
	if r, err = read(outer.TaskAction, known); err != nil {
		return nil, "", fmt.Errorf("action %s: field [taskAction]: %w", surrogateType, err)
	}
	return r, outer.SurrogateID, nil
}

const surrogateType = "surrogateAction"

// Reads tells whether an action changes nothing once the task has ended.
func Reads(r Request) bool {
	return slices.ContainsFunc(registered, func(e entry) bool { return e.name == r.Type() && slices.Contains(e.traits, reads) })
}

func read(text []byte, known []entry) (Request, error) {
	var head struct {
		Type *string `json:"type"`
	}
	if err := jsontext.Unmarshal(text, &head); err != nil {
		return nil, fmt.Errorf("action: %w", err)
	}
	if head.Type == nil {
		return nil, errors.New("action: missing type id property 'type'")
	}
	at := slices.IndexFunc(known, func(e entry) bool { return e.name == *head.Type })
	if at < 0 {
		names := make([]string, len(known))
		for i, e := range known {
			names[i] = e.name
		}
		return nil, fmt.Errorf("action: could not resolve type id '%s': actions that can be performed here are [%s]", *head.Type, strings.Join(names, ", "))
	}
	r, err := known[at].read(text)
	if err != nil {
		return nil, fmt.Errorf("action %s: %w", *head.Type, err)
	}
	return r, nil
}

// checked is an action that can be wrong, or that Druid knows in forms which are not built here.
type checked interface{ check(given fields) error }

// fields are those of a JSON object.
type fields map[string]json.RawMessage

// has tells whether a field has a value.
func (f fields) has(name string) bool {
	value := string(f[name])
	return value != "" && value != "null"
}

// need refuses an action in which one of the fields has no value.
func (f fields) need(names ...string) error {
	for _, name := range names {
		if !f.has(name) {
			return fmt.Errorf("field [%s] is missing", name)
		}
	}
	return nil
}

// noNull refuses a list in which an element has no value.
func (f fields) noNull(name string) error {
	var elements []json.RawMessage
	if !f.has(name) {
		return nil
	}
	if err := json.Unmarshal(f[name], &elements); err != nil {
		return fmt.Errorf("field [%s]: %w", name, err)
	}
	for i, e := range elements {
		if string(e) == "null" {
			return fmt.Errorf("field [%s[%d]] is null", name, i)
		}
	}
	return nil
}

// checkSpan refuses an interval in which there is no instant.
func checkSpan(field string, i druid.Interval) error {
	if i.IsEmpty() {
		return fmt.Errorf("field [%s] is [%s], which is empty, but must be a span of time such as 2026-03-01/2026-03-02", field, i)
	}
	return nil
}

// checkLockType refuses a type of locks that there is not. Where there is no such field it is EXCLUSIVE.
func checkLockType(given fields, field string, t druid.LockType) error {
	switch t {
	case "":
		if !given.has(field) {
			return nil
		}
	case druid.Exclusive, druid.Shared, druid.Append, druid.Replace:
		return nil
	}
	return fmt.Errorf("field [%s] is %q, but must be one of EXCLUSIVE, SHARED, APPEND, REPLACE", field, t)
}

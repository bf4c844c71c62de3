package spec

import (
	"encoding/json"
	"strings"
)

// Error says which part of a spec cannot be accepted and why. Its text is meant for whoever wrote the spec.
type Error struct {
	Path    string // where the fault is, such as spec.dataSchema.granularitySpec.intervals[0]
	Problem string
	druids  bool // Problem is a sentence of Druid's, which clients may know by heart: it stands alone

	others []*Error // found together with this one, and behind it
}

// All are the faults that were found together, of which this is the first.
func (e *Error) All() []*Error { return append([]*Error{e}, e.others...) }

// Pointer is the path as a JSON pointer (RFC 6901) into the task.
func (e *Error) Pointer() string {
	if e.Path == whole {
		return ""
	}
	names := strings.NewReplacer("~", "~0", "/", "~1", ".", "/", "[", "/", "]", "")
	return "/" + names.Replace(e.Path)
}

// whole is the path of faults that are of no field.
const whole = "task"

// Error is the path and the problem, or Druid's own sentence where Druid has one that says what is wrong.
func (e *Error) Error() string {
	if e.druids {
		return e.Problem
	}
	return e.Path + ": " + e.Problem
}

// Parse reads the "spec" of a task of type typ, which is "index" or "index_parallel". What is left out is filled in as
// Druid does, fields that Druid does not know are ignored, and whatever cannot be run is refused. The error is an *Error.
func Parse(typ string, raw json.RawMessage) (*Ingestion, error) {
	root := value{path: "spec"}
	if len(raw) > 0 {
		tree, err := decodeTree(raw)
		if err != nil {
			return nil, &Error{Path: root.path, Problem: "is no valid JSON: " + err.Error()}
		}
		root.node = tree
	}
	return parse(typ, root)
}

func parse(typ string, root value) (*Ingestion, error) {
	r := &reader{taskType: typ}
	s := r.ingestion(root)
	if err := r.failure(); err != nil {
		return nil, err
	}
	return s, nil
}

func (r *reader) ingestion(v value) *Ingestion {
	s := &Ingestion{Type: r.taskType}
	if !r.present(v, "a dataSchema, an ioConfig and perhaps a tuningConfig") {
		return s
	}
	s.Schema = r.dataSchema(v.field("dataSchema"), v.field("ioConfig"))
	s.IO = r.ioConfig(v.field("ioConfig"))
	s.Tuning = r.tuning(v.field("tuningConfig"))
	return s
}

// present refuses v if it is missing or no object; contents says what ought to be in it.
func (r *reader) present(v value, contents string) bool {
	if v.missing() {
		r.refuse(v, "is missing: it must be an object with %s", contents)
		return false
	}
	return r.object(v)
}

// AppendJSON appends the spec as Druid writes it in a task's payload: with every default, in Druid's order, and
// without passwords.
func (s *Ingestion) AppendJSON(dst []byte) []byte {
	e := beginObject(dst)
	e.value("dataSchema", &s.Schema)
	e.name("ioConfig")
	e.dst = s.IO.appendJSON(e.dst, s.Type)
	e.value("tuningConfig", &s.Tuning)
	return e.end()
}

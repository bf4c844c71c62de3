package assignment

import (
	"encoding/json"
	"fmt"
	"math"

	"ovate/druid"
	"ovate/internal/jsontext"
	"ovate/internal/supervisor/document"
	"ovate/internal/supervisor/form"
	"ovate/internal/supervisor/plan"
)

// Task is what the JSON of a task has of its own, beside what the spec says and what it is to read.
type Task struct {
	// Type is that of the task, such as index_kafka, and TuningType that of its tuningConfig.
	Type, TuningType string
	ID, Sequence     string
	// IO is its ioConfig.
	IO []byte
}

// JSON is that of a task as a Java Overlord makes it. What the spec says of data goes into it byte for byte. The error is a *document.Error.
func (a *Assignment) JSON(t *Task, c plan.Create, n Notation) ([]byte, error) {
	context, err := a.taskContext(c, n)
	if err != nil {
		return nil, err
	}
	dst := druid.AppendString([]byte(`{"type":"`+t.Type+`","id":`), t.ID)
	dst = druid.AppendString(append(dst, `,"resource":{"availabilityGroup":`...), t.Sequence)
	dst = append(append(dst, `,"requiredCapacity":1},"dataSchema":`...), a.dataSchema...)
	dst = a.appendTuning(append(dst, `,"tuningConfig":`...), t.TuningType)
	dst = append(append(dst, `,"ioConfig":`...), t.IO...)
	dst = context.AppendJSON(append(dst, `,"context":`...))
	dst = druid.AppendString(append(dst, `,"groupId":`...), t.Type+"_"+a.DataSource)
	return append(druid.AppendString(append(dst, `,"dataSource":`...), a.DataSource), '}'), nil
}

// appendTuning appends the tuningConfig of a task: that of the spec, without what the supervisor alone goes by.
func (a *Assignment) appendTuning(dst []byte, typ string) []byte {
	dst = druid.AppendString(append(dst, `{"type":`...), typ)
	if a.tuning.Is('{') {
		for key, raw := range jsontext.Members(a.tuning.Raw()) {
			if name := string(jsontext.Unescape(nil, key)); name != "type" && !form.OfSupervisor(name) {
				dst = append(append(append(append(dst, `,"`...), key...), `":`...), raw...)
			}
		}
	}
	return append(dst, '}')
}

// taskContext is that of the spec with what tasks need: where the parts of their sequence begin, at its start, unless that is known.
func (a *Assignment) taskContext(c plan.Create, n Notation) (*druid.Context, error) {
	checkpoints := c.Checkpoints
	if len(checkpoints.At) == 0 {
		checkpoints = plan.Checkpoints{At: []plan.Offsets{c.Start}}
	}
	text, err := appendCheckpoints(nil, checkpoints, n)
	if err != nil {
		return nil, err
	}
	all := new(druid.Context)
	if err := all.UnmarshalJSON(a.context); err != nil {
		return nil, &document.Error{Field: "context", Problem: err.Error()}
	}
	all.Set("checkpoints", druid.AppendString(nil, string(text)))
	all.Set("IS_INCREMENTAL_HANDOFF_SUPPORTED", json.RawMessage("true"))
	return all, nil
}

// AppendRecords appends to an ioConfig which records a task takes, and how these are read.
func (a *Assignment) AppendRecords(dst []byte, c plan.Create) []byte {
	dst = appendTime(dst, "minimumMessageTime", c.Earliest)
	dst = appendTime(dst, "maximumMessageTime", c.Latest)
	if len(a.inputFormat) > 0 {
		dst = append(append(dst, `,"inputFormat":`...), a.inputFormat...)
	}
	return dst
}

func appendTime(dst []byte, name string, t *druid.Instant) []byte {
	if t == nil {
		return dst
	}
	return fmt.Appendf(dst, `,%q:%q`, name, t)
}

// Read reads the JSON of a task of a type that a Java Overlord or this one has made, of whatever version, and of which stream it is. What it has in its ioConfig
// beside this, other reads. Of the plan.Task there is all but Current, Elsewhere and what only the queue and the task itself know. The error is a *document.Error.
func Read(payload []byte, typ string, n Notation, other func(io document.Value)) (t plan.Task, name string, err error) {
	root, err := document.Parse(payload, "a task")
	if err != nil {
		return t, "", err
	}
	root.Field("type").MustBe(typ)
	t.ID = root.Field("id").NonEmpty("must be the id of the task")
	io := root.Field("ioConfig")
	if io.Missing() {
		io.Refuse("is missing: it must be an object with startSequenceNumbers and baseSequenceName")
	}
	io.Object()
	t.Group = int(io.Number("taskGroupId", math.MinInt32, math.MaxInt32, 0))
	t.Sequence = io.Field("baseSequenceName").NonEmpty("must be the name that the task has in common with its replicas")
	t.Earliest, t.Latest = io.Field("minimumMessageTime").Time(), io.Field("maximumMessageTime").Time()
	other(io)
	begins := io.Field("startSequenceNumbers")
	if begins.Missing() && !io.Field("startPartitions").Missing() {
		begins = io.Field("startPartitions")
	}
	name, t.Start = readPlaces(begins, n)
	t.Checkpoints = readCheckpoints(root.Field("context").Field("checkpoints"), t.Start, n)
	if err := root.Failure(); err != nil {
		return plan.Task{}, "", err
	}
	return t, name, nil
}

package kafka

import (
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"

	"ovate/druid"
	"ovate/internal/stream"
	"ovate/internal/supervisor/plan"
)

// Task is what the JSON of a task says of what it reads. Of the plan.Task it has the ID, Group, Sequence, Start, Checkpoints, Earliest and Latest.
type Task struct {
	plan.Task
	// Stream is what it reads, as a Spec has it.
	Stream string
	Multi  bool
}

// ReadTask reads the JSON of a task that a Java Overlord or this one has made, of whatever version. The error is an *Error.
func ReadTask(payload []byte) (Task, error) {
	root, err := document(payload, "a task")
	if err != nil {
		return Task{}, err
	}
	root.field("type").mustBe(TaskType)
	var t Task
	t.ID = root.field("id").nonEmpty("must be the id of the task")
	io := root.field("ioConfig")
	if io.missing() {
		io.refuse("is missing: it must be an object with startSequenceNumbers and baseSequenceName")
	}
	io.object()
	t.Group = int(io.number("taskGroupId", math.MinInt32, math.MaxInt32, 0))
	t.Sequence = io.field("baseSequenceName").nonEmpty("must be the name that the task has in common with its replicas")
	t.Earliest, t.Latest = io.field("minimumMessageTime").time(), io.field("maximumMessageTime").time()
	t.Multi, _ = io.field("multiTopic").truth()
	begins := io.field("startSequenceNumbers")
	if begins.missing() && !io.field("startPartitions").missing() {
		begins = io.field("startPartitions")
	}
	t.Stream, t.Start = begins.places()
	t.Checkpoints = root.field("context").field("checkpoints").checkpoints(t.Start)
	if err := root.faults.failure(); err != nil {
		return Task{}, err
	}
	return t, nil
}

// time reads an instant that may be missing.
func (v value) time() *druid.Instant {
	if t, there := v.instant(); there {
		return new(t)
	}
	return nil
}

// places reads of which stream something is, and where in it. The names of older versions count more, as in Druid.
func (v value) places() (name string, at plan.Offsets) {
	if v.missing() {
		v.refuse("is missing: it must be an object with stream and partitionSequenceNumberMap")
		return "", nil
	}
	v.object()
	of, offsets := v.field("stream"), v.field("partitionOffsetMap")
	if of.missing() && !v.field("topic").missing() {
		of = v.field("topic")
	}
	if offsets.missing() {
		offsets = v.field("partitionSequenceNumberMap")
	}
	return of.nonEmpty("must be the name of the stream"), offsets.offsets()
}

// offsets reads them by partition.
func (v value) offsets() plan.Offsets {
	if v.missing() {
		v.refuse("is missing: it must be an object with offsets by partition")
		return nil
	}
	v.object()
	all := plan.Offsets{}
	for name, raw := range v.members() {
		offset := v.at(name, raw)
		topic, number, err := split(name)
		if err != nil {
			offset.refuse("must be an offset by a partition: %v", err)
			continue
		}
		if topic != "" {
			topic += ":"
		}
		n, there := offset.whole(0, math.MaxInt64)
		if !there {
			offset.refuse("must be an offset, but is %s", offset.shown())
		}
		all[topic+strconv.Itoa(int(number))] = stream.Sequence(strconv.FormatInt(n, 10))
	}
	return all
}

// checkpoints reads where the parts of a sequence began when its task was made: JSON within a text. Without any there is one part.
func (v value) checkpoints(start plan.Offsets) plan.Checkpoints {
	text, there := v.text()
	if !there {
		return plan.Checkpoints{At: []plan.Offsets{start}}
	}
	within, err := document([]byte(text), "it")
	if err != nil {
		v.refuse("must be a text that is a JSON object with offsets by the numbers of parts, but %v", err)
		return plan.Checkpoints{}
	}
	parts := map[int]plan.Offsets{}
	for name, raw := range within.members() {
		part := value{raw, v.path + "." + name, v.faults}
		number, err := strconv.ParseInt(name, 10, 32)
		if err != nil || number < 0 {
			part.refuse("must have the number of a part for its name")
			continue
		}
		parts[int(number)] = part.offsets()
	}
	c := plan.Checkpoints{}
	for i, number := range slices.Sorted(maps.Keys(parts)) {
		if i == 0 {
			c.First = number
		} else if number != c.First+i {
			v.refuse("has part %d without part %d: none may be missing among them", number, c.First+i)
		}
		c.At = append(c.At, parts[number])
	}
	if len(c.At) == 0 {
		v.refuse("has no parts: it must be a text that is a JSON object with offsets by the numbers of parts")
	}
	return c
}

// Current tells whether a task does with records what the spec says: whether its dataSchema and its tuningConfig mean the same. Whether it reads what it
// should is told by ReadTask.
func (s *Spec) Current(task []byte) bool {
	root, err := document(task, "a task")
	if err != nil {
		return false
	}
	return reflect.DeepEqual(schemaForm(root.field("dataSchema")), s.schemaForm) && reflect.DeepEqual(tuningForm(root.field("tuningConfig")), s.tuningForm)
}

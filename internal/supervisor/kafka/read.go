package kafka

import (
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"

	"ovate/internal/stream"
	"ovate/internal/supervisor/document"
	"ovate/internal/supervisor/form"
	"ovate/internal/supervisor/plan"
)

// Task is what the JSON of a task says of what it reads. Of the plan.Task it has the ID, Group, Sequence, Start, Checkpoints, Earliest and Latest.
type Task struct {
	plan.Task
	// Stream is what it reads, as a Spec has it.
	Stream string
	Multi  bool
}

// ReadTask reads the JSON of a task that a Java Overlord or this one has made, of whatever version. The error is a *document.Error.
func ReadTask(payload []byte) (Task, error) {
	root, err := document.Parse(payload, "a task")
	if err != nil {
		return Task{}, err
	}
	root.Field("type").MustBe(TaskType)
	var t Task
	t.ID = root.Field("id").NonEmpty("must be the id of the task")
	io := root.Field("ioConfig")
	if io.Missing() {
		io.Refuse("is missing: it must be an object with startSequenceNumbers and baseSequenceName")
	}
	io.Object()
	t.Group = int(io.Number("taskGroupId", math.MinInt32, math.MaxInt32, 0))
	t.Sequence = io.Field("baseSequenceName").NonEmpty("must be the name that the task has in common with its replicas")
	t.Earliest, t.Latest = io.Field("minimumMessageTime").Time(), io.Field("maximumMessageTime").Time()
	t.Multi, _ = io.Field("multiTopic").Truth()
	begins := io.Field("startSequenceNumbers")
	if begins.Missing() && !io.Field("startPartitions").Missing() {
		begins = io.Field("startPartitions")
	}
	t.Stream, t.Start = placesOf(begins)
	t.Checkpoints = checkpointsOf(root.Field("context").Field("checkpoints"), t.Start)
	if err := root.Failure(); err != nil {
		return Task{}, err
	}
	return t, nil
}

// placesOf reads of which stream something is, and where in it. The names of older versions count more, as in Druid.
func placesOf(v document.Value) (name string, at plan.Offsets) {
	if v.Missing() {
		v.Refuse("is missing: it must be an object with stream and partitionSequenceNumberMap")
		return "", nil
	}
	v.Object()
	of, offsets := v.Field("stream"), v.Field("partitionOffsetMap")
	if of.Missing() && !v.Field("topic").Missing() {
		of = v.Field("topic")
	}
	if offsets.Missing() {
		offsets = v.Field("partitionSequenceNumberMap")
	}
	return of.NonEmpty("must be the name of the stream"), offsetsOf(offsets)
}

// offsetsOf reads them by partition.
func offsetsOf(v document.Value) plan.Offsets {
	if v.Missing() {
		v.Refuse("is missing: it must be an object with offsets by partition")
		return nil
	}
	v.Object()
	all := plan.Offsets{}
	for name, raw := range v.Members() {
		offset := v.At(name, raw)
		topic, number, err := split(name)
		if err != nil {
			offset.Refuse("must be an offset by a partition: %v", err)
			continue
		}
		if topic != "" {
			topic += ":"
		}
		n, there := offset.Whole(0, math.MaxInt64)
		if !there {
			offset.Refuse("must be an offset, but is %s", offset.Shown())
		}
		all[topic+strconv.Itoa(int(number))] = stream.Sequence(strconv.FormatInt(n, 10))
	}
	return all
}

// checkpointsOf reads where the parts of a sequence began when its task was made: JSON within a text. Without any there is one part.
func checkpointsOf(v document.Value, start plan.Offsets) plan.Checkpoints {
	text, there := v.Text()
	if !there {
		return plan.Checkpoints{At: []plan.Offsets{start}}
	}
	within, err := document.Parse([]byte(text), "it")
	if err != nil {
		v.Refuse("must be a text that is a JSON object with offsets by the numbers of parts, but %v", err)
		return plan.Checkpoints{}
	}
	parts := map[int]plan.Offsets{}
	for name, raw := range within.Members() {
		part := v.At(name, raw)
		number, err := strconv.ParseInt(name, 10, 32)
		if err != nil || number < 0 {
			part.Refuse("must have the number of a part for its name")
			continue
		}
		parts[int(number)] = offsetsOf(part)
	}
	c := plan.Checkpoints{}
	for i, number := range slices.Sorted(maps.Keys(parts)) {
		if i == 0 {
			c.First = number
		} else if number != c.First+i {
			v.Refuse("has part %d without part %d: none may be missing among them", number, c.First+i)
		}
		c.At = append(c.At, parts[number])
	}
	if len(c.At) == 0 {
		v.Refuse("has no parts: it must be a text that is a JSON object with offsets by the numbers of parts")
	}
	return c
}

// Current tells whether a task does with records what the spec says: whether its dataSchema and its tuningConfig mean the same. Whether it reads what it
// should is told by ReadTask.
func (s *Spec) Current(task []byte) bool {
	root, err := document.Parse(task, "a task")
	if err != nil {
		return false
	}
	return reflect.DeepEqual(form.Schema(root.Field("dataSchema")), s.schemaForm) && reflect.DeepEqual(form.Tuning(root.Field("tuningConfig")), s.tuningForm)
}

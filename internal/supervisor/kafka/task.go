package kafka

import (
	"encoding/json"
	"fmt"
	"strconv"

	"ovate/druid"
	"ovate/internal/jsontext"
	"ovate/internal/supervisor/document"
	"ovate/internal/supervisor/form"
	"ovate/internal/supervisor/plan"
)

// TaskJSON is the JSON of a task as a Java Overlord makes it. What the spec says of data goes into it byte for byte, secrets of consumerProperties included.
// The error is a *document.Error.
func (s *Spec) TaskJSON(id string, c plan.Create) ([]byte, error) {
	sequence, err := s.Sequence(c)
	if err != nil {
		return nil, err
	}
	io, err := s.appendIO(nil, sequence, c)
	if err != nil {
		return nil, err
	}
	context, err := s.taskContext(checkpoints(c))
	if err != nil {
		return nil, err
	}
	dst := druid.AppendString([]byte(`{"type":"`+TaskType+`","id":`), id)
	dst = druid.AppendString(append(dst, `,"resource":{"availabilityGroup":`...), sequence)
	dst = append(append(dst, `,"requiredCapacity":1},"dataSchema":`...), s.dataSchema...)
	dst = s.appendTuning(append(dst, `,"tuningConfig":`...))
	dst = append(append(dst, `,"ioConfig":`...), io...)
	dst = context.AppendJSON(append(dst, `,"context":`...))
	dst = druid.AppendString(append(dst, `,"groupId":`...), TaskType+"_"+s.DataSource)
	return append(druid.AppendString(append(dst, `,"dataSource":`...), s.DataSource), '}'), nil
}

// appendIO appends the ioConfig of a task.
func (s *Spec) appendIO(dst []byte, sequence string, c plan.Create) ([]byte, error) {
	ends := make(plan.Offsets, len(c.Start))
	for name := range c.Start {
		ends[name] = endless
	}
	start, err := s.appendPlaces(nil, "end", c.Start) // as older versions read it
	if err != nil {
		return nil, err
	}
	end, err := s.appendPlaces(nil, "end", ends)
	if err != nil {
		return nil, err
	}
	begin, err := s.appendPlaces(nil, "start", c.Start)
	if err != nil {
		return nil, err
	}
	begin = append(begin[:len(begin)-1], `,"exclusivePartitions":[]}`...)
	dst = fmt.Appendf(dst, `{"type":"kafka","taskGroupId":%d,"baseSequenceName":%s`, c.Group, druid.AppendString(nil, sequence))
	dst = fmt.Appendf(dst, `,"startPartitions":%s,"endPartitions":%s,"startSequenceNumbers":%s,"endSequenceNumbers":%[2]s`, start, end, begin)
	dst = fmt.Appendf(dst, `,"consumerProperties":%s,"pollTimeout":%d,"useTransaction":true`, s.consumerProperties, s.pollTimeout)
	dst = appendTime(dst, "minimumMessageTime", c.Earliest)
	dst = appendTime(dst, "maximumMessageTime", c.Latest)
	if len(s.inputFormat) > 0 {
		dst = append(append(dst, `,"inputFormat":`...), s.inputFormat...)
	}
	dst = append(append(dst, `,"configOverrides":`...), orNull(s.configOverrides)...)
	dst = strconv.AppendBool(append(dst, `,"multiTopic":`...), s.Multi)
	return fmt.Appendf(dst, `,"refreshRejectionPeriodsInMinutes":%d}`, int64(s.TaskDuration.Minutes())), nil
}

func appendTime(dst []byte, name string, t *druid.Instant) []byte {
	if t == nil {
		return dst
	}
	return fmt.Appendf(dst, `,%q:%q`, name, t)
}

func orNull(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("null")
	}
	return raw
}

// appendTuning appends the tuningConfig of a task: that of the spec, without what the supervisor alone goes by.
func (s *Spec) appendTuning(dst []byte) []byte {
	dst = append(dst, `{"type":"KafkaTuningConfig"`...)
	if s.tuning.Is('{') {
		for key, raw := range jsontext.Members(s.tuning.Raw()) {
			if name := string(jsontext.Unescape(nil, key)); name != "type" && !form.OfSupervisor(name) {
				dst = append(append(append(append(dst, `,"`...), key...), `":`...), raw...)
			}
		}
	}
	return append(dst, '}')
}

// taskContext is that of the spec with what tasks need.
func (s *Spec) taskContext(c plan.Checkpoints) (*druid.Context, error) {
	text, err := appendCheckpoints(nil, c)
	if err != nil {
		return nil, err
	}
	all := new(druid.Context)
	if err := all.UnmarshalJSON(s.context); err != nil {
		return nil, &document.Error{Field: "context", Problem: err.Error()}
	}
	all.Set("checkpoints", druid.AppendString(nil, string(text)))
	all.Set("IS_INCREMENTAL_HANDOFF_SUPPORTED", json.RawMessage("true"))
	return all, nil
}

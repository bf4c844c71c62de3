package kafka

import (
	"encoding/json"
	"fmt"
	"strconv"

	"ovate/druid"
	"ovate/internal/supervisor/assignment"
	"ovate/internal/supervisor/plan"
)

// TaskType is the type of the tasks.
const TaskType = "index_kafka"

// Sequence is the name that tasks have in common which read the same. The error is a *document.Error.
func (s *Spec) Sequence(c plan.Create) (string, error) {
	return s.Assignment.Sequence(TaskType, c, notation{})
}

// TaskJSON is the JSON of a task as a Java Overlord makes it, with secrets of consumerProperties. The error is a *document.Error.
func (s *Spec) TaskJSON(id string, c plan.Create) ([]byte, error) {
	sequence, err := s.Sequence(c)
	if err != nil {
		return nil, err
	}
	io, err := s.appendIO(nil, sequence, c)
	if err != nil {
		return nil, err
	}
	return s.JSON(&assignment.Task{Type: TaskType, TuningType: "KafkaTuningConfig", ID: id, Sequence: sequence, IO: io}, c, notation{})
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
	dst = append(append(s.AppendRecords(dst, c), `,"configOverrides":`...), orNull(s.configOverrides)...)
	dst = strconv.AppendBool(append(dst, `,"multiTopic":`...), s.Multi)
	return fmt.Appendf(dst, `,"refreshRejectionPeriodsInMinutes":%d}`, int64(s.TaskDuration.Minutes())), nil
}

func orNull(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("null")
	}
	return raw
}

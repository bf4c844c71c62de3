package kafka

import (
	"encoding/json"
	"fmt"

	"ovate/druid"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/plan"
)

// TaskType is the type of the tasks.
const TaskType = "index_kafka"

// Sequence is the name that tasks have in common which read the same: that of those which there are, or a new one. It is the same for the same beginning,
// so that segments of a task that was lost are not allocated again for the one that reads the same in its place. The error is a *document.Error.
func (s *Spec) Sequence(c plan.Create) (string, error) {
	if c.Sequence != "" {
		return c.Sequence, nil
	}
	said, err := json.Marshal([]any{s.schemaForm, s.tuningForm})
	if err != nil {
		return "", fmt.Errorf("naming a sequence: %w", err)
	}
	names, err := inOrder(c.Start)
	if err != nil {
		return "", err
	}
	for _, name := range names {
		said = fmt.Appendf(said, "+%s(%s)", name, c.Start[name])
	}
	for _, t := range []*druid.Instant{c.Earliest, c.Latest} {
		if said = append(said, '/'); t != nil {
			said = t.AppendTo(said)
		}
	}
	return supervisor.SequenceName(TaskType, s.DataSource, said), nil
}

// checkpoints are where the parts begin of a sequence that is to be made: at its start, unless they are known.
func checkpoints(c plan.Create) plan.Checkpoints {
	if len(c.Checkpoints.At) == 0 {
		return plan.Checkpoints{At: []plan.Offsets{c.Start}}
	}
	return c.Checkpoints
}

// appendCheckpoints appends them by their numbers.
func appendCheckpoints(dst []byte, c plan.Checkpoints) ([]byte, error) {
	dst = append(dst, '{')
	for i, at := range c.At {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = appendOffsets(fmt.Appendf(dst, `"%d":`, c.First+i), at); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

package streaming

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"ovate/druid"
	"ovate/internal/chat"
	"ovate/internal/jsontext"
	"ovate/internal/metadata"
)

// Upgraded implements supervisor.Streaming. A task that does not hear of an id shows its rows as they were, until it publishes them.
func (s *Supervisor) Upgraded(ids []metadata.PendingRow) {
	tasks := s.seen().tasks
	s.Go(func() {
		for i := range ids {
			question := post("pendingSegmentVersion", pendingRecord(&ids[i]))
			each(tasks, func(t shownTask) {
				if !t.placed || t.sequence != ids[i].Allocator {
					return
				}
				if _, err := s.patient.Ask(s.Lasts, t.id, question); err != nil && s.Lasts.Err() == nil {
					s.Log.Warn("a task has not heard of a segment's other id", "supervisor", s.spec.ID, "task", t.id, "segment", ids[i].ID.String(), "error", err)
				}
			})
		}
	})
}

// pendingRecord is the JSON of an id that was handed out, as tasks read it.
func pendingRecord(row *metadata.PendingRow) []byte {
	dst := metadata.AppendPending([]byte(`{"id":`), row)
	dst = druid.AppendString(append(dst, `,"sequenceName":`...), row.SequenceName)
	dst = druid.AppendString(append(dst, `,"sequencePrevId":`...), row.PreviousID)
	dst = appendTextOrNull(append(dst, `,"upgradedFromSegmentId":`...), row.UpgradedFrom)
	dst = appendTextOrNull(append(dst, `,"taskAllocatorId":`...), row.Allocator)
	return append(dst, '}')
}

func appendTextOrNull(dst []byte, text string) []byte {
	if text == "" {
		return append(dst, "null"...)
	}
	return druid.AppendString(dst, text)
}

// answered is what a task has told.
type answered struct {
	task shownTask
	body []byte // nil: it has not answered
}

// ofTasks asks all tasks that can be asked the same, once.
func (s *Supervisor) ofTasks(ctx context.Context, q chat.Question) []answered {
	var all []*answered
	for _, t := range s.seen().tasks {
		if t.placed {
			all = append(all, &answered{task: t})
		}
	}
	each(all, func(a *answered) {
		if answer, err := s.once.Ask(ctx, a.task.id, q); err == nil && jsontext.Valid(answer.Body) {
			a.body = bytes.TrimSpace(answer.Body)
		}
	})
	var told []answered
	for _, a := range all {
		if len(a.body) > 0 {
			told = append(told, *a)
		}
	}
	return told
}

// Stats implements supervisor.Streaming. Tasks that do not answer are left out.
func (s *Supervisor) Stats(ctx context.Context) ([]byte, error) {
	told := s.ofTasks(ctx, get("rowStats"))
	slices.SortStableFunc(told, func(a, b answered) int { return cmp.Compare(a.task.group, b.task.group) })
	dst := []byte{'{'}
	for i, a := range told {
		if i == 0 || a.task.group != told[i-1].task.group {
			if i > 0 {
				dst = append(dst, '}', ',')
			}
			dst = append(strconv.AppendInt(append(dst, '"'), int64(a.task.group), 10), `":{`...)
		} else {
			dst = append(dst, ',')
		}
		dst = append(append(druid.AppendString(dst, a.task.id), ':'), a.body...)
	}
	if len(told) > 0 {
		dst = append(dst, '}')
	}
	return append(dst, '}'), ctx.Err()
}

// ParseErrors implements supervisor.Streaming: the newest of all tasks, without those of tasks that do not answer.
func (s *Supervisor) ParseErrors(ctx context.Context) ([]byte, error) {
	type parseError struct {
		at   int64
		text json.RawMessage
	}
	var all []parseError
	for _, a := range s.ofTasks(ctx, get("unparseableEvents")) {
		var texts []json.RawMessage
		if jsontext.Unmarshal(a.body, &texts) != nil {
			continue // it has none to tell: null
		}
		for _, text := range texts {
			var e struct {
				At int64 `json:"timeOfExceptionMillis"`
			}
			if jsontext.Unmarshal(text, &e) == nil {
				all = append(all, parseError{e.At, text})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b parseError) int { return cmp.Compare(b.at, a.at) })
	dst := []byte{'['}
	for i, e := range all[:min(len(all), s.settings.ParseErrors)] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, e.text...)
	}
	return append(dst, ']'), ctx.Err()
}

package action_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/metadata"
)

// asked is the supervisor of wiki, and notes what it is asked.
type asked struct{ questions []string }

var errAway = errors.New("the stream is away")

func (a *asked) Reset(_ context.Context, by action.Identity, to json.RawMessage) (bool, error) {
	a.questions = append(a.questions, fmt.Sprintf("%s resets %s %s %t", by.TaskID, by.DataSource, to, to == nil))
	return by.DataSource == "wiki", nil
}

func (a *asked) CheckPoint(_ context.Context, by action.Identity, id string, group int, from json.RawMessage) (bool, error) {
	a.questions = append(a.questions, fmt.Sprintf("%s checkpoints %s %d %s", by.TaskID, id, group, from))
	if id == "away" {
		return false, errAway
	}
	return id == "wiki", nil
}

func (a *asked) Upgraded(ids []metadata.PendingRow) {
	for _, p := range ids {
		a.questions = append(a.questions, fmt.Sprintf("%s of %s is %s %d", p.UpgradedFrom, p.Allocator, p.ID, p.ShardSpec.PartitionNum()))
	}
}

// Tasks ask supervisors, and hear what they answer; where there are none, that there is none, and none is asked by a task of another data source.
func TestTasksAskSupervisors(t *testing.T) {
	t.Parallel()
	for _, there := range []bool{true, false} {
		b, a := setup(t), &asked{}
		if there {
			b.box.Supervisors = a
		}
		by := b.task("one", "one").by
		var answers []string
		for _, text := range []string{
			`{"type":"resetDataSourceMetadata","dataSource":"wiki","resetMetadata":{"type":"kafka"}}`,
			`{"type":"resetDataSourceMetadata","dataSource":"wiki","resetMetadata":null}`,
			`{"type":"resetDataSourceMetadata","dataSource":"other"}`,
			`{"type":"checkPointDataSourceMetadata","supervisorId":"wiki","taskGroupId":7,"checkpointMetadata":{"type":"kafka"}}`,
			`{"type":"checkPointDataSourceMetadata","supervisorId":"away","taskGroupId":0,"checkpointMetadata":{}}`,
		} {
			r, _, err := action.ReadOfDruid([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := b.box.Try(t.Context(), by, r); err != nil {
				answers = append(answers, err.Error())
				continue
			}
			answer, err := r.AppendAnswer(nil)
			if err != nil {
				t.Fatal(err)
			}
			answers = append(answers, string(answer))
		}
		want, questions := "[false false false false false]", "[]"
		if there {
			want = "[true true false true the stream is away]"
			questions = `[one resets wiki {"type":"kafka"} false one resets wiki  true one checkpoints wiki 7 {"type":"kafka"} one checkpoints away 0 {}]`
		}
		if got := fmt.Sprint(answers); got != want {
			t.Errorf("with supervisors %t the answers are %s, want %s", there, got, want)
		}
		if got := fmt.Sprint(a.questions); got != questions {
			t.Errorf("with supervisors %t the questions are %s, want %s", there, got, questions)
		}
	}
}

// Supervisors hear under which ids is to be seen what was being appended when a task has replaced its time chunk, once that is stored; and again when
// the publication is sent again, as nobody may have heard of it the first time.
func TestSupervisorsHearOfUpgradedIDs(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]bool{"published": false, "published with its end": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, heard := setup(t), &asked{}
			b.box.Supervisors = heard
			c := b.task("appends", "g")
			being := b.allocate(c, 1, "s")
			elsewhere := b.allocate(c, 9, "s9")
			r, version := b.replacing("r", days(1, 2))
			segments := []druid.DataSegment{segment(days(1, 2), version, druid.Numbered(0, 1))}
			hidden := action.SegmentTransactionalReplace{Segments: []druid.DataSegment{segment(days(1, 2), version, druid.Numbered(5, 3))}}
			refuse(b, r, hidden, "core partitions")
			if len(heard.questions) > 0 {
				t.Errorf("of what is not stored is heard %q", heard.questions)
			}
			want := fmt.Sprintf("%s of g is %s 1", being.ID(), id(days(1, 2), version, 1))
			if ends {
				status := druid.TaskStatus{ID: "r", State: druid.Success, Location: druid.UnknownLocation}
				b.published(do(b, r, action.SegmentTransactionalInsertAndEnd{Segments: segments, Status: status}), 1)
			} else {
				b.published(do(b, r, action.SegmentTransactionalReplace{Segments: segments}), 1)
				b.published(do(b, r, action.SegmentTransactionalReplace{Segments: segments}), 0)
				want += " " + want
			}
			if got := fmt.Sprint(heard.questions); got != "["+want+"]" {
				t.Errorf("heard %s, want [%s]; %s is of another day", got, want, elsewhere.ID())
			}
		})
	}
}

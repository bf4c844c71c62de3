package action_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"ovate/internal/action"
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

package action_test

import (
	"bytes"
	"context"
	"testing"

	"ovate/internal/action"
)

// wire is a client between which and the one that performs actions everything is JSON: what is asked, and what is answered.
type wire struct {
	t  *testing.T
	to action.Client
}

// Do sends the action there and the answer back.
func (w wire) Do(ctx context.Context, r action.Request) error {
	sent, err := r.AppendAction(nil)
	if err != nil {
		w.t.Error(err)
		return err
	}
	arrived, err := action.Read(sent)
	if err != nil {
		w.t.Errorf("%s: %v", sent, err)
		return err
	}
	if again, err := arrived.AppendAction(nil); err != nil || !bytes.Equal(again, sent) {
		w.t.Errorf("%s has become %s, %v", sent, again, err)
	}
	if err := w.to.Do(ctx, arrived); err != nil {
		return err
	}
	answer, err := arrived.AppendAnswer(nil)
	if err != nil {
		w.t.Errorf("%s: %v", sent, err)
		return err
	}
	if err := r.SetAnswer(answer); err != nil {
		w.t.Errorf("%s to %s: %v", answer, sent, err)
		return err
	}
	if again, err := r.AppendAnswer(nil); err != nil || !bytes.Equal(again, answer) {
		w.t.Errorf("%s to %s has become %s, %v", answer, sent, again, err)
	}
	return nil
}

package preview

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/auth"
)

// However many previews one user asks for, one is made at a time, and others have theirs at once. Where nobody is asked who they are as many are made as may be.
func TestTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := New(Options{})
		begun := time.Now()
		slowly := func(ctx context.Context) (*Preview, error) {
			time.Sleep(8 * time.Second)
			return &Preview{}, nil
		}
		ask := func(who string) <-chan error {
			ended := make(chan error, 1)
			go func() {
				_, err := m.bounded(auth.With(t.Context(), auth.NewIdentity(who, auth.AllowAll{})), slowly)
				ended <- err
			}()
			synctest.Wait()
			return ended
		}
		first, second, third, fourth := ask("greedy"), ask("greedy"), ask("greedy"), ask("greedy")
		if err := <-ask("other"); err != nil || time.Since(begun) != 8*time.Second {
			t.Errorf("somebody else: %v after %v", err, time.Since(begun))
		}
		if err := errors.Join(<-first, <-second, <-third); err != nil || time.Since(begun) != 24*time.Second {
			t.Errorf("three of one user: %v after %v", err, time.Since(begun))
		}
		if err := <-fourth; !errors.Is(err, ErrBusy) || len(m.turns.of) > 0 {
			t.Errorf("the fourth: %v; %d are left", err, len(m.turns.of))
		}
		begun = time.Now()
		if err := errors.Join(<-ask(auth.NameAllowAll), <-ask(auth.NameAllowAll)); err != nil {
			t.Error(err)
		}
		one, two := ask(auth.NameAllowAll), ask(auth.NameAllowAll)
		if err := errors.Join(<-one, <-two); err != nil || time.Since(begun) != 24*time.Second {
			t.Errorf("two of everybody: %v after %v", err, time.Since(begun))
		}
	})
}

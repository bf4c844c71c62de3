package preview

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/auth"
)

// asking are users who ask for previews that take some time.
type asking struct {
	t     *testing.T
	m     *Maker
	takes time.Duration
}

// ask asks for one more, and tells how it has ended.
func (a asking) ask(who string) <-chan error {
	ended := make(chan error, 1)
	go func() {
		_, err := a.m.bounded(auth.With(a.t.Context(), auth.NewIdentity(who, auth.AllowAll{})), func(ctx context.Context) (*Preview, error) {
			time.Sleep(a.takes)
			return &Preview{}, nil
		})
		ended <- err
	}()
	return ended
}

// inLine asks for one that stands behind all that were asked for before.
func (a asking) inLine(who string) <-chan error {
	ended := a.ask(who)
	synctest.Wait()
	return ended
}

// left fails if anything is remembered when all is over.
func (a asking) left() {
	a.t.Helper()
	synctest.Wait()
	if of := &a.m.turns; len(of.taken)+len(of.waiting)+len(of.last)+of.given != 0 {
		a.t.Errorf("when all is over there are %d taken, %d waiting, %d remembered", len(of.taken), len(of.waiting), len(of.last))
	}
}

// However many previews one user asks for, one is made at a time, and others have theirs at once. Where nobody is asked who they are as many are made as may be.
func TestTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := asking{t, New(Options{}), 16 * time.Second}
		begun := time.Now()
		first, second, third, fourth := a.inLine("greedy"), a.inLine("greedy"), a.inLine("greedy"), a.inLine("greedy")
		if err := <-a.inLine("other"); err != nil || time.Since(begun) != a.takes {
			t.Errorf("somebody else: %v after %v", err, time.Since(begun))
		}
		if err := errors.Join(<-first, <-second, <-third); err != nil || time.Since(begun) != 3*a.takes {
			t.Errorf("three of one user: %v after %v", err, time.Since(begun))
		}
		if err := <-fourth; !errors.Is(err, ErrBusy) {
			t.Errorf("the fourth: %v", err)
		}
		a.left()
		begun = time.Now()
		one, two, three := a.inLine(auth.NameAllowAll), a.inLine(auth.NameAllowAll), a.inLine(auth.NameAllowAll)
		if err := errors.Join(<-one, <-two); err != nil || time.Since(begun) != a.takes {
			t.Errorf("two of everybody: %v after %v", err, time.Since(begun))
		}
		if err := <-three; err != nil || time.Since(begun) != 2*a.takes {
			t.Errorf("the third of everybody: %v after %v", err, time.Since(begun))
		}
		a.left()
	})
}

// However many users ask for one preview after the other, each as slow as one may be, whoever asks now and then waits for one to end.
func TestTurnOfOneWhoHadNone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := asking{t, New(Options{}), limit - time.Second}
		over := make(chan struct{})
		for n := range 4 {
			go func() {
				for {
					select {
					case <-a.ask(fmt.Sprint("greedy ", n)):
					case <-over:
						return
					}
				}
			}()
		}
		for range 3 {
			time.Sleep(4 * a.takes)
			begun := time.Now()
			if err := <-a.ask("modest"); err != nil || time.Since(begun) > 2*a.takes {
				t.Errorf("who asks now and then: %v after %v", err, time.Since(begun))
			}
		}
		close(over)
		time.Sleep(4 * a.takes)
		a.left()
	})
}

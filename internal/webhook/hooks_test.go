package webhook

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"ovate/internal/auth"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/share"
)

// One user makes half of the hooks that there may be, and others some, also under the next leader. Where nobody is asked who they are all may be made.
func TestHooksOfOneUser(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	lead := func() *Hooks {
		hooks := New(Options{AllowPrivate: true, Log: slog.New(slog.DiscardHandler)})
		if err := hooks.Start(t.Context(), store); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(hooks.Stop)
		return hooks
	}
	hooks := lead()
	fill := func(by string) (made int, err error) {
		for err == nil {
			err = hooks.Create(t.Context(), &Hook{URL: "http://127.0.0.1:1", Secret: "0123456789abcdef", By: by})
			made++
		}
		return made - 1, err
	}
	if made, err := fill("greedy"); made != 25 || fmt.Sprint(err) != "user [greedy] has 25 of the 50 webhooks that there may be, and while half of these are taken a user may have no more than 5" {
		t.Errorf("%d, and then: %v", made, err)
	}
	hooks.Stop()
	hooks = lead()
	if _, is := errors.AsType[*share.Error](hooks.room("greedy")); !is {
		t.Error("the next leader does not know whose they are")
	}
	if made, _ := fill("other"); made != 5 {
		t.Errorf("somebody else makes %d", made)
	}
	if made, err := fill(auth.NameAllowAll); made != 20 || !errors.Is(err, ErrTooMany) {
		t.Errorf("the rest: %d, %v", made, err)
	}
}

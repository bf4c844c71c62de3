package auth

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Whoever has sent too many wrong passwords of a user is not listened to for a while; others are, and no more is remembered than a little.
func TestGuesses(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	g := newGuesses(func() time.Time { return now })
	joe := guesserOf("joe", "10.0.0.1:1234")
	for n := range MostWrong {
		if g.tooMany(joe) {
			t.Fatalf("after %d", n)
		}
		g.wrong(joe)
		now = now.Add(time.Second)
	}
	for about, c := range map[string]struct {
		user, from string
		want       bool
	}{
		"the same":            {"joe", "10.0.0.1:99", true},
		"as IPv6":             {"joe", "[::ffff:10.0.0.1]:99", true},
		"another user":        {"ann", "10.0.0.1:99", false},
		"from another place":  {"joe", "10.0.0.2:99", false},
		"from nobody knows":   {"joe", "", false},
		"with a longer name":  {"joe ", "10.0.0.1:99", false},
		"from a network of 6": {"joe", "[2001:db8::1]:1", false},
	} {
		if got := g.tooMany(guesserOf(c.user, c.from)); got != c.want {
			t.Errorf("%s: %t", about, got)
		}
	}
	if guesserOf("joe", "[2001:db8::1%eth0]:1") != guesserOf("joe", "[2001:db8::ffff:2]:2") || guesserOf("joe", "[2001:db8::1]:1") == guesserOf("joe", "[2001:db8:0:1::1]:1") {
		t.Error("networks of IPv6 are not told apart")
	}
	g.most = 0
	if g.tooMany(joe) {
		t.Error("there is a limit where there is to be none")
	}
	g.most = MostWrong
	if now = now.Add(2 * guessesLast); g.tooMany(joe) {
		t.Error("nobody is listened to any more")
	}
	for n := range 3 * mostGuessers {
		g.wrong(guesserOf(fmt.Sprint(n), ""))
	}
	if len(g.young)+len(g.aged) > mostGuessers {
		t.Errorf("%d are remembered", len(g.young)+len(g.aged))
	}
}

// It takes as much to refuse a user that there is not as one with a wrong password, however often passwords are hashed, and many who guess at once are no more than a few.
func TestRefusedAlike(t *testing.T) {
	t.Parallel()
	b, err := NewBasic(AllowAll{}, false)
	if err != nil {
		t.Fatal(err)
	}
	joe, err := NewCredentials("secret", 3)
	if err != nil {
		t.Fatal(err)
	}
	b.SetUsers(map[string]*Credentials{"joe": joe, "ann": nil})
	if got := b.iterations.Load(); got != 3 {
		t.Errorf("for a user that there is not a password is hashed %d times", got)
	}
	var refused sync.WaitGroup
	var wrong atomic.Int64
	for range 500 {
		refused.Go(func() {
			if _, err := b.Login(t.Context(), "10.0.0.1:1", "ann", "guess"); errors.Is(err, ErrCredentials) {
				wrong.Add(1)
			}
		})
	}
	refused.Wait()
	if got, most := int(wrong.Load()), MostWrong+b.turns.most; got < MostWrong || got > most {
		t.Errorf("%d of 500 passwords that came at once were looked at, want %d to %d", got, MostWrong, most)
	}
}

// Who was given another password is listened to again, however many were wrong before; who was not is not, whatever others are given.
func TestNewPasswordAfterGuesses(t *testing.T) {
	t.Parallel()
	b, err := NewBasic(AllowAll{}, false)
	if err != nil {
		t.Fatal(err)
	}
	with := func(password string) *Credentials {
		c, err := NewCredentials(password, 1)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	login := func(password string) error {
		_, err := b.Login(t.Context(), "10.0.0.1:1", "joe", password)
		return err
	}
	old, others := with("old"), with("others")
	b.SetUsers(map[string]*Credentials{"joe": old, "ann": others})
	for range MostWrong {
		if err := login("guess"); !errors.Is(err, ErrCredentials) {
			t.Fatal(err)
		}
	}
	b.SetUsers(map[string]*Credentials{"joe": old, "ann": with("another")})
	if err := login("old"); !errors.Is(err, ErrGuesses) {
		t.Errorf("after another user's new password: %v", err)
	}
	b.SetUsers(map[string]*Credentials{"joe": with("new")})
	if err := login("new"); err != nil {
		t.Errorf("with the new password: %v", err)
	}
}

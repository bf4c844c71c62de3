package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Whoever sends many passwords from one address keeps nobody else waiting, and no more of them than a line wait.
func TestTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(1)
		busy, err := turns.take(t.Context(), try{from: netip.MustParseAddr("10.0.0.9")})
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		waits := func(ctx context.Context, of byte, from string) {
			go func() {
				over, err := turns.take(ctx, try{mark{of}, netip.MustParseAddr(from)})
				if err != nil {
					order = append(order, err.Error())
					return
				}
				order = append(order, fmt.Sprintf("%d of %s", of, from))
				over()
			}()
			synctest.Wait()
		}
		for of := range byte(mostInLine) {
			waits(t.Context(), of, "10.0.0.1")
		}
		if _, err := turns.take(t.Context(), try{mark{mostInLine}, netip.MustParseAddr("10.0.0.1")}); !errors.Is(err, ErrCrowd) {
			t.Errorf("one more than a line waits: %v", err)
		}
		waits(t.Context(), 0, "10.0.0.2")
		waits(t.Context(), 1, "10.0.0.2")
		gone, leave := context.WithCancelCause(t.Context())
		waits(gone, 0, "10.0.0.3")
		leave(errors.New("gone"))
		synctest.Wait()
		busy()
		synctest.Wait()
		want := []string{"gone", "0 of 10.0.0.1", "0 of 10.0.0.2", "1 of 10.0.0.1", "1 of 10.0.0.2", "2 of 10.0.0.1"}
		if len(order) != mostInLine+3 || !slices.Equal(order[:len(want)], want) {
			t.Errorf("%d had their turn, the first of them %q, want %q", len(order), order[:min(len(order), len(want))], want)
		}
		if turns.busy+len(turns.lines)+len(turns.next)+len(turns.under) != 0 {
			t.Errorf("when all is over there is %d busy, %d lines, %d in turn, %d under way", turns.busy, len(turns.lines), len(turns.next), len(turns.under))
		}
	})
}

// A password that comes many times at once, as tasks send it when a server has started, is hashed once, and nobody is sent away.
func TestSameTry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(1)
		same := try{mark{1}, netip.MustParseAddr("10.0.0.1")}
		over, err := turns.take(t.Context(), same)
		if err != nil || over == nil {
			t.Fatal(err)
		}
		var again atomic.Int64
		for range 3 * mostInLine {
			go func() {
				if over, err := turns.take(t.Context(), same); over == nil && err == nil {
					again.Add(1)
				}
			}()
			synctest.Wait()
		}
		over()
		synctest.Wait()
		if got := again.Load(); got != 3*mostInLine {
			t.Errorf("%d of %d have waited for the first", got, 3*mostInLine)
		}
	})
}

// A crowd of one address is told to come again, and those of others come in.
func TestCrowd(t *testing.T) {
	t.Parallel()
	b, err := NewBasic(AllowAll{}, false)
	if err != nil {
		t.Fatal(err)
	}
	joe, err := NewCredentials("secret", 3)
	if err != nil {
		t.Fatal(err)
	}
	b.SetUsers(map[string]*Credentials{"joe": joe})
	at := netip.MustParseAddr("10.0.0.1")
	b.turns.lines[at] = make([]*place, mostInLine)
	if _, err := b.Login(t.Context(), "10.0.0.1:1", "joe", "secret"); !errors.Is(err, ErrCrowd) {
		t.Errorf("of a crowd: %v", err)
	}
	header, form := httptest.NewRequest("GET", "/", nil), httptest.NewRequest("POST", "/login", strings.NewReader("user=joe&password=secret"))
	header.SetBasicAuth("joe", "secret")
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	header.RemoteAddr, form.RemoteAddr = "10.0.0.1:1", "10.0.0.1:1"
	if _, refused := NewChain([]Authenticator{b}, nil, nil).Admit(header); refused == nil || refused.Status != http.StatusTooManyRequests {
		t.Errorf("a request of a crowd: %+v", refused)
	}
	w := httptest.NewRecorder()
	if NewSessions([]*Basic{b}, time.Now).Login(w, form); w.Code != http.StatusTooManyRequests {
		t.Errorf("a login of a crowd: %d %s", w.Code, w.Body)
	}
	if _, err := b.Login(t.Context(), "10.0.0.2:1", "joe", "secret"); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
	if _, err := b.Login(t.Context(), "10.0.0.1:2", "joe", "secret"); err != nil {
		t.Errorf("with a password that is known to be right: %v", err)
	}
}

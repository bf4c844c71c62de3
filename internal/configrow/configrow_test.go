package configrow_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/configrow"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
)

const name = "some.config"

// to is a change to a text, whatever there was.
func to(text string) func([]byte) ([]byte, error) {
	return func([]byte) ([]byte, error) { return []byte(text), nil }
}

// holds fails unless this is stored, and this often in the history.
func holds(t *testing.T, r *configrow.Row, want string, changes int) {
	t.Helper()
	stored, err := r.Read(t.Context())
	if err != nil || string(stored) != want {
		t.Errorf("stored is %q, %v, want %q", stored, err, want)
	}
	if history, err := r.History(t.Context(), &druid.Eternity, -1); err != nil || len(history) != changes {
		t.Errorf("the history is %q, %v, want %d changes", history, err, changes)
	}
}

func TestChange(t *testing.T) {
	t.Parallel()
	r := configrow.New(sqlitetest.Open(t), nil, druid.Now, name)
	if stored, err := r.Read(t.Context()); stored != nil || err != nil {
		t.Errorf("before anything is stored there is %q, %v", stored, err)
	}
	changed := 0
	for _, text := range []string{"", "a", "a", "b"} {
		if err := r.Change(t.Context(), to(text), func() { changed++ }); err != nil {
			t.Fatal(err)
		}
	}
	holds(t, r, "b", 4)
	if changed != 4 {
		t.Errorf("told were %d changes", changed)
	}
	never := func() { t.Error("a change is told that there was not") }
	own := errors.New("the caller's own")
	if err := r.Change(t.Context(), func(stored []byte) ([]byte, error) { return nil, own }, never); err != own {
		t.Error(err)
	}
	if err := r.Change(t.Context(), func([]byte) ([]byte, error) { return nil, nil }, never); err != nil {
		t.Error(err)
	}
	holds(t, r, "b", 4)
	last, err := r.History(t.Context(), nil, 1)
	if err != nil || len(last) != 1 || !strings.Contains(string(last[0]), `"key":"some.config","type":"some.config"`) || !strings.Contains(string(last[0]), `"payload":"b"`) {
		t.Errorf("the last change is %s, %v", last, err)
	}
}

// What another program has stored meanwhile is not overwritten: the change is made of that.
func TestChangeBesideAnother(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	here, there := configrow.New(store, nil, druid.Now, name), configrow.New(store, nil, druid.Now, name)
	beside := 3
	err := here.Change(t.Context(), func(stored []byte) ([]byte, error) {
		if beside--; beside >= 0 {
			if err := there.Change(t.Context(), to(fmt.Sprint(beside)), nil); err != nil {
				t.Error(err)
			}
		}
		return append(stored, '!'), nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, here, "0!", 4)
	var all sync.WaitGroup
	for i := range 8 {
		r := []*configrow.Row{here, there}[i%2]
		all.Go(func() {
			if err := r.Change(t.Context(), func(stored []byte) ([]byte, error) { return append(stored, '+'), nil }, nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	holds(t, here, "0!++++++++", 12)
}

// lost is a store that breaks while it commits, and is away until it is back.
type lost struct {
	metadata.Store
	breaks, stores bool
	away           atomic.Bool
}

// newLost makes one that breaks at the first commit, and is away then.
func newLost(t *testing.T, stores bool) *lost {
	l := &lost{Store: sqlitetest.Open(t), breaks: true, stores: stores}
	l.away.Store(true)
	return l
}

func (l *lost) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	if !l.breaks {
		return l.Store.Update(ctx, fn)
	}
	l.breaks = false
	if l.stores {
		if err := l.Store.Update(ctx, fn); err != nil {
			return err
		}
	}
	return &metadata.TransientError{Err: metadata.Unknown(errors.New("broken"))}
}

func (l *lost) Audit(ctx context.Context, q metadata.AuditQuery, fn func(*metadata.AuditRow) error) error {
	if l.away.Load() {
		return &metadata.TransientError{Err: errors.New("away")}
	}
	return l.Store.Audit(ctx, q, fn)
}

// Of a change whose caller did not wait for its outcome nothing is told before that is known, and no other change is made.
func TestChangeOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	for _, stores := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			store, settler := newLost(t, stores), metadata.NewSettler(t.Context())
			defer settler.Stop()
			r := configrow.New(store, settler, druid.Now, name)
			var told []string
			change := func(ctx context.Context, text string) error {
				return r.Change(ctx, to(text), func() { told = append(told, text) })
			}
			brief := func(text string) error {
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				return change(ctx, text)
			}
			if err := brief("first"); !errors.Is(err, metadata.ErrOutcomeUnknown) || told != nil {
				t.Errorf("error %v, told %q", err, told)
			}
			if err := brief("second"); !errors.Is(err, context.DeadlineExceeded) || told != nil {
				t.Errorf("another change: %v, told %q", err, told)
			}
			synctest.Wait()
			store.away.Store(false)
			if err := change(t.Context(), "third"); err != nil {
				t.Fatal(err)
			}
			want, changes := "third", 1
			if stores {
				want, changes = "first third", 2
			}
			if got := strings.Join(told, " "); got != want {
				t.Errorf("told are %q, want %q", got, want)
			}
			holds(t, r, "third", changes)
		})
	}
}

// Once nobody finds out any more, nobody waits for that.
func TestChangeAfterTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, settler := newLost(t, false), metadata.NewSettler(t.Context())
		r := configrow.New(store, settler, druid.Now, name)
		never := func() { t.Error("a change is told that there was not") }
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := r.Change(ctx, to("first"), never); !errors.Is(err, metadata.ErrOutcomeUnknown) {
			t.Error(err)
		}
		settler.Stop()
		if err := r.Change(t.Context(), to("second"), nil); err != nil {
			t.Error(err)
		}
	})
}

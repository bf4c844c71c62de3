package metadata_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
)

// held is a store whose transactions wait before they begin.
type held struct {
	metadata.Store
	come chan struct{} // gets a value for each that waits
	pass chan struct{} // closed to let them go on
}

func (h held) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	h.come <- struct{}{}
	<-h.pass
	return h.Store.Update(ctx, fn)
}

// A transaction that waits while its term ends is refused, and End waits for it. The type of the refusal survives whoever classifies.
func TestTermOver(t *testing.T) {
	t.Parallel()
	store := held{sqlitetest.Open(t), make(chan struct{}), make(chan struct{})}
	defer store.Store.Close()
	term := metadata.NewTerm(t.Context(), store, 0)
	results := make(chan error)
	go func() {
		results <- metadata.Classified(term).Update(t.Context(), func(tx metadata.Tx) error { return tx.SetConfig("a", []byte("b")) })
	}()
	<-store.come
	ended := make(chan struct{})
	term.Refuse()
	go func() { term.End(); close(ended) }()
	select {
	case <-ended:
		t.Error("End did not wait")
	default:
	}
	close(store.pass)
	if err := <-results; !errors.Is(err, metadata.ErrTermOver) || errors.Is(err, metadata.ErrOutcomeUnknown) || metadata.IsTransient(err) {
		t.Errorf("under way: %v", err)
	}
	<-ended
	if err := term.Update(t.Context(), func(metadata.Tx) error { return nil }); !errors.Is(err, metadata.ErrTermOver) {
		t.Errorf("afterwards: %v", err)
	}
	if _, err := term.Config(t.Context(), "a"); !errors.Is(err, metadata.ErrNotFound) {
		t.Errorf("it was stored all the same: %v", err)
	}
}

// A lead that is lost while a transaction is under way takes back what that has written, whoever else knows of terms or not.
func TestLeadLostWithinTransaction(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	lead, lose := context.WithCancel(t.Context())
	term := metadata.NewTerm(lead, store, 0)
	if err := term.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := term.Update(t.Context(), func(tx metadata.Tx) error {
		lose()
		return tx.SetConfig("a", []byte("b"))
	})
	if !errors.Is(err, metadata.ErrTermOver) {
		t.Error(err)
	}
	if _, err := store.Config(t.Context(), "a"); !errors.Is(err, metadata.ErrNotFound) {
		t.Errorf("it was stored all the same: %v", err)
	}
}

// lost is a store that loses a transaction, and the lead with it.
type lost struct {
	metadata.Store
	lose func()
	err  error
}

func (l lost) Update(context.Context, func(metadata.Tx) error) error {
	l.lose()
	return l.err
}

// A transaction that the store could not bring to its end as the lead was lost, as when it took back what a frozen process had begun, is refused as one of
// another term; what may have been stored is told as that.
func TestTransactionLostWithTheLead(t *testing.T) {
	t.Parallel()
	transient := &metadata.TransientError{Err: errors.New("it rested for too long")}
	for _, c := range []struct{ told, want error }{
		{transient, metadata.ErrTermOver},
		{metadata.Unknown(transient), metadata.ErrOutcomeUnknown},
		{metadata.ErrExists, metadata.ErrExists},
	} {
		lead, lose := context.WithCancel(t.Context())
		term := metadata.NewTerm(lead, lost{lose: lose, err: c.told}, 0)
		if err := term.Update(t.Context(), func(metadata.Tx) error { return nil }); !errors.Is(err, c.want) || errors.Is(err, metadata.ErrTermOver) != (c.want == metadata.ErrTermOver) {
			t.Errorf("%v is told as %v", c.told, err)
		}
	}
	term := metadata.NewTerm(t.Context(), lost{lose: func() {}, err: transient}, 0)
	if err := term.Update(t.Context(), func(metadata.Tx) error { return nil }); !metadata.IsTransient(err) {
		t.Errorf("while the lead lasts it is told as %v", err)
	}
}

// What changes other things than the store hears that the term ends, and is waited for.
func TestTermOverDuringOtherWork(t *testing.T) {
	t.Parallel()
	term := metadata.NewTerm(t.Context(), nil, 0)
	begun, unwound := make(chan struct{}), make(chan struct{})
	result := make(chan error)
	go func() {
		result <- term.Do(t.Context(), func(ctx context.Context) error {
			close(begun)
			<-ctx.Done()
			if err := term.Do(ctx, func(context.Context) error { return nil }); !errors.Is(err, metadata.ErrTermOver) {
				t.Errorf("within: %v", err)
			}
			close(unwound)
			return ctx.Err()
		})
	}()
	<-begun
	term.End()
	select {
	case <-unwound:
	default:
		t.Error("End did not wait")
	}
	if err := <-result; !errors.Is(err, metadata.ErrTermOver) {
		t.Error(err)
	}
	own := errors.New("own")
	if err := metadata.NewTerm(t.Context(), nil, 0).Do(t.Context(), func(context.Context) error { return own }); !errors.Is(err, own) {
		t.Error(err)
	}
}

// What one term has stored is all there when the next one begins, whatever was under way as it ended.
func TestTermsFollowEachOther(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	var stored sync.Map
	var writers sync.WaitGroup
	defer writers.Wait()
	for n := range 20 {
		term := metadata.NewTerm(t.Context(), store, 0)
		known := 0
		begun := make(chan struct{}, 1)
		for w := range 4 {
			writers.Go(func() {
				for i := 0; ; i++ {
					id := fmt.Sprint(n, "-", w, "-", i)
					err := term.Update(context.Background(), func(tx metadata.Tx) error {
						return tx.InsertTasks(&metadata.TaskRow{ID: id, DataSource: "d", Status: druid.TaskStatus{ID: id, State: druid.Running}})
					})
					if errors.Is(err, metadata.ErrTermOver) {
						return
					} else if err != nil {
						t.Error(err)
						return
					}
					stored.Store(id, true)
					select {
					case begun <- struct{}{}:
					default:
					}
				}
			})
		}
		<-begun
		term.End()
		seen := map[string]bool{}
		read := func(row *metadata.TaskRow) error { seen[row.ID] = true; return nil }
		if err := store.ActiveTasks(t.Context(), read); err != nil {
			t.Fatal(err)
		}
		if err := store.ActiveTasks(t.Context(), func(*metadata.TaskRow) error { known++; return nil }); err != nil || known != len(seen) {
			t.Fatalf("%d tasks became %d after the term, %v", len(seen), known, err)
		}
		writers.Wait()
		stored.Range(func(id, _ any) bool {
			if !seen[id.(string)] {
				t.Errorf("task %s came after its term", id)
			}
			return true
		})
	}
}

// late is the context of a lead that is over by the clock, which nobody has noticed yet, as the process was stopped.
type late struct{ context.Context }

func (late) Err() error { return context.DeadlineExceeded }

// A lead that is over by its clock lets nothing begin, whether its context has ended or not: what is done outside of the store has no epoch.
func TestTermOverByTheClock(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	defer store.Close()
	term := metadata.NewTerm(late{t.Context()}, store, 0)
	if term.Lasts() {
		t.Error("the term lasts")
	}
	ran := false
	if err := term.Do(t.Context(), func(context.Context) error { ran = true; return nil }); !errors.Is(err, metadata.ErrTermOver) || ran {
		t.Errorf("work began: %v, %v", ran, err)
	}
	if err := term.Update(t.Context(), func(metadata.Tx) error { ran = true; return nil }); !errors.Is(err, metadata.ErrTermOver) || ran {
		t.Errorf("a transaction began: %v, %v", ran, err)
	}
	<-term.Over()
}

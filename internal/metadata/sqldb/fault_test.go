package sqldb_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqldb"
	"ovate/internal/metadata/sqldb/sqldbtest"
)

// behind opens a store whose connections go through a proxy.
func behind(t *testing.T, s *sqldbtest.Server, p *sqldbtest.Proxy) *sqldb.Store {
	t.Helper()
	moved := s.Copy()
	moved.URI = strings.Replace(s.URI, s.Address, p.Address, 1)
	store := open(t, moved, sqldb.Config{TablesBase: fmt.Sprint("t", time.Now().UnixNano())})
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

func noop(id string) *metadata.TaskRow {
	return &metadata.TaskRow{
		ID: id, GroupID: id, Type: "noop", DataSource: "d", Created: 1_767_225_600_000, Payload: []byte("{}"),
		Status: druid.TaskStatus{ID: id, State: druid.Running, Duration: -1, Location: druid.UnknownLocation},
	}
}

// has tells whether a task is stored.
func has(ctx context.Context, store metadata.Store, id string) (bool, error) {
	_, err := metadata.TaskStatus(ctx, store, id)
	if errors.Is(err, metadata.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// A COMMIT whose answer is lost is told as an outcome that is not known, and what is read then is what has become of it: nothing of it
// comes late.
func testCommitWithoutAnswer(t *testing.T, s *sqldbtest.Server) {
	for name, test := range map[string]struct {
		fault  sqldbtest.Fault
		stored bool
	}{
		"answer lost": {sqldbtest.LoseAnswer, true}, "request lost": {sqldbtest.LoseRequest, false}, "request late": {sqldbtest.DelayRequest, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := sqldbtest.NewProxy(t, s.Address)
			store := behind(t, s, p)
			ran := 0
			err := store.Update(t.Context(), func(tx metadata.Tx) error {
				ran++
				err := tx.InsertTasks(noop("a"))
				p.Break(test.fault)
				return err
			})
			if !errors.Is(err, metadata.ErrOutcomeUnknown) || !metadata.IsTransient(err) || ran != 1 {
				t.Fatalf("got %v after %d runs, want ErrOutcomeUnknown", err, ran)
			}
			settled := metadata.Settle(t.Context(), err, func(ctx context.Context) (bool, error) { return has(ctx, store, "a") })
			if stored := settled == nil; stored != test.stored {
				t.Errorf("settled: %v, want stored = %v", settled, test.stored)
			}
			p.Deliver()
			for range 3 {
				if stored, err := has(t.Context(), store, "a"); err != nil || stored != test.stored {
					t.Errorf("stored = %v, %v; want %v", stored, err, test.stored)
				}
			}
			free := store.Update(t.Context(), func(tx metadata.Tx) error { return tx.InsertTasks(noop("a")) })
			if errors.Is(free, metadata.ErrExists) != test.stored {
				t.Errorf("inserted again: %v", free)
			}
		})
	}
}

// What breaks before the COMMIT is done again, and nobody is told of it.
func testConnectionBreaksBeforeCommit(t *testing.T, s *sqldbtest.Server) {
	p := sqldbtest.NewProxy(t, s.Address)
	store := behind(t, s, p)
	for i, fault := range []sqldbtest.Fault{sqldbtest.LoseAnswer, sqldbtest.LoseRequest, sqldbtest.DelayRequest} {
		ran := 0
		err := store.Update(t.Context(), func(tx metadata.Tx) error {
			if ran++; ran == 1 {
				p.Break(fault)
			}
			return tx.InsertTasks(noop(fmt.Sprint("task", i)))
		})
		if err != nil || ran != 2 {
			t.Errorf("fault %d: %v after %d runs", fault, err, ran)
		}
		p.Break(fault)
		if stored, err := has(t.Context(), store, fmt.Sprint("task", i)); err != nil || !stored {
			t.Errorf("fault %d: stored = %v, %v", fault, stored, err)
		}
		p.Deliver()
	}
}

// impatient is a server that a store gives so many seconds for an answer.
func impatient(s *sqldbtest.Server, seconds int) *sqldbtest.Server {
	is := s.Copy()
	if s.DriverName != "pgx" {
		seconds *= 1000 // of a millisecond
	}
	is.URI += fmt.Sprint("?socketTimeout=", seconds)
	return is
}

// A leader that is frozen within a transaction keeps the next one from nothing, and when it wakes nothing of that transaction is stored.
func testFrozenLeader(t *testing.T, s *sqldbtest.Server) {
	testFrozen(t, impatient(s, 2), s, 0)
	testFrozen(t, s, s, 2*time.Second)
}

// testFrozen is of a leader that gives the database, or a transaction of its own, two seconds.
func testFrozen(t *testing.T, impatient, s *sqldbtest.Server, idle time.Duration) {
	longest := "SELECT current_setting('idle_in_transaction_session_timeout')"
	want := "2s"
	if s.DriverName != "pgx" {
		longest, want = "SELECT @@idle_transaction_timeout", "2"
	}
	config := sqldb.Config{TablesBase: fmt.Sprint("frozen", time.Now().UnixNano())}
	next := open(t, s, config)
	config.Idle = idle
	former := open(t, impatient, config)
	defer former.Close()
	defer next.Close()
	epoch, err := former.BeginTerm(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	frozen, wake, result := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		first := true
		result <- former.Update(t.Context(), func(tx metadata.Tx) error {
			if err := tx.InTerm(epoch); err != nil {
				return err
			}
			if first {
				first = false
				if rests, err := sqldb.TextsOf(tx, longest); err != nil || len(rests) != 1 || rests[0] != want {
					t.Errorf("a transaction may rest for %q, %v, want %s", rests, err, want)
				}
				close(frozen)
				<-wake
			}
			return tx.SetConfig("a", []byte("former"))
		})
	}()
	<-frozen
	if _, err := next.BeginTerm(t.Context(), epoch+1); err != nil {
		t.Errorf("the next leader cannot begin: %v", err)
	}
	close(wake)
	if err := <-result; !errors.Is(err, metadata.ErrTermOver) {
		t.Errorf("the former leader has woken, and is told %v", err)
	}
	if _, err := next.Config(t.Context(), "a"); !errors.Is(err, metadata.ErrNotFound) {
		t.Errorf("it has written: %v", err)
	}
}

// Of several hosts the first that answers is used.
func testSeveralHosts(t *testing.T, s *sqldbtest.Server) {
	several := s.Copy()
	several.URI = strings.Replace(s.URI, s.Address, "127.0.0.1:1,"+s.Address, 1)
	store := open(t, several, sqldb.Config{TablesBase: "several"})
	defer store.Close()
	if err := store.Update(t.Context(), func(tx metadata.Tx) error { return tx.InsertTasks(noop("a")) }); err != nil {
		t.Error(err)
	}
}

// Whoever takes longer over the rows than a statement may has all of them.
func testSlowReader(t *testing.T, s *sqldbtest.Server) {
	sleep := "SELECT SLEEP(1.1)"
	if s.DriverName == "pgx" {
		sleep = "SELECT pg_sleep(1.1)"
	}
	store := open(t, impatient(s, 1), sqldb.Config{TablesBase: "slow"})
	defer store.Close()
	const many = 40 // each of which is long, so that they do not come at once
	for i := range many {
		payload := []byte(strings.Repeat("x", 200_000))
		if err := store.Update(t.Context(), func(tx metadata.Tx) error { return tx.SetConfig(fmt.Sprint(i), payload) }); err != nil {
			t.Fatal(err)
		}
	}
	db, n := s.Open(t), 0
	err := store.Each(t.Context(), "SELECT payload FROM slow_config", func() error {
		if n++; n == 2 {
			rows(t, db, sleep)
		}
		return nil
	})
	if err != nil || n != many {
		t.Errorf("%d rows, %v", n, err)
	}
}

// Many who read at once share a few connections.
func testManyReaders(t *testing.T, s *sqldbtest.Server) {
	store := open(t, s, sqldb.Config{TablesBase: fmt.Sprint("many", time.Now().UnixNano())})
	defer store.Close()
	if err := store.Update(t.Context(), func(tx metadata.Tx) error { return tx.InsertTasks(noop("a")) }); err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	for range 300 {
		readers.Go(func() {
			if stored, err := has(t.Context(), store, "a"); err != nil || !stored {
				t.Errorf("stored = %v, %v", stored, err)
			}
		})
	}
	readers.Wait()
	if n := store.Connections(); n > 32 {
		t.Errorf("%d connections", n)
	}
}

// Transactions that touch nothing in common run at the same time.
func testTransactionsRunAtOnce(t *testing.T, s *sqldbtest.Server) {
	store := behind(t, s, sqldbtest.NewProxy(t, s.Address))
	const many = 8
	var begun, all sync.WaitGroup
	begun.Add(many)
	for i := range many {
		all.Go(func() {
			var once sync.Once
			err := store.Update(t.Context(), func(tx metadata.Tx) error {
				err := tx.InsertTasks(noop(fmt.Sprint("task", i)))
				once.Do(begun.Done)
				begun.Wait() // until all of them have written
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// A server that cannot be reached, or that lets nobody in, is told with the property that is to be mended.
func testCannotOpen(t *testing.T, s *sqldbtest.Server) {
	refused := func(o sqldb.Config, want string) {
		t.Helper()
		store, err := sqldb.Open(t.Context(), o)
		if err == nil {
			err = store.Close()
			t.Errorf("opened; closed: %v", err)
		} else if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v does not tell %q, or tells the password", err, want)
		}
	}
	o := sqldb.Config{ConnectURI: s.URI, User: s.User, Password: "secret of another"}
	refused(o, s.Address)
	o.Password = s.Password
	refused(o, "there is no table druid_tasks")
	o.ConnectURI = strings.Replace(s.URI, s.Address, "127.0.0.1:1", 1)
	refused(o, "127.0.0.1:1")
}

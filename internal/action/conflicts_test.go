package action_test

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqldb"
	"ovate/internal/metadata/sqldb/sqldbtest"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/race"
)

var conflictRounds = flag.Int("conflicts", 1000, "how often each conflict is tried")

// conflict is two things that two tasks do at the same time on a day, and what must have come of both. Each round has tasks and a day of its own.
type conflict func(r *round) (one, two func() bool, check func(one, two bool) error)

type round struct {
	*bundle
	number int
}

func (r *round) day() druid.Interval { return days(int64(r.number), int64(r.number)+1) }

// actor is a task of the round, of so much importance.
func (r *round) actor(name string, priority int) actor {
	r.Helper()
	a := r.task(fmt.Sprint(name, r.number), fmt.Sprint(name, r.number))
	a.by.Priority = priority
	r.box.Add(a.by)
	return actor{r.box.For(a.by), a.by}
}

func (r *round) lock(a actor, typ druid.LockType) action.Locks {
	r.Helper()
	return do(r.bundle, a, tryLock(typ, []druid.Interval{r.day()}))
}

// shutDown ends a task as failed.
func (r *round) shutDown(a actor) func() bool {
	failed := druid.TaskStatus{ID: a.by.TaskID, State: druid.Failed, Location: druid.UnknownLocation}
	return func() bool { return r.box.End(context.Background(), a.by, failed) == nil }
}

// stored is how many used segments of the day there are.
func (r *round) stored() int {
	r.Helper()
	rows, err := r.store.UsedSegments(context.Background(), "wiki", []druid.Interval{r.day()})
	if err != nil {
		r.Error(err)
	}
	return len(rows)
}

// performs performs an action, of which tells tells whether it did what it was to do. An error says that it did not.
func performs[R any](a actor, what action.Action[R], tells func(R) bool) func() bool {
	return func() bool {
		answer, err := action.Do(context.Background(), a, what)
		return err == nil && tells(answer)
	}
}

func published(p action.PublishResult) bool { return p.Success }

// want tells of an outcome that must not be.
func want(is bool, format string, args ...any) error {
	if is {
		return nil
	}
	return fmt.Errorf(format, args...)
}

var conflicts = map[string]conflict{
	"two lock the same": func(r *round) (one, two func() bool, check func(one, two bool) error) {
		lock := func(name string) func() bool {
			return performs(r.actor(name, 50), tryLock(druid.Exclusive, []druid.Interval{r.day()}), func(l action.Locks) bool { return l != nil })
		}
		return lock("one"), lock("two"), func(one, two bool) error { return want(one != two, "one has the lock: %v, two has it: %v", one, two) }
	},
	"two ask for an id in a sequence of both": func(r *round) (one, two func() bool, check func(one, two bool) error) {
		return r.ids("s", "s", func(a, b string) error { return want(a != "" && a == b, "replicas get %q and %q", a, b) })
	},
	"two ask for an id in sequences of their own": func(r *round) (one, two func() bool, check func(one, two bool) error) {
		return r.ids("s", "z", func(a, b string) error {
			return want(a != "" && b != "" && a != b, "two sequences get %q and %q", a, b)
		})
	},
	"two publish segments of the same id": func(r *round) (one, two func() bool, check func(one, two bool) error) {
		id := r.segmentOf(r.actor("first", 50), "s")
		insert := func(name string) func() bool {
			return performs(r.appender(name), action.SegmentTransactionalAppend{Segments: []druid.DataSegment{id}}, published)
		}
		return insert("one"), insert("two"), func(one, two bool) error {
			return want(one && two && r.stored() == 1, "one has published: %v, two: %v, and there are %d segments", one, two, r.stored())
		}
	},
	"one publishes what it is shut down for": func(r *round) (one, two func() bool, check func(one, two bool) error) {
		a := r.actor("one", 50)
		s := segment(r.day(), r.lock(a, druid.Exclusive)[0].Version, druid.Numbered(0, 1))
		return performs(a, action.SegmentTransactionalInsertAndEnd{
				Segments: []druid.DataSegment{s}, Status: druid.TaskStatus{ID: a.by.TaskID, State: druid.Success, Location: druid.UnknownLocation},
			}, published), r.shutDown(a), func(one, two bool) error {
				row, err := metadata.TaskStatus(context.Background(), r.store, a.by.TaskID)
				if err != nil {
					return err
				}
				return want(one != two && one == (r.stored() == 1) && one == (row.Status.State == druid.Success),
					"it has published: %v, was shut down: %v, is %s, and there are %d segments", one, two, row.Status.State, r.stored())
			}
	},
	"one asks for an id and is shut down": func(r *round) (one, two func() bool, check func(one, two bool) error) {
		a := r.appender("one")
		return performs(a, r.asks("s"), func(a *action.Allocation) bool { return a != nil }), r.shutDown(a), func(_, two bool) error {
			rows, err := r.store.PendingSegments(context.Background(), "wiki", []druid.Interval{r.day()})
			return want(err == nil && two && len(rows) == 0, "it was shut down: %v, and %d ids are reserved: %v", two, len(rows), err)
		}
	},
	"one takes a lock and is shut down": func(r *round) (one, two func() bool, check func(one, two bool) error) {
		a := r.actor("one", 50)
		return performs(a, tryLock(druid.Exclusive, []druid.Interval{r.day()}), func(l action.Locks) bool { return l != nil }), r.shutDown(a), func(_, two bool) error {
			rows, err := r.store.Locks(context.Background())
			of := func(l metadata.LockRow) bool { return l.TaskID == a.by.TaskID }
			return want(err == nil && two && !slices.ContainsFunc(rows, of), "it was shut down: %v, and has a lock: %v", two, err)
		}
	},
	"one publishes while another takes its lock": func(r *round) (one, two func() bool, check func(one, two bool) error) {
		a, strong := r.actor("one", 50), r.actor("strong", 75)
		s := segment(r.day(), r.lock(a, druid.Exclusive)[0].Version, druid.Numbered(0, 1))
		return performs(a, action.SegmentTransactionalInsert{Segments: []druid.DataSegment{s}}, published),
			performs(strong, tryLock(druid.Exclusive, []druid.Interval{r.day()}), func(l action.Locks) bool { return l != nil }),
			func(one, two bool) error {
				return want((one || two) && one == (r.stored() == 1), "it has published: %v, lost its lock: %v, and there are %d segments", one, two, r.stored())
			}
	},
	"one appends what another replaces": func(r *round) (one, two func() bool, check func(one, two bool) error) {
		a, b := r.actor("one", 50), r.actor("two", 50)
		version := r.lock(b, druid.Replace)[0].Version
		appended := r.segmentOf(a, "s")
		return performs(a, action.SegmentTransactionalAppend{Segments: []druid.DataSegment{appended}}, published),
			performs(b, action.SegmentTransactionalReplace{Segments: []druid.DataSegment{segment(r.day(), version, druid.Numbered(0, 1))}}, published),
			func(one, two bool) error {
				rows, err := r.store.UsedSegments(context.Background(), "wiki", []druid.Interval{r.day()})
				newest := 0 // of the version that queries see: the one that replaces, and the copy of the one that was appended
				for _, row := range rows {
					if row.Segment.Version == version {
						newest++
					}
				}
				return want(err == nil && one && two && newest == 2, "appended: %v, replaced: %v, and %d segments of the new version: %v", one, two, newest, err)
			}
	},
	"two go on from the same place of a stream": func(r *round) (one, two func() bool, check func(one, two bool) error) {
		offset := func(n int) string { return fmt.Sprint(n) }
		goOn := func(name string) func() bool {
			return performs(r.actor(name, 50), action.SegmentTransactionalInsert{
				DataSource: "wiki", Start: read(r.T, "start", offset(r.number)), End: read(r.T, "end", offset(r.number+1)),
			}, published)
		}
		return goOn("one"), goOn("two"), func(one, two bool) error { return want(one != two, "one went on: %v, two went on: %v", one, two) }
	},
}

// ids has two tasks of one group ask for an id, each in a sequence.
func (r *round) ids(first, second string, right func(a, b string) error) (one, two func() bool, check func(one, two bool) error) {
	got := make([]string, 2)
	ask := func(i int, name, sequence string) func() bool {
		what := r.asks(sequence)
		return performs(r.actor(name, 50), what, func(a *action.Allocation) bool {
			if a != nil {
				got[i] = a.ID.String()
			}
			return a != nil
		})
	}
	return ask(0, "one", first), ask(1, "two", second), func(bool, bool) error { return right(got[0], got[1]) }
}

// asks is a request for the first id of a sequence.
func (r *round) asks(sequence string) action.SegmentAllocate {
	a := at(int64(r.number), fmt.Sprint(sequence, r.number), "")
	a.LockType = druid.Append
	return a
}

// appender is a task that may append to the day.
func (r *round) appender(name string) actor {
	r.Helper()
	a := r.actor(name, 50)
	r.lock(a, druid.Append)
	return a
}

// segmentOf is a segment for which a task has got an id.
func (r *round) segmentOf(a actor, sequence string) druid.DataSegment {
	r.Helper()
	what := r.asks(sequence)
	got := do(r.bundle, a, what)
	return segment(got.ID.Interval, got.ID.Version, got.ShardSpec)
}

// TestConflicts: whatever two tasks do at the same time that cannot both be, or not both as if the other did nothing, comes out as if one had done it
// after the other: 1,000 times of each on SQLite, and a tenth of that on a database server.
func TestConflicts(t *testing.T) {
	t.Parallel()
	rounds := *conflictRounds
	if race.Enabled {
		rounds /= 10
	}
	server := func(begin func(testing.TB) *sqldbtest.Server) func(t *testing.T) metadata.Store {
		return func(t *testing.T) metadata.Store {
			s := begin(t)
			store, err := sqldb.Open(t.Context(), sqldb.Config{ConnectURI: s.URI, User: s.User, Password: s.Password, CreateTables: true})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := store.Close(); err != nil {
					t.Error(err)
				}
			})
			return store
		}
	}
	for kind, open := range map[string]func(t *testing.T) metadata.Store{
		"SQLite": func(t *testing.T) metadata.Store { return sqlitetest.Open(t) }, "PostgreSQL": server(sqldbtest.PostgreSQL), "MariaDB": server(sqldbtest.MariaDB),
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			store := metadata.Classified(open(t))
			number, rounds := 0, rounds
			if kind != "SQLite" {
				rounds /= 10
			}
			for name, c := range conflicts {
				t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
					now := func() druid.Instant { return clock }
					b := &bundle{T: t, store: store, box: action.NewBox(action.Options{Store: store, Locks: lockbox.New(store, now, nil), Now: now})}
					firsts := 0
					for range rounds {
						number++
						one, two, check := c(&round{b, number})
						var did [2]bool
						var both sync.WaitGroup
						begin := make(chan struct{})
						for i := range did {
							i := (i + number) % 2 // none is always the first to go
							both.Go(func() { <-begin; did[i] = []func() bool{one, two}[i]() })
						}
						close(begin)
						both.Wait()
						if err := check(did[0], did[1]); err != nil {
							t.Fatalf("round %d: %v", number, err)
						}
						if did[0] {
							firsts++
						}
					}
					t.Logf("the first did what it was to do %d times of %d", firsts, rounds)
				})
			}
		})
	}
}

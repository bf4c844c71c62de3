package queue_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/ingest"
	"ovate/internal/metadata"
)

// inGroup is an appending task of a group.
func inGroup(id, group string) string {
	return strings.Replace(index(id, 0, 0, "append"), "'id':'"+id+"'", "'id':'"+id+"','groupId':'"+group+"'", 1)
}

func (w *world) reserved() int {
	w.t.Helper()
	rows, err := w.store.PendingSegments(context.Background(), "wiki", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(rows)
}

// Reserved ids stay while another task of the group is at work, and go with the last one, also if that is one which another program put
// into the store.
func TestShutdownOfAStrangersTaskSparesReservedIDs(t *testing.T) {
	for _, first := range []string{"stranger", "own"} {
		t.Run(first, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				q := w.start()
				w.ingest = builds(1)
				release := make(chan struct{})
				w.storage.hook = func(string) { <-release }
				w.add(q, inGroup("own", "g"))
				synctest.Wait()
				row := w.row(decode(t, inGroup("stranger", "g")), 0)
				if err := w.store.Update(context.Background(), func(tx metadata.Tx) error { return tx.InsertTasks(row) }); err != nil {
					t.Fatal(err)
				}
				if w.reserved() != 1 {
					t.Fatal("nothing is reserved")
				}
				shutDown := func(id string) {
					if err := q.Shutdown(context.Background(), id, "why"); err != nil {
						t.Error(err)
					}
				}
				shutDown(first)
				if w.reserved() != 1 {
					t.Error("the ids of a group are gone while a task of it is at work")
				}
				if first == "stranger" {
					close(release)
					synctest.Wait()
					w.expect(q, "own", "SUCCESS")
				} else {
					close(release)
					synctest.Wait()
					if w.reserved() != 1 {
						t.Error("the ids of a group are gone while a task of it is active")
					}
					shutDown("stranger")
				}
				w.clean()
			})
		})
	}
}

// What an active task has reserved is not too old for anybody, whatever was done to the machine's clock.
func TestReservedIDsStayWhenTheClockIsSetBack(t *testing.T) {
	for name, restarts := range map[string]bool{"while the server runs": false, "while it is down": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.ahead.Store(int64(1000 * time.Hour))
				q := w.start()
				w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
					time.Sleep(time.Second)
					return builds(1)(ctx, job)
				}
				pushing := make(chan struct{})
				w.storage.hook = func(string) { <-pushing }
				w.add(q, index("a", 1, 2, "append"))
				synctest.Wait()
				w.ahead.Store(0)
				if restarts {
					q.Stop()
					q = w.start()
				}
				time.Sleep(time.Minute)
				if n, err := q.DeletePending(t.Context(), "wiki", nil); n > 0 || err != nil || w.reserved() != 1 {
					t.Errorf("%d ids of an active task were deleted, %d are reserved, %v", n, w.reserved(), err)
				}
				close(pushing)
				synctest.Wait()
				w.expect(q, "a", "SUCCESS")
				w.clean()
			})
		})
	}
}

// Of two tasks of a group that end at the same moment one removes what they have reserved.
func TestTwoEndsAtOnceLeaveNothingReserved(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.ingest = builds(1)
		release, both := make(chan struct{}), make(chan struct{})
		w.storage.hook = func(string) { <-release; panic("the push fails") }
		for _, id := range []string{"a", "b"} {
			w.add(q, inGroup(id, "g"))
			synctest.Wait()
		}
		committed := make(chan struct{}, 10)
		w.store.delay(func() { // both commits are done before either caller hears of it, as when they share one
			if committed <- struct{}{}; len(committed) == 2 {
				close(both)
			}
			<-both
		})
		close(release)
		synctest.Wait()
		w.clean()
	})
}

// A task that was shut down keeps what its group has reserved until its run has ended, although the table has no active one any more.
func TestShutDownTaskKeepsReservedIDsOfItsGroup(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.ingest = builds(1)
		held := map[string]chan struct{}{}
		pushing := make(chan chan struct{}, 2)
		w.storage.hook = func(string) { hold := make(chan struct{}); pushing <- hold; <-hold }
		for _, id := range []string{"a", "b"} {
			w.add(q, inGroup(id, "g"))
			synctest.Wait()
			held[id] = <-pushing
		}
		if err := q.Shutdown(context.Background(), "a", "why"); err != nil {
			t.Fatal(err)
		}
		close(held["b"])
		synctest.Wait()
		w.expect(q, "b", "SUCCESS")
		if w.reserved() != 1 {
			t.Errorf("%d ids are reserved while a task that was shut down is pushing", w.reserved())
		}
		close(held["a"])
		synctest.Wait()
		w.clean()
	})
}

// Ids that could not be freed when the task had stopped, as the store failed at that moment, are freed once it does not: each replacement of the time
// chunk would copy them.
func TestReservedIDsGoOnceTheStoreCanBeWritten(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.ingest = builds(1)
		release := make(chan struct{})
		w.storage.hook = func(string) { <-release }
		w.add(q, inGroup("own", "g"))
		synctest.Wait()
		if err := q.Shutdown(context.Background(), "own", "why"); err != nil {
			t.Fatal(err)
		}
		w.store.set(func() error { return metadata.Unknown(errors.New("connection reset")) })
		close(release)
		time.Sleep(10 * time.Second)
		if w.reserved() != 1 {
			t.Fatal("nothing is reserved")
		}
		w.store.set(nil)
		time.Sleep(time.Minute)
		if n := w.reserved(); n != 0 {
			t.Errorf("%d ids are reserved", n)
		}
		w.clean()
	})
}

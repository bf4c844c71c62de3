package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/task"
)

// news is what a follower hears once everybody waits.
func news(t *testing.T, f *queue.Follower) string {
	t.Helper()
	synctest.Wait()
	at, cancel := context.WithCancel(t.Context())
	cancel()
	all, err := f.Next(at)
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	var text []string
	for _, n := range all {
		state := string(n.Runner)
		if n.Ended {
			state = "ended"
		}
		text = append(text, fmt.Sprintf("%s %s of %s %s %s", n.Type, n.ID, n.DataSource, state, n.Location.Host))
	}
	return strings.Join(text, ", ")
}

// elsewhere runs a queue whose tasks run where the test says.
func (w *world) elsewhere() (*queue.Queue, *workers) {
	at := &workers{given: map[string]runner.Assignment{}}
	w.options.Places = task.Places{Workers: true}
	w.wrap = func(queue.Runner) queue.Runner { return at }
	return w.start(), at
}

// stream submits a task that reads a stream.
func (w *world) stream(q *queue.Queue, id, dataSource string) {
	w.t.Helper()
	decoded, err := task.DecodeRemote(fmt.Appendf(nil, `{"type":"index_kafka","id":%q,"dataSource":%q}`, id, dataSource), druid.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	if err := q.Add(w.t.Context(), decoded); err != nil {
		w.t.Fatal(err)
	}
}

// Whoever follows tasks of a type hears how each is since it changed, and nothing of what has not.
func TestFollow(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q, at := w.elsewhere()
		w.stream(q, "before", "wiki")
		f := q.Follow("", "index_kafka", "index_kinesis")
		defer f.Stop()
		host := func(name string) druid.TaskLocation { return druid.TaskLocation{Host: name, Port: 1, TLSPort: -1} }
		for _, step := range []struct {
			do   func()
			want string
		}{
			{func() {}, "index_kafka before of wiki PENDING "},
			{func() { w.add(q, noop("n", 1)) }, ""},
			{func() { w.stream(q, "a", "wiki"); w.stream(q, "b", "other") }, "index_kafka a of wiki PENDING , index_kafka b of other PENDING "},
			{func() { at.events.Running("b", druid.UnknownLocation) }, "index_kafka b of other RUNNING "},
			{func() { at.events.Running("b", host("h1")) }, "index_kafka b of other RUNNING h1"},
			{func() { at.events.Running("b", host("h1")) }, ""},
			{func() { at.events.Running("b", host("h2")); at.events.Running("a", host("h3")) }, "index_kafka b of other RUNNING h2, index_kafka a of wiki RUNNING h3"},
			{func() {
				at.events.Running("a", host("h4"))
				at.events.Done(at.given["b"], runner.Result{Status: druid.TaskStatus{ID: "b", State: druid.Success, Location: host("h2")}})
				at.events.Running("b", host("h5"))
			}, "index_kafka a of wiki RUNNING h4, index_kafka b of other ended h2"},
			{func() {
				if err := q.Shutdown(t.Context(), "a", "why"); err != nil {
					t.Error(err)
				}
			}, "index_kafka a of wiki ended h4"},
			{func() {
				w.store.set(func() error { return errors.New("full") })
				if err := q.Add(t.Context(), decode(t, noop("unstored", 1))); err == nil {
					t.Error("a task is taken that is not stored")
				}
				w.store.set(nil)
			}, ""},
		} {
			step.do()
			if got := news(t, f); got != step.want {
				t.Errorf("heard %q, want %q", got, step.want)
			}
		}
	})
}

// Whom only his own tasks concern hears of these alone, of those that are active already, too, and keeps nothing of others; nor is one of theirs his that is active.
func TestFollowOwn(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q, _ := w.elsewhere()
		w.stream(q, "mine-1", "wiki")
		w.stream(q, "other-1", "wiki")
		mine := func(id string) bool { return strings.HasPrefix(id, "mine") }
		f := q.FollowOwn("wiki", mine, "index_kafka")
		defer f.Stop()
		w.stream(q, "other-2", "wiki")
		w.stream(q, "mine-2", "wiki")
		if got := news(t, f); got != "index_kafka mine-1 of wiki PENDING , index_kafka mine-2 of wiki PENDING " {
			t.Errorf("heard %q", got)
		}
		for _, ask := range []struct {
			dataSource, typ, id string
			want                bool
		}{{"wiki", "index_kafka", "mine-1", true}, {"wiki", "index_kafka", "mine-3", false}, {"wiki", "noop", "mine-1", false}, {"nobody", "index_kafka", "mine-1", false}} {
			got, err := q.AnyActive(t.Context(), ask.dataSource, ask.typ, func(id string) bool { return id == ask.id })
			if err != nil || got != ask.want {
				t.Errorf("%v: %t, %v", ask, got, err)
			}
		}
	})
}

// Who follows one data source hears of its tasks alone, and is woken by no others.
func TestFollowOneDataSource(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q, _ := w.elsewhere()
		w.stream(q, "before", "wiki")
		w.stream(q, "elsewhere", "other")
		f, none := q.Follow("wiki", "index_kafka"), q.Follow("nobody", "index_kafka")
		defer f.Stop()
		defer none.Stop()
		if got := news(t, f); got != "index_kafka before of wiki PENDING " {
			t.Errorf("heard %q", got)
		}
		w.stream(q, "a", "other")
		synctest.Wait()
		select {
		case <-f.Changed():
			t.Error("woken by a task of another data source, or by what it has heard")
		default:
		}
		w.stream(q, "b", "wiki")
		<-f.Changed()
		if got := news(t, f); got != "index_kafka b of wiki PENDING " {
			t.Errorf("heard %q", got)
		}
		if got := news(t, none); got != "" {
			t.Errorf("of a data source without tasks is heard %q", got)
		}
		f.Stop()
		f.Stop()
		w.stream(q, "c", "wiki")
	})
}

// What another program stores and ends is heard of, too.
func TestFollowWhatOthersStore(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.options.SyncRate = time.Minute
		q, _ := w.elsewhere()
		f := q.Follow("", "noop")
		defer f.Stop()
		if err := w.store.Update(t.Context(), func(tx metadata.Tx) error { return tx.InsertTasks(w.row(decode(t, noop("n", 1)), druid.Now())) }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // of the bubble's clock
		if got := news(t, f); got != "noop n of wiki PENDING " {
			t.Errorf("heard %q", got)
		}
		ended := druid.TaskStatus{ID: "n", State: druid.Success, Location: druid.UnknownLocation}
		if err := w.store.Update(t.Context(), func(tx metadata.Tx) error { return tx.SetTaskStatus(ended) }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if got := news(t, f); got != "noop n of wiki ended " {
			t.Errorf("heard %q", got)
		}
	})
}

// However slowly somebody listens, the queue goes on, and of no task it gets lost that it has ended.
func TestFollowersLoseNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.slots = 3
		q := w.start()
		const tasks = 60
		listen := func(f *queue.Follower, pause time.Duration) (ended func() map[string]bool) {
			heard, all := map[string]bool{}, make(chan struct{})
			go func() {
				defer close(all)
				for {
					news, err := f.Next(context.Background())
					if errors.Is(err, queue.ErrStopped) {
						return
					}
					for _, n := range news {
						if heard[n.ID] {
							t.Errorf("task %s has ended, and then it is %+v", n.ID, n)
						}
						heard[n.ID] = n.Ended
					}
					time.Sleep(pause)
				}
			}()
			return func() map[string]bool { f.Stop(); <-all; return heard }
		}
		eager, slow := listen(q.Follow("", "noop"), 0), listen(q.Follow("", "noop"), time.Second)
		deaf, others := q.Follow("", "noop"), q.Follow("", "kill")
		var work sync.WaitGroup
		for i := range tasks {
			work.Go(func() {
				id := fmt.Sprint("t", i)
				time.Sleep(time.Duration(i%7) * time.Millisecond)
				w.add(q, noop(id, i%5))
				if i%3 == 0 {
					if err := q.Shutdown(t.Context(), id, "why"); err != nil {
						t.Error(err)
					}
				}
			})
		}
		work.Wait()
		late := listen(q.Follow("", "noop"), 0)
		time.Sleep(time.Minute)
		synctest.Wait()
		for name, heard := range map[string]map[string]bool{"eager": eager(), "slow": slow(), "late": late()} {
			if name != "late" && len(heard) != tasks {
				t.Errorf("%s: has heard of %d tasks", name, len(heard))
			}
			for id, ended := range heard {
				if !ended {
					t.Errorf("%s: has not heard that %s has ended", name, id)
				}
			}
		}
		told, err := deaf.Next(t.Context())
		if err != nil || len(told) != tasks {
			t.Errorf("who has never listened hears of %d tasks, %v", len(told), err)
		}
		if got := news(t, others); got != "" {
			t.Errorf("who follows others hears %s", got)
		}
		waits := make(chan error)
		go func() { waits <- failure(others.Next(context.Background())) }()
		synctest.Wait()
		q.Stop()
		if err := <-waits; !errors.Is(err, queue.ErrStopped) {
			t.Errorf("who waits while the queue stops: %v", err)
		}
		others.Stop()
		deaf.Stop()
		if _, err := deaf.Next(t.Context()); !errors.Is(err, queue.ErrStopped) {
			t.Errorf("after that: %v", err)
		}
	})
}

// The active tasks of a data source and type are told with their places, and no payload is read for it.
func TestActive(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q, at := w.elsewhere()
		for _, id := range []string{"a", "b", "c"} {
			w.stream(q, id, "wiki")
		}
		w.stream(q, "other", "other")
		w.add(q, noop("n", 1))
		synctest.Wait()
		at.events.Running("b", druid.TaskLocation{Host: "h", Port: 1, TLSPort: -1})
		if err := q.Shutdown(t.Context(), "a", "why"); err != nil {
			t.Fatal(err)
		}
		c := &counting{Store: w.store.Store}
		w.store.Store = c
		active, err := q.Active(t.Context(), "wiki", "index_kafka")
		var got []string
		for _, s := range active {
			got = append(got, fmt.Sprint(s.ID, s.State, s.Runner, s.Location.Host))
			if one, err := q.Status(t.Context(), s.ID); err != nil || one != s {
				t.Errorf("%+v, but its status is %+v, %v", s, one, err)
			}
		}
		if want := "[bRUNNINGRUNNINGh cRUNNINGPENDING]"; err != nil || fmt.Sprint(got) != want {
			t.Errorf("active are %s, %v, want %s", got, err, want)
		}
		if none, err := q.Active(t.Context(), "nothing", "index_kafka"); err != nil || len(none) > 0 {
			t.Errorf("of a data source without tasks: %+v, %v", none, err)
		}
		if c.payloads > 0 {
			t.Errorf("%d payloads were read", c.payloads)
		}
	})
}

package queue_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/queue"
)

// pages reads all pages of a query, of so many tasks each, and tells how many there were.
func pages(t *testing.T, q *queue.Queue, query queue.PageQuery, between func()) (tasks []string, n int) {
	t.Helper()
	for {
		page, err := q.Page(t.Context(), query)
		if err != nil || n > 1000 || len(page.Tasks) > query.Max {
			t.Fatalf("%+v: page %d of %d tasks, %v", query, n, len(page.Tasks), err)
		}
		for _, s := range page.Tasks {
			state := string(s.Runner)
			if s.Runner == druid.NoRunner {
				state = string(s.State)
			}
			tasks = append(tasks, s.ID+" "+state)
		}
		if n++; page.Next == nil {
			return tasks, n
		}
		query.After = page.Next
		if between != nil {
			between()
		}
	}
}

// TestPages: pages of any size hold the same tasks in the same order, active and final ones together, and each once, as counts say.
func TestPages(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		q := w.start()
		w.add(q, noop("first", 10))
		w.add(q, `{'type':'noop','id':'older','dataSource':'other','runTime':10}`)
		time.Sleep(time.Second)
		for i := range 9 {
			w.add(q, fmt.Sprintf(`{'type':'noop','id':'t%d','groupId':'g%d','dataSource':'%s','runTime':1000}`, i, i%2, []string{"wiki", "other"}[i/5]))
			time.Sleep(time.Millisecond)
		}
		if err := q.Shutdown(t.Context(), "t8", "test"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for _, c := range []struct {
			query queue.PageQuery
			want  string
		}{
			{queue.PageQuery{}, "t8 FAILED, t7 PENDING, t6 PENDING, t5 PENDING, t4 PENDING, t3 PENDING, t2 PENDING, t1 RUNNING, t0 RUNNING, older SUCCESS, first SUCCESS"},
			{queue.PageQuery{DataSource: "other"}, "t8 FAILED, t7 PENDING, t6 PENDING, t5 PENDING, older SUCCESS"},
			{queue.PageQuery{GroupID: "g1"}, "t7 PENDING, t5 PENDING, t3 PENDING, t1 RUNNING"},
			{queue.PageQuery{State: "RUNNING"}, "t1 RUNNING, t0 RUNNING"},
			{queue.PageQuery{State: "PENDING", DataSource: "wiki"}, "t4 PENDING, t3 PENDING, t2 PENDING"},
			{queue.PageQuery{State: "WAITING"}, ""},
			{queue.PageQuery{State: "FAILED"}, "t8 FAILED"},
			{queue.PageQuery{State: "COMPLETE"}, "t8 FAILED, older SUCCESS, first SUCCESS"},
			{queue.PageQuery{State: "SUCCESS", IDPart: "irs"}, "first SUCCESS"},
			{queue.PageQuery{IDPart: "t"}, "t8 FAILED, t7 PENDING, t6 PENDING, t5 PENDING, t4 PENDING, t3 PENDING, t2 PENDING, t1 RUNNING, t0 RUNNING, first SUCCESS"},
			{queue.PageQuery{Type: "index"}, ""},
		} {
			for _, size := range []int{1, 2, 3, 5, 100} {
				c.query.Max = size
				got, n := pages(t, q, c.query, nil)
				if strings.Join(got, ", ") != c.want || n > 2+len(got)/size {
					t.Errorf("%+v, in %d pages: %v", c.query, n, got)
				}
			}
			counts, err := q.Count(t.Context(), c.query)
			of := func(state string) int { return strings.Count(c.want, state) }
			want := queue.TaskCounts{Waiting: of("WAITING"), Pending: of("PENDING"), Running: of("RUNNING"), Success: of("SUCCESS"), Failed: of("FAILED")}
			if err != nil || counts != want {
				t.Errorf("%+v: counts are %+v, want %+v, %v", c.query, counts, want, err)
			}
		}
	})
}

// TestPagesWhileTasksEnd: each task that is there all the time is on one page, and on one only, while tasks end, start and come.
func TestPagesWhileTasksEnd(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.slots = 3
		q := w.start()
		var want []string
		for i := range 40 {
			id := fmt.Sprintf("t%02d", i)
			want = append(want, id)
			w.add(q, noop(id, 100+i))
		}
		came := 0
		got, _ := pages(t, q, queue.PageQuery{Max: 2}, func() {
			time.Sleep(60 * time.Millisecond)
			w.add(q, noop(fmt.Sprint("later", came), 1))
			came++
		})
		for i := range got {
			got[i], _, _ = strings.Cut(got[i], " ")
		}
		slices.Reverse(want)
		if !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
	})
}

// TestPagesOfOldTasks: tasks that were submitted earlier than those that the queue knows, by another program, stand where their time says.
func TestPagesOfOldTasks(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.options.SyncRate = time.Minute
		q := w.start()
		w.add(q, noop("c", 3_600_000))
		w.add(q, noop("d", 3_600_000))
		now := druid.Now()
		err := w.store.Update(t.Context(), func(tx metadata.Tx) error {
			return tx.InsertTasks(w.row(decode(t, noop("b", 1000)), now-10), w.row(decode(t, noop("a", 1000)), now-20))
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(61 * time.Second)
		synctest.Wait()
		for size := range 4 {
			got, _ := pages(t, q, queue.PageQuery{Max: size + 1}, nil)
			if want := "d RUNNING, c RUNNING, b PENDING, a PENDING"; strings.Join(got, ", ") != want {
				t.Errorf("got %v", got)
			}
		}
	})
}

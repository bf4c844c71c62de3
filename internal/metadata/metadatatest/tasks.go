package metadatatest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/metadata"
)

func testTasks(s *suite) {
	s.run("a row comes back as it went in", func(b *bench) {
		row := task("index_wiki ü_2026", "wiki ü", "index", 7)
		row.GroupID = "group"
		row.Status.ErrorMsg = "quoted \" and\nbroken"
		row.Status.Location = druid.TaskLocation{Host: "h", Port: 1, TLSPort: 2, K8sPodName: "pod"}
		b.insertTasks(row)
		got, err := b.store.Task(b.ctx, row.ID)
		if err != nil {
			b.Fatal(err)
		}
		b.same("row", got, row)
	})
	s.run("a payload of any size", func(b *bench) {
		for _, size := range []int{0, 1, 4000, 1 << 20} {
			row := task(fmt.Sprint("task", size), "wiki", "index", 0)
			row.Payload = bytes.Repeat([]byte{'x'}, size)
			b.insertTasks(row)
			got, err := b.store.Task(b.ctx, row.ID)
			if err != nil || !bytes.Equal(got.Payload, row.Payload) {
				b.Errorf("%d bytes: got %d, %v", size, len(got.Payload), err)
			}
		}
	})
	s.run("a payload that takes the place of another", func(b *bench) {
		active, final := task("active", "wiki", "noop", 0), task("final", "wiki", "noop", 1)
		b.insertTasks(active, final)
		b.update(func(tx metadata.Tx) error { return tx.SetTaskStatus(ended("final", druid.Success)) })
		final.Status = ended("final", druid.Success)
		for _, row := range []*metadata.TaskRow{active, final} {
			row.Payload = []byte(`{"type":"noop","other":"` + row.ID + `"}`)
			b.update(func(tx metadata.Tx) error { return tx.SetTaskPayload(row.ID, row.Payload) })
			got, err := b.store.Task(b.ctx, row.ID)
			if err != nil {
				b.Fatal(err)
			}
			b.same(row.ID, got, row)
		}
		if err := b.store.Update(b.ctx, func(tx metadata.Tx) error { return tx.SetTaskPayload("none", nil) }); !errors.Is(err, metadata.ErrNotFound) {
			b.Errorf("of a task that is not there: %v", err)
		}
	})
	s.run("an id is taken once", func(b *bench) {
		row := task("task", "wiki", "noop", 0)
		b.insertTasks(row)
		other := task("task", "other", "noop", 1)
		if err := b.store.Update(b.ctx, func(tx metadata.Tx) error { return tx.InsertTasks(other) }); !errors.Is(err, metadata.ErrExists) {
			b.Fatalf("got %v, want ErrExists", err)
		}
		got, err := b.store.Task(b.ctx, "task")
		if err != nil {
			b.Fatal(err)
		}
		b.same("row", got, row)
		size, err := b.store.PayloadSize(b.ctx, "task")
		if err != nil {
			b.Fatal(err)
		}
		b.same("size of the payload", size, int64(len(row.Payload)))
	})
	s.run("an id is taken, of many", func(b *bench) {
		b.insertTasks(task("b", "wiki", "noop", 0))
		rows := []*metadata.TaskRow{task("a", "wiki", "noop", 1), task("b", "other", "noop", 2), task("c", "wiki", "noop", 3)}
		if err := b.store.Update(b.ctx, func(tx metadata.Tx) error { return tx.InsertTasks(rows...) }); !errors.Is(err, metadata.ErrExists) {
			b.Fatalf("got %v, want ErrExists", err)
		}
		got, err := b.store.TaskStatuses(b.ctx, []string{"a", "b", "c"})
		if err != nil || len(got) != 1 || got[0].DataSource != "wiki" {
			b.Errorf("there are %+v, %v", got, err)
		}
	})
	s.run("many at once, of any size", func(b *bench) {
		var rows []*metadata.TaskRow
		for i, size := range []int{10, 1 << 20, 3 << 20, 100, 600_000, 600_000, 1} {
			row := task(fmt.Sprint("large", i), "wiki", "noop", i)
			row.Payload = bytes.Repeat([]byte{byte('a' + i)}, size)
			rows = append(rows, row)
		}
		for i := range 250 {
			rows = append(rows, task(fmt.Sprint("small", i), fmt.Sprint("source", i), "noop", i))
		}
		b.insertTasks(rows...)
		for _, row := range rows {
			got, err := b.store.Task(b.ctx, row.ID)
			if err != nil {
				b.Fatal(err)
			}
			got.Summary = row.Summary // which not every store keeps
			b.same(row.ID, got, row)
		}
	})
	s.run("statuses of many", func(b *bench) {
		one, two := task("one", "wiki", "noop", 0), final("two", "wiki", "index", 1)
		b.insertTasks(one, two)
		one.Payload, two.Payload = nil, nil
		got, err := b.store.TaskStatuses(b.ctx, []string{"two", "gone", "one", ""})
		if err != nil {
			b.Fatal(err)
		}
		b.same("rows", got, []metadata.TaskRow{*two, *one})
		if _, err := metadata.TaskStatus(b.ctx, b.store, "gone"); !errors.Is(err, metadata.ErrNotFound) {
			b.Errorf("got %v, want ErrNotFound", err)
		}
		b.update(func(tx metadata.Tx) error {
			row, err := metadata.TaskStatus(b.ctx, tx, "two")
			b.same("row", row, two)
			return err
		})
	})
	s.run("no such task", func(b *bench) {
		if _, err := b.store.Task(b.ctx, "task"); !errors.Is(err, metadata.ErrNotFound) {
			b.Errorf("got %v, want ErrNotFound", err)
		}
		if _, err := b.store.PayloadSize(b.ctx, "task"); !errors.Is(err, metadata.ErrNotFound) {
			b.Errorf("got %v, want ErrNotFound", err)
		}
	})
	s.run("a finished task never changes", func(b *bench) {
		b.insertTasks(task("task", "wiki", "noop", 0))
		set := func(status druid.TaskStatus) error {
			return b.store.Update(b.ctx, func(tx metadata.Tx) error { return tx.SetTaskStatus(status) })
		}
		running := druid.TaskStatus{ID: "task", State: druid.Running, Duration: -1, Location: druid.TaskLocation{Host: "h", Port: 1, TLSPort: -1}}
		if err := set(running); err != nil {
			b.Fatal(err)
		}
		if err := set(ended("task", druid.Failed)); err != nil {
			b.Fatal(err)
		}
		for _, status := range []druid.TaskStatus{running, ended("task", druid.Success), ended("task", druid.Failed), ended("gone", druid.Failed)} {
			if err := set(status); !errors.Is(err, metadata.ErrNotActive) {
				b.Errorf("set %v: got %v, want ErrNotActive", status, err)
			}
		}
		got, err := b.store.Task(b.ctx, "task")
		if err != nil {
			b.Fatal(err)
		}
		b.same("status", got.Status, ended("task", druid.Failed))
	})
	s.run("old tasks are deleted, oldest first, active ones never", func(b *bench) {
		b.insertTasks(task("active", "wiki", "noop", 0), final("c", "wiki", "noop", 3), final("a", "wiki", "noop", 1), final("b", "wiki", "noop", 2))
		b.update(func(tx metadata.Tx) error {
			deleted, err := tx.DeleteTasksBefore(day+3, []string{"a", "it's \"kept\"", "b"}, 1)
			b.same("number deleted beside those to keep", deleted, 0)
			return err
		})
		for _, want := range []int{1, 1, 0} {
			b.update(func(tx metadata.Tx) error {
				deleted, err := tx.DeleteTasksBefore(day+3, []string{"c"}, 1)
				b.same("number deleted", deleted, want)
				return err
			})
		}
		b.same("complete tasks", b.complete(metadata.TaskQuery{Max: -1}), "c")
		b.same("active tasks", b.active(), "active")
	})
}

// complete lists the ids of the final tasks that match q.
func (b *bench) complete(q metadata.TaskQuery) string {
	b.Helper()
	var ids []string
	err := b.read.CompleteTasks(b.ctx, q, func(row *metadata.TaskRow) error {
		ids = append(ids, row.ID)
		return nil
	})
	if err != nil {
		b.Fatalf("list %+v: %v", q, err)
	}
	return strings.Join(ids, " ")
}

// active lists the ids of the active tasks.
func (b *bench) active() string {
	b.Helper()
	var ids []string
	err := b.read.ActiveTasks(b.ctx, func(row *metadata.TaskRow) error {
		ids = append(ids, row.ID)
		return nil
	})
	if err != nil {
		b.Fatalf("list active tasks: %v", err)
	}
	alone, err := b.read.ActiveTaskIDs(b.ctx)
	if err != nil {
		b.Fatalf("list the ids of active tasks: %v", err)
	}
	b.same("ids alone", slices.Sorted(slices.Values(alone)), slices.Sorted(slices.Values(ids)))
	return strings.Join(ids, " ")
}

func testTaskLists(s *suite) {
	s.run("active tasks come oldest first, with payload", func(b *bench) {
		rows := []*metadata.TaskRow{task("a", "wiki", "index", 5), task("b", "wiki", "noop", 1), task("c", "other", "index", 9)}
		rows[1].Payload = bytes.Repeat([]byte("long "), 10_000)
		b.insertTasks(append(rows, final("d", "wiki", "index", 3))...)
		var got []metadata.TaskRow
		err := b.store.ActiveTasks(b.ctx, func(row *metadata.TaskRow) error {
			clone := *row
			clone.Payload = slices.Clone(row.Payload)
			got = append(got, clone)
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		b.same("rows", got, []metadata.TaskRow{*rows[1], *rows[0], *rows[2]})
	})
	s.run("a summary comes in place of the payload, or the payload", func(b *bench) {
		row, ended := task("a", "wiki", "index", 5), final("d", "wiki", "index", 3)
		row.Summary, ended.Summary = []byte("short"), []byte("short")
		b.insertTasks(row, ended)
		active := func() (got metadata.TaskRow) {
			b.Helper()
			err := b.store.ActiveTasks(b.ctx, func(row *metadata.TaskRow) error {
				got = *row
				got.Payload, got.Summary = bytes.Clone(row.Payload), bytes.Clone(row.Summary)
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
			return got
		}
		want := *row
		got := active()
		if want.Summary = nil; got.Summary != nil {
			want.Payload, want.Summary = nil, row.Summary
		}
		b.same("row", got, want)
		whole, err := b.store.Task(b.ctx, "a")
		if err != nil {
			b.Fatal(err)
		}
		row.Summary = nil
		b.same("the whole row", whole, row)
		row.Status.Location = druid.TaskLocation{Host: "worker", Port: 8100, TLSPort: -1} // of which the summary does not tell
		b.update(func(tx metadata.Tx) error { return tx.SetTaskStatus(row.Status) })
		b.same("row with another status", active(), *row)
		err = b.store.CompleteTasks(b.ctx, metadata.TaskQuery{Max: -1}, func(row *metadata.TaskRow) error {
			if row.ID != "d" || row.Payload != nil || row.Summary != nil {
				b.Errorf("complete is %+v", row)
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	})
	s.run("complete tasks come whole, but for the payload", func(b *bench) {
		row := final("a", "wiki", "index", 5)
		row.GroupID = "group"
		row.Status = druid.TaskStatus{ID: "a", State: druid.Failed, Duration: 9, ErrorMsg: "why \\ ü", Location: druid.UnknownLocation}
		b.insertTasks(row)
		row.Payload = nil
		err := b.store.CompleteTasks(b.ctx, metadata.TaskQuery{Max: -1}, func(got *metadata.TaskRow) error {
			b.same("row", got, row)
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	})
	s.run("an error of the callback ends the list", func(b *bench) {
		b.insertTasks(task("a", "wiki", "noop", 0), task("b", "wiki", "noop", 1), final("c", "wiki", "noop", 2), final("d", "wiki", "noop", 3))
		enough := errors.New("enough")
		calls := 0
		stop := func(*metadata.TaskRow) error { calls++; return enough }
		if err := b.store.ActiveTasks(b.ctx, stop); !errors.Is(err, enough) || calls != 1 {
			b.Errorf("active: %v after %d calls", err, calls)
		}
		if err := b.store.CompleteTasks(b.ctx, metadata.TaskQuery{Max: -1}, stop); !errors.Is(err, enough) || calls != 2 {
			b.Errorf("complete: %v after %d calls", err, calls)
		}
		b.same("active tasks afterwards", b.active(), "a b")
	})
	s.run("the callback may read and write the store", func(b *bench) {
		for i := range 20 {
			b.insertTasks(final(fmt.Sprint("f", i), "wiki", "noop", i))
		}
		err := b.store.CompleteTasks(b.ctx, metadata.TaskQuery{Max: -1}, func(row *metadata.TaskRow) error {
			b.insertTasks(task("new "+row.ID, "wiki", "noop", 100))
			_, err := b.store.Task(b.ctx, row.ID)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	})
	s.run("a transaction sees its own tasks", func(b *bench) {
		b.insertTasks(task("a", "wiki", "noop", 0))
		b.update(func(tx metadata.Tx) error {
			if err := tx.InsertTasks(task("b", "wiki", "noop", 1)); err != nil {
				return err
			}
			if err := tx.SetTaskStatus(ended("a", druid.Success)); err != nil {
				return err
			}
			in := *b
			in.read = tx
			in.same("active", in.active(), "b")
			in.same("complete", in.complete(metadata.TaskQuery{Max: -1}), "a")
			_, err := tx.Task(b.ctx, "b")
			return err
		})
	})
}

package simulation

import (
	"context"
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/deepstorage"
	"ovate/internal/metadata"
	"ovate/internal/timeline"
)

// check compares the history with what is there in the end.
func (w *world) check(ctx context.Context) {
	rows, err := w.store.UsedSegments(ctx, dataSource, nil)
	if err != nil {
		w.fail("%v", err)
		return
	}
	there, shown := map[string]string{}, map[string]int{} // the task of a segment; how often it is seen
	origins := map[string]string{}                        // by the id of a copy
	segments := make([]druid.DataSegment, len(rows))
	for i := range rows {
		segments[i] = rows[i].Segment
		id := segments[i].ID().String()
		if origins[id] = rows[i].UpgradedFrom; origins[id] == "" {
			origins[id] = id
			there[id] = taskOf(segments[i])
		} else {
			w.count("copies")
		}
	}
	for _, s := range timeline.New(segments).Visible([]druid.Interval{druid.Eternity}) {
		if shown[origins[s.ID().String()]]++; shown[origins[s.ID().String()]] > 1 {
			w.fail("the rows of segment %s are seen twice", origins[s.ID().String()])
		}
	}
	h := w.history
	h.mu.Lock()
	defer h.mu.Unlock()
	w.checkTasks(ctx)
	left := maps.Clone(there)
	stored := map[*publication]bool{}
	for _, p := range h.publications {
		n := h.stored(p, there)
		if stored[p] = n > 0; n > 0 {
			maps.DeleteFunc(left, func(id, task string) bool { return task == p.task && slices.Contains(p.ids, id) })
		}
		shut, isShut := h.shutDown[p.task]
		switch {
		case n != 0 && n != len(p.ids):
			w.fail("task %s published %d of its %d segments", p.task, n, len(p.ids))
		case !p.answered.IsZero() && n == 0:
			w.fail("task %s was told that its segments %v are published, and they are not there", p.task, p.ids)
		case p.refusal && n > 0:
			w.fail("task %s was told that it cannot publish, and %v are there", p.task, p.ids)
		case isShut && n > 0 && p.begun.After(shut):
			w.fail("task %s published at %v, after it was shut down at %v", p.task, p.begun, shut)
		}
		if n > 0 {
			w.count("publications")
			if row, err := metadata.TaskStatus(ctx, w.store, p.task); err == nil && row.Status.State == druid.Failed {
				w.count("publications of tasks that failed afterwards")
			}
		}
	}
	for id, task := range left {
		w.fail("nobody has published segment %s of task %s", id, task)
	}
	w.checkVisible(stored, shown)
}

// stored is how many segments of a publication are there. One that nobody has answered may have come to nothing, and share ids with that of a later run of its
// task, which was given others for the rest, as the day was replaced meanwhile.
func (h *history) stored(p *publication, there map[string]string) int {
	count := func(p *publication) (n int) {
		for _, id := range p.ids {
			if there[id] == p.task {
				n++
			}
		}
		return n
	}
	n := count(p)
	if n < len(p.ids) && p.answered.IsZero() {
		for _, other := range h.publications {
			if other != p && other.task == p.task && len(other.ids) > 0 && count(other) == len(other.ids) {
				return 0
			}
		}
	}
	return n
}

// taskOf is the task that has published a segment.
func taskOf(s druid.DataSegment) string {
	at, _, _ := deepstorage.LocalPath(s.LoadSpec)
	return path.Base(path.Dir(at))
}

// checkVisible: what was published to a day after it was replaced, by whomever, is seen; what was published before is not.
func (w *world) checkVisible(stored map[*publication]bool, shown map[string]int) {
	for _, p := range w.history.publications {
		if !stored[p] || p.answered.IsZero() {
			continue
		}
		may, must := false, false // it may be hidden, it must be
		for _, by := range w.history.publications {
			if by.task == p.task || by.work.Script != "replace" || by.work.Day != p.work.Day || !stored[by] {
				continue
			}
			if beside := by.work.Beside && p.work.Script == "append"; beside {
				may = may || by.lockedAt.IsZero() || !by.lockedAt.Before(p.begun) // else it is carried over
				must = must || !by.again && !by.started.Before(p.answered)
				continue
			}
			may = may || by.answered.IsZero() || !by.answered.Before(p.begun)
			must = must || !by.again && !by.lockedAt.Before(p.answered)
		}
		for _, id := range p.ids {
			switch {
			case shown[id] == 0 && !may:
				w.fail("segment %s of task %s (%s), published %v, is hidden, and nothing has replaced that day since", id, p.task, p.work.Script, p.answered)
			case shown[id] > 0 && must:
				w.fail("segment %s of task %s (%s), published %v, is seen, and that day was replaced since", id, p.task, p.work.Script, p.answered)
			}
		}
	}
}

// checkTasks: every task that was accepted has ended as its run did, unless it was shut down, and has left no locks.
func (w *world) checkTasks(ctx context.Context) {
	h := w.history
	for id := range h.accepted {
		row, err := w.store.Task(ctx, id)
		if err != nil {
			w.fail("task %s was accepted: %v", id, err)
			continue
		}
		runs := w.fleet.runs(id)
		asARun := func(p *peon) bool { return p.state == row.Status.State }
		switch {
		case row.Status.State == druid.Running:
			w.fail("task %s has not ended", id)
		case h.mayBeShut[id]:
		case row.Status.State == druid.Failed && lost(row.Status.ErrorMsg):
			w.count("tasks that were given up with their workers")
		case len(runs) == 0:
			w.fail("task %s never ran, and is %s: %s", id, row.Status.State, row.Status.ErrorMsg)
		case !slices.ContainsFunc(runs, asARun):
			w.fail("task %s ended %s, and is %s: %s", id, runs[0].state, row.Status.State, row.Status.ErrorMsg)
		}
		if before, seen := h.ended[id]; seen && before != row.Status {
			w.fail("task %s had ended %s, and is %s", id, before.AppendJSON(nil), row.Status.AppendJSON(nil))
		}
		if row.Status.State == druid.Success {
			w.count("tasks that succeeded")
		} else {
			w.count("tasks that failed")
		}
	}
	locks, err := w.store.Locks(ctx)
	if err != nil || len(locks) != 0 {
		w.fail("locks of tasks that have ended: %+v, %v", locks, err)
	}
	w.checkAudit(ctx)
}

// checkAudit: each task that was accepted has one entry in the audit history, and nothing else has one.
func (w *world) checkAudit(ctx context.Context) {
	entries := map[string]int{}
	err := w.store.Audit(ctx, metadata.AuditQuery{Max: -1}, func(row *metadata.AuditRow) error {
		var entry struct{ Payload string }
		var task struct{ ID string }
		if err := json.Unmarshal(row.Payload, &entry); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(entry.Payload), &task); err != nil {
			return err
		}
		entries[task.ID]++
		return nil
	})
	want := map[string]int{}
	for id := range w.history.accepted {
		want[id] = 1
	}
	if err != nil || !maps.Equal(entries, want) {
		w.fail("the audit history has %v entries of tasks, %v; each that was accepted has one", entries, err)
	}
}

// checkLocks: at no time does a task that has ended have locks, nor do two groups have such as exclude each other. Of two with unlike priorities
// the lower one is revoked, and the row may tell of that later, if nobody knew yet that there was a row.
func (w *world) checkLocks(ctx context.Context) {
	rows, err := w.store.Locks(ctx)
	if err != nil {
		if ctx.Err() == nil {
			w.fail("%v", err)
		}
		return
	}
	w.history.change(func() {
		rows = slices.DeleteFunc(rows, func(row metadata.LockRow) bool { return w.history.outranked[row.ID] })
	})
	for i, a := range rows {
		if s, ended := w.history.end(a.TaskID); ended {
			w.fail("task %s has ended %s, and has a lock: %+v", a.TaskID, s.State, a.Lock)
		}
		for _, b := range rows[:i] {
			if exclude(a.Lock, b.Lock) {
				w.fail("task %s and task %s have locks at the same time: %+v, %+v", a.TaskID, b.TaskID, a.Lock, b.Lock)
			}
		}
	}
}

// exclude is for locks of one data source, none of which is shared. Those that append stand beside each other, and beside one that replaces.
func exclude(a, b druid.TaskLock) bool {
	beside := a.Type == druid.Append && (b.Type == druid.Append || b.Type == druid.Replace) || a.Type == druid.Replace && b.Type == druid.Append
	return !beside && a.GroupID != b.GroupID && !a.Revoked && !b.Revoked && a.Priority == b.Priority && a.Interval.Overlaps(b.Interval)
}

// lost tells whether a task has failed as its worker could not be heard, or did not know it any more, whatever it did meanwhile.
func lost(msg string) bool {
	for _, why := range []string{"has not announced it within", "has given no answer for", "does not know it any more"} {
		if strings.Contains(msg, why) {
			return true
		}
	}
	return false
}

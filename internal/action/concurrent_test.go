package action_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
)

// concurrent drives a cluster at random, and checks after each step that queries see exactly what they should: what was appended, but for
// what a task has replaced that had read it, or could have.
type concurrent struct {
	*cluster
	appends  map[string]*appendTask
	replaces map[string]*replaceTask
	seen     map[string]bool // rows
	serial   int
	reader   action.Identity
}

type appendTask struct {
	action.Identity
	segments  []druid.DataSegment
	published int // of them
}

type replaceTask struct {
	action.Identity
	interval druid.Interval
	version  string
	there    []string // what it has read
	keeps    bool     // it writes these again, as compaction does, in place of others
	segments []druid.DataSegment
	done     bool
}

func (m *concurrent) name(prefix string) string {
	m.serial++
	m.clock += druid.Instant(m.serial % 3) // many things happen in one millisecond
	return fmt.Sprint(m.dataSource, prefix, m.serial)
}

func must[T any](t *rapid.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func pick[T any](t *rapid.T, of map[string]T) T {
	if len(of) == 0 {
		t.Skip("no task")
	}
	return of[rapid.SampledFrom(slices.Sorted(maps.Keys(of))).Draw(t, "task")]
}

func (m *concurrent) submitAppend(t *rapid.T) {
	name := m.name("append")
	group := rapid.SampledFrom([]string{name, "group"}).Draw(t, "group")
	m.appends[name] = &appendTask{Identity: must[action.Identity](t)(m.submit(name, group, 50))}
}

func (m *concurrent) Allocate(t *rapid.T) {
	if len(m.appends) == 0 || rapid.IntRange(0, 2).Draw(t, "new") == 0 {
		m.submitAppend(t)
	}
	a, day, row := pick(t, m.appends), rapid.Int64Range(0, lastDay-1).Draw(t, "day"), m.name("")
	id, err := m.allocate(a.Identity, day, a.TaskID+row)
	if err != nil && !strings.Contains(err.Error(), "was revoked") {
		t.Fatal(err)
	}
	if err != nil || id == nil {
		t.Skip("another one has locked it")
	}
	a.segments = append(a.segments, m.segment(id.ID, id.ShardSpec, []string{fmt.Sprintf("%d:%s", day, row)}))
}

// refused tells whether a publication was refused since the task's locks were revoked, or since queries would not see it: what comes before it
// was marked as unused.
func refused(err error) bool {
	return strings.Contains(err.Error(), "holds no") || strings.Contains(err.Error(), "core partitions")
}

// publish publishes segments, once more if the answer gets lost, and tells whether that was allowed.
func publish[A action.Action[action.PublishResult]](m *concurrent, t *rapid.T, by action.Identity, a A) bool {
	published := false
	for range rapid.IntRange(1, 2).Draw(t, "times") {
		result, err := perform(m.cluster, by, a)
		if err != nil && !refused(err) {
			t.Fatal(err)
		}
		if published && (!result.Success || len(result.Segments) > 0) {
			t.Fatalf("%+v, and before that it was published", result)
		}
		published = result.Success
	}
	return published
}

func (m *concurrent) PublishAppended(t *rapid.T) {
	a := pick(t, m.appends)
	if len(a.segments) == 0 {
		t.Skip("nothing to publish")
	}
	n := rapid.IntRange(1, len(a.segments)).Draw(t, "segments")
	if !publish(m, t, a.Identity, action.SegmentTransactionalAppend{Segments: a.segments[:n]}) {
		return
	}
	m.appended(a, n)
}

func (m *concurrent) appended(a *appendTask, n int) {
	for ; a.published < n; a.published++ {
		for _, row := range rowsOf(a.segments[a.published]) {
			m.seen[row] = true
		}
	}
}

// AppendAndEnd is what tasks of the server's own do.
func (m *concurrent) AppendAndEnd(t *rapid.T) {
	a := pick(t, m.appends)
	if a.published > 0 || len(a.segments) == 0 {
		t.Skip("nothing to publish, or not all of it")
	}
	if m.publishAndEnd(t, a.Identity, a.segments) {
		m.appended(a, len(a.segments))
		delete(m.appends, a.TaskID)
	}
}

func (m *concurrent) publishAndEnd(t *rapid.T, by action.Identity, segments []druid.DataSegment) bool {
	status := druid.TaskStatus{ID: by.TaskID, State: druid.Success, Duration: 1, Location: druid.UnknownLocation}
	result, err := perform(m.cluster, by, action.SegmentTransactionalInsertAndEnd{Segments: segments, Status: status})
	if err != nil && !refused(err) {
		t.Fatal(err)
	}
	return result.Success
}

func rowsOf(s druid.DataSegment) []string {
	var spec struct{ Rows []string }
	_ = json.Unmarshal(s.LoadSpec, &spec)
	return spec.Rows
}

func (m *concurrent) EndAppend(t *rapid.T) {
	a := pick(t, m.appends)
	must[int](t)(0, m.end(a.Identity))
	delete(m.appends, a.TaskID)
}

func (m *concurrent) Replace(t *rapid.T) {
	name := m.name("replace")
	from := rapid.Int64Range(0, lastDay-1).Draw(t, "from")
	r := &replaceTask{interval: days(from, rapid.Int64Range(from+1, lastDay).Draw(t, "to")), keeps: rapid.Bool().Draw(t, "keeps")}
	r.Identity = must[action.Identity](t)(m.submit(name, name, rapid.SampledFrom([]int{25, 50, 75}).Draw(t, "priority")))
	lock := must[*action.Lock](t)(perform(m.cluster, r.Identity, action.LockTryAcquire{LockType: druid.Replace, Interval: r.interval}))
	if lock == nil {
		must[int](t)(0, m.end(r.Identity))
		t.Skip("others have locked it")
	}
	r.version = lock.Version
	for row := range m.seen {
		if day := dayOf(row); r.interval.Encloses(days(day, day+1)) {
			r.there = append(r.there, row)
		}
	}
	slices.Sort(r.there)
	m.replaces[name] = r
}

// ReadReplaced: whenever a task reads what it replaces, it finds what was there when it got its lock.
func (m *concurrent) ReadReplaced(t *rapid.T) {
	r := pick(t, m.replaces)
	revoked := slices.ContainsFunc(m.box.Locks.Locks(r.Holder), func(l druid.TaskLock) bool { return l.Revoked })
	if r.done || revoked {
		t.Skip("it has replaced that, or cannot any more")
	}
	if got := must[[]string](t)(m.visible(r.Identity, r.interval)); !slices.Equal(got, r.there) {
		t.Fatalf("%s reads %v, but %v were there when it got its lock", r.TaskID, got, r.there)
	}
}

// build makes what a task publishes.
func (m *concurrent) build(t *rapid.T, r *replaceTask) {
	if r.segments != nil {
		return
	}
	first := int64(r.interval.Start / days(0, 1).End)
	chunk := rapid.SampledFrom([]int64{1, int64(r.interval.End/days(0, 1).End) - first}).Draw(t, "days")
	rows := r.there
	if !r.keeps {
		rows = []string{fmt.Sprintf("%d:%s", first, r.TaskID)}
	}
	for from := first; days(from, from+1).Start < r.interval.End; from += chunk {
		within := days(from, from+chunk)
		parts := rapid.IntRange(1, 2).Draw(t, "parts")
		for part := range parts {
			var own []string
			for i, row := range rows {
				if day := dayOf(row); within.Encloses(days(day, day+1)) && i%parts == part {
					own = append(own, row)
				}
			}
			r.segments = append(r.segments, m.segment(druid.SegmentID{Interval: within, Version: r.version}, druid.Numbered(part, parts), own))
		}
	}
}

func (m *concurrent) PublishReplaced(t *rapid.T) {
	r := pick(t, m.replaces)
	m.build(t, r)
	if publish(m, t, r.Identity, action.SegmentTransactionalReplace{Segments: r.segments}) {
		m.replaced(r)
	}
}

// ReplaceAndEnd is what tasks of the server's own do.
func (m *concurrent) ReplaceAndEnd(t *rapid.T) {
	r := pick(t, m.replaces)
	if r.done {
		t.Skip("it has published")
	}
	m.build(t, r)
	if m.publishAndEnd(t, r.Identity, r.segments) {
		m.replaced(r)
		delete(m.replaces, r.TaskID)
	}
}

func (m *concurrent) replaced(r *replaceTask) {
	if r.done {
		return
	}
	r.done = true
	for _, row := range r.there {
		delete(m.seen, row)
	}
	for _, s := range r.segments {
		for _, row := range rowsOf(s) {
			m.seen[row] = true
		}
	}
}

func (m *concurrent) EndReplace(t *rapid.T) {
	r := pick(t, m.replaces)
	must[int](t)(0, m.end(r.Identity))
	delete(m.replaces, r.TaskID)
	if notes, err := m.store.Upgrades(context.Background(), []string{r.TaskID}); err != nil || len(notes) > 0 {
		t.Fatalf("of %s, which has ended, is left %v, %v", r.TaskID, notes, err)
	}
}

// Preempt takes locks from tasks of lower priority.
func (m *concurrent) Preempt(t *rapid.T) {
	from := rapid.Int64Range(0, lastDay-1).Draw(t, "from")
	by := must[action.Identity](t)(m.submit(m.name("strong"), "strong", 90))
	must[*action.Lock](t)(perform(m.cluster, by, action.LockTryAcquire{Interval: days(from, from+1)}))
	must[int](t)(0, m.end(by))
}

// MarkUnused takes all rows away.
func (m *concurrent) MarkUnused(t *rapid.T) {
	if rapid.IntRange(0, 2).Draw(t, "mark") > 0 {
		t.Skip("it does so now and then")
	}
	err := m.store.Update(context.Background(), func(tx metadata.Tx) error {
		_, err := tx.MarkUnused(m.dataSource, all, nil, m.clock)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	clear(m.seen)
	for _, r := range m.replaces {
		r.there = nil
	}
}

// Restart forgets everything that is not stored.
func (m *concurrent) Restart(t *rapid.T) {
	m.start()
	for _, a := range m.appends {
		m.box.Add(a.Identity)
	}
	for _, r := range m.replaces {
		m.box.Add(r.Identity)
	}
	rows := must[[]metadata.LockRow](t)(m.store.Locks(context.Background()))
	rows = slices.DeleteFunc(rows, func(r metadata.LockRow) bool { return r.Lock.DataSource != m.dataSource })
	if lost, orphans := m.box.Locks.Restore(rows); len(lost) > 0 || len(orphans) > 0 {
		t.Fatalf("lost %+v, orphans %v", lost, orphans)
	}
}

// Check compares what queries see with what they should.
func (m *concurrent) Check(t *rapid.T) {
	if got, want := must[[]string](t)(m.visible(m.reader, all)), slices.Sorted(maps.Keys(m.seen)); !slices.Equal(got, want) {
		t.Fatalf("queries see  %v,\nbut there are %v", got, want)
	}
}

// However tasks that append and tasks that replace come in between each other, are asked twice, lose their locks and outlive the server, nothing
// that was appended gets lost or is there twice, and what was replaced is gone.
func TestAppendsBesideReplaces(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		m := &concurrent{
			cluster: newCluster(store, fmt.Sprint("d", n)), appends: map[string]*appendTask{}, replaces: map[string]*replaceTask{}, seen: map[string]bool{},
		}
		m.reader = action.Identity{Holder: lockbox.Holder{TaskID: "reader", DataSource: m.dataSource}}
		defer func() { // of the next run
			for _, a := range m.appends {
				_ = m.end(a.Identity)
			}
			for _, r := range m.replaces {
				_ = m.end(r.Identity)
			}
		}()
		actions := rapid.StateMachineActions(m)
		for i := range 3 { // what counts comes more often
			for name, action := range map[string]func(*rapid.T){"PublishAppended": m.PublishAppended, "Allocate": m.Allocate, "Replace": m.Replace, "PublishReplaced": m.PublishReplaced} {
				actions[fmt.Sprint(name, i)] = action
			}
		}
		r.Repeat(actions)
	})
}

// The same with tasks that really run at once, all of which compact what is there.
func TestAppendsBesideReplacesAtOnce(t *testing.T) {
	t.Parallel()
	c := newCluster(sqlitetest.Open(t), "wiki")
	reader := action.Identity{Holder: lockbox.Holder{TaskID: "reader", DataSource: "wiki"}}
	const appenders, rounds = 4, 15
	var appending, replacing sync.WaitGroup
	over := make(chan struct{})
	for a := range appenders {
		appending.Go(func() {
			for r := range rounds {
				if err := appendOnce(c, fmt.Sprintf("a%d-%d", a, r), int64(a+r)%lastDay); err != nil {
					t.Error(err)
				}
			}
		})
	}
	replaced := 0
	replacing.Go(func() {
		for ; ; replaced++ {
			select {
			case <-over:
				return
			default:
				if err := compactOnce(c, fmt.Sprint("r", replaced)); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	appending.Wait()
	close(over)
	replacing.Wait()
	got, err := c.visible(reader, all)
	if err != nil || len(got) != appenders*rounds || len(slices.Compact(got)) != appenders*rounds {
		t.Errorf("%d rows are seen, %d times replaced, %v, want %d: %v", len(got), replaced, err, appenders*rounds, got)
	}
	if replaced == 0 {
		t.Error("nothing was replaced")
	}
}

func appendOnce(c *cluster, name string, day int64) error {
	by, err := c.submit(name, name, 50)
	if err != nil {
		return err
	}
	id, err := c.allocate(by, day, name)
	if err != nil || id == nil {
		return fmt.Errorf("%s got %v: %w", name, id, err)
	}
	s := c.segment(id.ID, id.ShardSpec, []string{fmt.Sprintf("%d:%s", day, name)})
	if result, err := perform(c, by, action.SegmentTransactionalAppend{Segments: []druid.DataSegment{s}}); err != nil || !result.Success {
		return fmt.Errorf("%s: %+v, %w", name, result, err)
	}
	return c.end(by)
}

func compactOnce(c *cluster, name string) error {
	by, err := c.submit(name, name, 50)
	if err != nil {
		return err
	}
	lock, err := perform(c, by, action.LockTryAcquire{LockType: druid.Replace, Interval: all})
	if err != nil || lock == nil {
		return fmt.Errorf("%s got %v: %w", name, lock, err)
	}
	var segments []druid.DataSegment
	for day := range int64(lastDay) {
		rows, err := c.visible(by, days(day, day+1))
		if err != nil {
			return err
		}
		segments = append(segments, c.segment(druid.SegmentID{Interval: days(day, day+1), Version: lock.Version}, druid.Numbered(0, 1), rows))
	}
	if result, err := perform(c, by, action.SegmentTransactionalReplace{Segments: segments}); err != nil || !result.Success {
		return fmt.Errorf("%s: %+v, %w", name, result, err)
	}
	return c.end(by)
}

package lockbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/metadata"
)

// machine drives a lockbox at random, restarts included, and checks after each step what must always hold.
type machine struct {
	*bundle
	live   map[string]Holder
	serial int
	newest string // version
}

func (m *machine) any(t *rapid.T) Holder {
	if len(m.live) == 0 {
		t.Skip("no task")
	}
	id := rapid.SampledFrom(slices.Sorted(maps.Keys(m.live))).Draw(t, "task")
	return m.live[id]
}

func interval(t *rapid.T) druid.Interval {
	from := rapid.Int64Range(0, 9).Draw(t, "from")
	return days(from, from+rapid.Int64Range(1, 4).Draw(t, "days"))
}

func (m *machine) Submit(t *rapid.T) {
	m.serial++
	id := fmt.Sprintf("t%d", m.serial)
	group := rapid.SampledFrom([]string{id, id, "g", "h"}).Draw(t, "group")
	priority := map[string]int{"g": 50, "h": 75}[group]
	if group == id {
		priority = rapid.SampledFrom([]int{25, 50, 75}).Draw(t, "priority")
	}
	text := fmt.Sprintf("%s/%s/%d", id, group, priority)
	if rapid.Bool().Draw(t, "alone") {
		text += "/alone"
	}
	m.live[id] = m.task(text)
}

func (m *machine) TryAcquire(t *rapid.T) {
	h := m.any(t)
	typ := lockType(t)
	wanted := make([]druid.Interval, rapid.IntRange(1, 3).Draw(t, "intervals"))
	for i := range wanted {
		wanted[i] = interval(t)
	}
	before := len(m.store.rows)
	can := m.CanAcquire(h, Request{Type: typ, Intervals: wanted})
	known := m.versions()
	locks, err := m.try(h, typ, wanted...)
	if can != (err == nil) {
		t.Fatalf("CanAcquire said %v, but: %v", can, err)
	}
	m.mayBeWrong(t, err, len(wanted))
	if err != nil {
		if len(m.store.rows) != before {
			t.Fatalf("a refused request changed the store")
		}
		return
	}
	for i, l := range locks {
		if !l.Interval.Encloses(wanted[i]) || l.Type != typ || l.GroupID != h.GroupID {
			t.Fatalf("asked for %s %v, got %+v", typ, wanted[i], l)
		}
		if typ == druid.Append || known[l.Version] {
			continue
		}
		if l.Version <= m.newest {
			t.Fatalf("version %s after %s", l.Version, m.newest)
		}
	}
	for v := range m.versions() {
		m.newest = max(m.newest, v)
	}
}

// TrySegments asks for locks over segments: of one of two versions, as a task finds them, not of one that the lockbox makes.
func (m *machine) TrySegments(t *rapid.T) {
	h := m.any(t)
	version, within := rapid.SampledFrom([]string{"1970", "1971"}).Draw(t, "version"), interval(t)
	partitions := rapid.SliceOfN(rapid.IntRange(0, 4), 1, 3).Draw(t, "partitions")
	wanted := segmentsOf(lockType(t), within, version, partitions...)
	if rapid.Bool().Draw(t, "two chunks") {
		wanted.Segments = append(wanted.Segments, segmentsOf(wanted.Type, interval(t), version, partitions...).Segments...)
	}
	before := len(m.store.rows)
	can := m.CanAcquire(h, wanted)
	obtainable, failed := m.Obtainable(h, wanted)
	locks, err := m.Lockbox.TryAcquire(context.Background(), h, wanted)
	if can != (err == nil) {
		t.Fatalf("CanAcquire said %v, but: %v", can, err)
	}
	var refused *Refused
	if all := failed == nil && len(obtainable) == len(wanted.Segments); all && errors.As(err, &refused) {
		t.Fatalf("all were obtainable, but: %v", err)
	}
	m.mayBeWrong(t, err, len(wanted.Segments))
	if err != nil && len(m.store.rows) != before {
		t.Fatalf("a refused request changed the store")
	}
	for i, l := range locks {
		right := l.Granularity == druid.SegmentLock && l.PartitionID == wanted.Segments[i].PartitionNum && l.Type == wanted.Type && l.GroupID == h.GroupID
		if !right || !l.Interval.Encloses(wanted.Segments[i].Interval) {
			t.Fatalf("asked for %+v, got %+v", wanted.Segments[i], l)
		}
	}
}

// mayBeWrong fails unless a request is wrong for what a task can know: of several locks one is in the way of another, or its group has another priority.
func (m *machine) mayBeWrong(t *rapid.T, err error, locks int) {
	var wrong *druid.Error
	if errors.As(err, &wrong) && locks == 1 && !strings.Contains(err.Error(), "must have the same priority") {
		t.Fatalf("a request for one lock is wrong: %v", err)
	}
}

func lockType(t *rapid.T) druid.LockType {
	return rapid.SampledFrom([]druid.LockType{druid.Exclusive, druid.Shared, druid.Append, druid.Replace}).Draw(t, "type")
}

// versions are those of time chunks' locks.
func (m *machine) versions() map[string]bool {
	all := map[string]bool{}
	for _, row := range m.store.rows {
		if row.Lock.Granularity == druid.TimeChunkLock {
			all[row.Lock.Version] = true
		}
	}
	return all
}

func (m *machine) Release(t *rapid.T) {
	h := m.any(t)
	locks := m.Locks(h)
	if len(locks) == 0 {
		t.Skip("no lock")
	}
	l := rapid.SampledFrom(locks).Draw(t, "lock")
	if err := m.Lockbox.Release(context.Background(), h, l.Interval); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) End(t *rapid.T) {
	h := m.any(t)
	if err := m.end(h); err != nil {
		t.Fatal(err)
	}
	delete(m.live, h.TaskID)
}

func (m *machine) FailToWrite(t *rapid.T) {
	m.store.failed = errors.New("disk full")
	defer func() { m.store.failed = nil }()
	h := m.any(t)
	before := m.Locks(h)
	_, err := m.try(h, druid.Exclusive, interval(t))
	if err == nil {
		return // it had the lock already
	}
	if after := m.Locks(h); len(after) != len(before) {
		t.Fatalf("locks %v became %v", before, after)
	}
}

// LoseAnswer locks or gives back while the store does not answer, and then finds out what became of it.
func (m *machine) LoseAnswer(t *rapid.T) {
	h, held := m.any(t), druid.Interval{}
	if locks := m.Locks(h); len(locks) > 0 && rapid.Bool().Draw(t, "give back") {
		held = rapid.SampledFrom(locks).Draw(t, "lock").Interval
	}
	s := &silent{store: m.store, cut: true, commits: rapid.Bool().Draw(t, "stored")}
	var later slow
	m.Lockbox.store = s
	later.serve(m.Lockbox)
	defer func() { m.Lockbox.store = m.store }()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var err error
	if !held.IsEmpty() {
		err = m.Lockbox.Release(ctx, h, held)
	} else {
		wanted := Request{Type: lockType(t), Intervals: []druid.Interval{interval(t)}}
		if rapid.Bool().Draw(t, "segments") {
			wanted = segmentsOf(wanted.Type, wanted.Intervals[0], "1970", 0, 1)
		}
		_, err = m.Lockbox.TryAcquire(ctx, h, wanted)
	}
	s.cut = false
	if n := later.finish(); errors.Is(err, metadata.ErrOutcomeUnknown) != (n == 1) || later.told.Len() > 0 {
		t.Fatalf("%d are to find out what became of it: %v; %s", n, err, later.told.String())
	}
	for v := range m.versions() {
		m.newest = max(m.newest, v)
	}
}

func (m *machine) ClockJumps(t *rapid.T) {
	m.clock += druid.Instant(rapid.Int64Range(-100_000, 100_000).Draw(t, "by"))
}

// Restart forgets everything but the store, which must allow every lock to be taken again. Versions of which nothing
// is left may come again.
func (m *machine) Restart(t *rapid.T) {
	m.newest = ""
	for v := range m.versions() {
		m.newest = max(m.newest, v)
	}
	m.Lockbox = New(m.store, func() druid.Instant { return m.clock }, nil)
	for _, h := range m.live {
		m.Add(h)
	}
	lost, orphans := m.Restore(m.store.list())
	if len(lost)+len(orphans) > 0 {
		t.Fatalf("lost %+v, orphans %v", lost, orphans)
	}
}

func (m *machine) Check(t *rapid.T) {
	for len(m.freed) > 0 {
		<-m.freed
	}
	rows := map[string]int{}
	for _, row := range m.store.rows {
		if _, live := m.live[row.TaskID]; !live {
			t.Fatalf("a row of the dead task %s: %+v", row.TaskID, row.Lock)
		}
		rows[fmt.Sprintf("%s %+v", row.TaskID, row.Lock)]++
	}
	there := 0
	for _, s := range m.sources {
		s.locks.overlapping(druid.Eternity, func(*posse) bool { there++; return true })
	}
	if m.Count() != there {
		t.Fatalf("%d locks are counted, and there are %d", m.Count(), there)
	}
	var locks []druid.TaskLock
	var holders []Holder
	for id, h := range m.live {
		for _, l := range m.Locks(h) {
			locks, holders = append(locks, l), append(holders, h)
			rows[fmt.Sprintf("%s %+v", id, l)]--
		}
	}
	for row, n := range rows {
		if n != 0 {
			t.Fatalf("store and memory differ by %d in %s", n, row)
		}
	}
	for i, a := range locks {
		for j, b := range locks[i+1:] {
			one, other := holders[i], holders[i+1+j]
			alone := one.TaskID != other.TaskID && (one.Alone || other.Alone)
			if alone && a.GroupID == b.GroupID && a.Interval == b.Interval && !a.Revoked && !b.Revoked && !otherSegments(a, b) && !typesMayOverlap(a, b) {
				t.Fatalf("%+v and %+v share\n%+v\n%+v", one, other, a, b)
			}
			if a != b && !a.Revoked && !b.Revoked && a.Interval.Overlaps(b.Interval) && !otherSegments(a, b) && !mayOverlap(a, b) && !mayOverlap(b, a) {
				t.Fatalf("two locks at once:\n%+v\n%+v", a, b)
			}
		}
	}
}

// typesMayOverlap says which locks over the same interval may be held together by tasks that share with nobody.
func typesMayOverlap(a, b druid.TaskLock) bool {
	pair := [2]druid.LockType{a.Type, b.Type}
	if a.Granularity != b.Granularity && a.Type == b.Type { // two locks, of which neither hinders the other
		return a.Type == druid.Shared || a.Type == druid.Append
	}
	return a != b && (pair == [2]druid.LockType{druid.Append, druid.Replace} || pair == [2]druid.LockType{druid.Replace, druid.Append})
}

// otherSegments tells whether the locks are over different segments of a time chunk.
func otherSegments(a, b druid.TaskLock) bool {
	const segment = druid.SegmentLock
	return a.Granularity == segment && b.Granularity == segment && a.Interval == b.Interval && a.PartitionID != b.PartitionID
}

// mayOverlap says again, in its own words, which locks may be held together.
func mayOverlap(a, b druid.TaskLock) bool {
	switch {
	case a.GroupID == b.GroupID && a.Interval == b.Interval:
		return a.Type != b.Type || a.Granularity != b.Granularity
	case a.Type == druid.Shared, a.Type == druid.Append && b.Type == druid.Append:
		return a.Type == b.Type
	default:
		return a.Type == druid.Replace && b.Type == druid.Append && a.Interval.Encloses(b.Interval)
	}
}

func TestMachine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{bundle: setup(), live: map[string]Holder{}}
		t.Repeat(map[string]func(*rapid.T){
			"submit": m.Submit, "try": m.TryAcquire, "try again": m.TryAcquire, "segments": m.TrySegments, "release": m.Release, "end": m.End,
			"fail to write": m.FailToWrite, "lose answer": m.LoseAnswer, "clock": m.ClockJumps, "restart": m.Restart, "": m.Check,
		})
	})
}

// The tree must find exactly what a search through all posses finds.
func TestTree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var line tree
		var all []*posse
		age := uint64(0)
		t.Repeat(map[string]func(*rapid.T){
			"insert": func(t *rapid.T) {
				age++
				p := &posse{lock: druid.TaskLock{Interval: interval(t)}, age: age}
				if partition := rapid.IntRange(-2, 4).Draw(t, "partition"); partition >= 0 {
					p.lock.Granularity, p.lock.PartitionID = druid.SegmentLock, partition
				}
				all = append(all, p)
				line.insert(p)
			},
			"remove": func(t *rapid.T) {
				if len(all) == 0 {
					t.Skip("empty")
				}
				i := rapid.IntRange(0, len(all)-1).Draw(t, "which")
				line.remove(all[i])
				all = slices.Delete(all, i, i+1)
			},
			"": func(t *rapid.T) {
				wanted := place{interval(t), rapid.IntRange(wholeChunk, 4).Draw(t, "partition")}
				var found []*posse
				line.meeting(wanted, func(p *posse) bool { found = append(found, p); return true })
				if !slices.IsSortedFunc(found, func(a, b *posse) int {
					if a.before(b) {
						return -1
					}
					return 1
				}) {
					t.Fatal("not in order")
				}
				n := 0
				for _, p := range all {
					sameChunk := p.lock.Interval == wanted.interval && p.lock.Granularity == druid.SegmentLock && wanted.partition >= 0
					if p.lock.Interval.Overlaps(wanted.interval) && (!sameChunk || p.lock.PartitionID == wanted.partition) {
						n++
						if !slices.Contains(found, p) {
							t.Fatalf("%v was not found in %v", p.place(), wanted)
						}
					}
				}
				if n != len(found) {
					t.Fatalf("found %d of %d", len(found), n)
				}
			},
		})
	})
}

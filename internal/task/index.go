package task

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/spec"
)

// Index is native batch ingestion: `index` and `index_parallel`. Both run in this process, on all cores.
type Index struct {
	header druid.Task
	spec   *spec.Ingestion
	secret json.RawMessage // the spec as it was given, if it holds a secret, which the spec's own JSON leaves out
	// proxied tells that it was submitted through a proxy, or by who is no administrator.
	proxied bool
}

const (
	typeIndex         = "index"
	typeIndexParallel = "index_parallel"
)

// indexKind is one of the two types.
func indexKind(typ string) Kind {
	k := Kind{
		Type: typ, TakesLocks: true, MakesSegments: true, Audited: true, Parallel: typ == typeIndexParallel,
		priority:  50,
		decode:    decodeIndex,
		alone:     func(appends bool) bool { return !appends }, // what it replaces is nobody else's
		allocates: true,
		check:     func(d *spec.Document) error { return d.CheckBatch(typ) },
		outline:   outlineOfBatch(typ), strict: true,
	}
	if typ == typeIndex {
		k.group = indexGroup
	}
	return k
}

func decodeIndex(h druid.Task, d *spec.Document, now druid.Instant) (Task, error) {
	ingestion, err := d.Ingestion(h.Type)
	if err != nil {
		return nil, err
	}
	if h.Resource, err = d.Resource(); err != nil {
		return nil, err
	}
	t := &Index{header: h, spec: ingestion}
	if http, ok := ingestion.IO.Source.(spec.HTTPSource); ok && http.HasSecret() {
		t.secret = d.Spec()
	}
	t.proxied = d.Proxied()
	t.header.DataSource = ingestion.Schema.DataSource
	if t.header.ID == "" {
		t.header.ID = druid.NewTaskID(h.Type, t.header.DataSource, nil, now)
	}
	if t.header.GroupID, err = t.group(d); err != nil {
		return nil, err
	}
	t.header.Complete()
	if forcesChunks(h.Type, t.hasIntervals(), ingestion.IO.Append) {
		t.header.Context.Set(KeyForceChunks, json.RawMessage("true"))
	}
	if _, err := t.lockTimeout(); err != nil {
		return nil, err
	}
	if _, _, _, err := t.mayReplace(); err != nil {
		return nil, err
	}
	return t, nil
}

// group is the one given, unless it is not the task's to choose.
func (t *Index) group(d *spec.Document) (string, error) {
	if t.header.Type == typeIndex {
		return indexGroup(t.header.DataSource, t.spec.IO.Append), nil
	}
	return d.Group()
}

// indexGroup is the group of an index task: appends to one data source share one, and so a lock.
func indexGroup(dataSource string, appends bool) string {
	if appends {
		return "index_append_" + dataSource
	}
	return ""
}

func (t *Index) hasIntervals() bool { return len(t.spec.Schema.Granularity.Intervals) > 0 }

// Header is the common part.
func (t *Index) Header() *druid.Task { return &t.header }

// Priority is 50 unless the context says otherwise.
func (t *Index) Priority() int { return priority(&t.header) }

// Locks is the time chunks of the spec's intervals; none if the spec leaves them to the data, which Run then locks.
func (t *Index) Locks() lockbox.Request {
	g := t.spec.Schema.Granularity
	chunks := slices.DeleteFunc(slices.Clone(g.Intervals), druid.Interval.IsEmpty) // which hold no row
	if !g.Segment.IsAll() {
		buckets := g.Segment.Bucketer()
		for i, given := range chunks {
			chunks[i] = druid.Interval{Start: buckets.Bucket(given.Start).Start, End: buckets.Bucket(given.End - 1).End}
		}
	}
	return t.request(chunks)
}

// request asks for locks over time chunks.
func (t *Index) request(chunks []druid.Interval) lockbox.Request {
	return lockbox.Request{Type: t.lockType(), Intervals: druid.CondenseIntervals(chunks)}
}

// appends tells whether the task adds to what is there.
func (t *Index) appends() bool { return t.spec.IO.Append }

// hasSecret tells whether its stored JSON holds what must not be shown.
func (t *Index) hasSecret() bool { return t.secret != nil }

// setProxied notes that its sender may be anywhere, or is no administrator.
func (t *Index) setProxied() { t.proxied = true }

// check refuses what the spec or the context asks for in vain.
func (t *Index) check(l spec.Limits) error {
	if err := CheckContext(&t.header.Context); err != nil {
		return err
	}
	if _, err := t.inputChecksums(); err != nil {
		return err
	}
	return t.spec.Check(l)
}

// mayRead refuses input that the server keeps from it.
func (t *Index) mayRead(k *Kit) error { return k.policy(t.proxied).Check(t.spec.IO.Source) }

// Ready takes the locks of Locks.
func (t *Index) Ready(ctx context.Context, c action.Client) (bool, error) {
	if err := t.notTooMany(t.Locks()); err != nil {
		return false, err
	}
	return lockAll(ctx, c, t.header.ID, t.Locks())
}

// notTooMany refuses more locks than the spec allows. Time chunks that touch need one lock together.
func (t *Index) notTooMany(wanted lockbox.Request) error {
	most := t.spec.Tuning.MaxLocks
	if needed := len(wanted.Intervals); most >= 0 && needed > most {
		return fmt.Errorf("Number of locks exceeded maxAllowedLockCount [%d]: %d are needed", most, needed)
	}
	return nil
}

// lockType follows AbstractBatchIndexTask.determineLockType, but asks for an EXCLUSIVE lock in place of REPLACE where the task may not hide any
// row: nobody must append while it counts them.
func (t *Index) lockType() druid.LockType {
	context := &t.header.Context
	switch typ := contextLockType(context, druid.Exclusive); {
	case !t.spec.IO.Append && t.keepsAppended():
		if all, _, _, err := t.mayReplace(); err != nil || !all {
			return druid.Exclusive
		}
		return druid.Replace
	case !t.spec.IO.Append:
		return druid.Exclusive
	case concurrentLocks(context):
		return druid.Append
	case typ != druid.Replace:
		return typ
	}
	return druid.Exclusive
}

// keepsAppended tells whether the task asks for a REPLACE lock: what others append after its submission is to stay.
func (t *Index) keepsAppended() bool {
	c := &t.header.Context
	return !t.spec.IO.Append && (concurrentLocks(c) || contextLockType(c, druid.Exclusive) == druid.Replace)
}

// concurrentLocks tells whether the context asks for APPEND and REPLACE locks.
func concurrentLocks(c *druid.Context) bool { return contextBool(c, "useConcurrentLocks", false) }

// contextLockType is the lock type that the context asks for.
func contextLockType(c *druid.Context, fallback druid.LockType) druid.LockType {
	name, err := c.String("taskLockType", "")
	if typ := druid.LockType(strings.ToUpper(name)); err == nil && slices.Contains(lockTypes(), typ) {
		return typ
	}
	if contextBool(c, "useSharedLock", false) {
		return druid.Shared
	}
	return fallback
}

// lockTimeout is how long the task waits for locks that it learns of only while it runs.
func (t *Index) lockTimeout() (time.Duration, error) {
	const fiveMinutes = 300_000
	const key = "taskLockTimeout"
	ms, err := t.header.Context.Int(key, fiveMinutes)
	if err != nil || ms < 0 {
		given, _ := t.header.Context.Get(key)
		return 0, contextError(key, "must be a whole number of milliseconds, or 0 to wait without end, but is %s", given)
	}
	return time.Duration(ms) * time.Millisecond, nil
}

// AppendJSON appends the fields in Druid's order, which differs between the two types.
func (t *Index) AppendJSON(dst []byte) []byte { return t.appendJSON(dst, t.spec.AppendJSON) }

// appendStored is AppendJSON with the secrets that the task cannot run without, and the mark of one that was proxied.
func (t *Index) appendStored(dst []byte) []byte {
	appendSpec := t.spec.AppendJSON
	if t.secret != nil {
		appendSpec = func(dst []byte) []byte { return append(dst, t.secret...) }
	}
	dst = t.appendJSON(dst, appendSpec)
	if t.proxied {
		dst = append(dst[:len(dst)-1], proxiedMark...)
	}
	return dst
}

func (t *Index) appendJSON(dst []byte, appendSpec func([]byte) []byte) []byte {
	h := &t.header
	dst = appendHead(dst, h)
	if h.Type == typeIndexParallel {
		dst = druid.AppendString(append(dst, `,"groupId":`...), h.GroupID)
	}
	dst = h.Resource.AppendJSON(append(dst, `,"resource":`...))
	dst = appendSpec(append(dst, `,"spec":`...))
	dst = h.Context.AppendJSON(append(dst, `,"context":`...))
	if h.Type == typeIndex {
		dst = druid.AppendString(append(dst, `,"groupId":`...), h.GroupID)
	}
	dst = druid.AppendString(append(dst, `,"dataSource":`...), h.DataSource)
	return append(dst, '}')
}

package task

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/jsontext"
	"ovate/internal/lockbox"
	"ovate/internal/spec"
)

// Remote is a task that runs on one of Druid's own workers, of whatever kind. Only what it has in common with others, and what its kind reads,
// is read here; its JSON is stored and handed on as it was given, with an id and the context's defaults.
type Remote struct {
	header  druid.Task
	given   []byte // one JSON object
	hasID   bool
	outline outline
}

// DecodeRemote makes a task for a worker of its JSON, as it is stored. What Druid takes is left to the worker.
func DecodeRemote(raw []byte, now druid.Instant) (Task, error) { return decodeRemote(raw, now, false) }

// decodeRemote makes a task for a worker of its JSON. An id is made if it brings none. One that is only submitted is refused if Druid would refuse it.
func decodeRemote(raw []byte, now druid.Instant, submitted bool) (Task, error) {
	d, err := spec.Read(raw)
	if err != nil {
		return nil, err
	}
	h, err := d.Header()
	if err != nil {
		return nil, err
	}
	if h.Type == "" {
		return nil, errors.New("missing type id property 'type'")
	}
	if h.Resource, err = d.Resource(); err != nil {
		return nil, err
	}
	if h.GroupID, err = d.Group(); err != nil {
		return nil, err
	}
	kind := KindOf(h.Type)
	if submitted && kind.check != nil {
		if err := kind.check(d); err != nil {
			return nil, err
		}
	}
	t := &Remote{header: h, given: bytes.TrimSpace(raw), hasID: h.ID != ""}
	read := kind.outline
	if read == nil {
		read = outlineOfAny
	}
	if t.outline, err = read(t.given); err != nil && kind.strict {
		return nil, err
	}
	if err := t.complete(kind, now); err != nil {
		return nil, err
	}
	return t, nil
}

// complete fills in what Druid would.
func (t *Remote) complete(kind *Kind, now druid.Instant) error {
	h, o := &t.header, &t.outline
	if h.DataSource = cmp.Or(o.dataSource, kind.dataSource); h.DataSource == "" {
		return noDataSource(kind)
	}
	if err := druid.ValidateID("dataSource", h.DataSource); err != nil {
		return err
	}
	switch {
	case t.hasID:
	case kind.newID != nil:
		h.ID = kind.newID(now)
	default:
		h.ID = druid.NewTaskID(h.Type, h.DataSource, o.within, now)
	}
	if kind.group != nil {
		h.GroupID = kind.group(h.DataSource, o.appends)
	}
	h.Complete()
	if o.forcesChunks {
		h.Context.Set(KeyForceChunks, json.RawMessage("true"))
	}
	return druid.ValidateID("task ID", h.ID) // the data source may be part of it
}

// noDataSource is the error of a task that names none in any place where one of its kind may. What its type may mean is more than is known here.
func noDataSource(kind *Kind) error {
	if kind.unknown {
		return &spec.Error{Path: "type", Problem: fmt.Sprintf("is %q, which is no task type of Druid's own, and a task of an extension needs a data source: "+
			"there is none at dataSource, spec.dataSchema.dataSource or spec.destination.dataSource, where it must be a text", kind.Type)}
	}
	return &spec.Error{Path: "dataSource", Problem: "is missing: it must be the name of a data source"}
}

// Header is the common part.
func (t *Remote) Header() *druid.Task { return &t.header }

// Priority is that of the context or of the kind.
func (t *Remote) Priority() int { return priority(&t.header) }

// check refuses locks that there are not, unless an extension knows better what its tasks are told.
func (t *Remote) check(spec.Limits) error {
	if kind := KindOf(t.header.Type); kind.unknown || !kind.TakesLocks {
		return nil
	}
	return checkLocks(&t.header.Context)
}

// Run is not for this process.
func (t *Remote) Run(context.Context, *Toolbox) error {
	return fmt.Errorf("task[%s] of type [%s] was submitted to run on a worker (druid.indexer.runner.type), and does not run in this process", t.header.ID, t.header.Type)
}

// AppendJSON appends the task as it was given, with its id and its whole context.
func (t *Remote) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	first := len(dst)
	member := func(key, value []byte) {
		if len(dst) > first {
			dst = append(dst, ',')
		}
		dst = append(append(append(append(dst, '"'), key...), '"', ':'), value...)
	}
	for key, value := range jsontext.Members(t.given) {
		if name := string(key); name != "context" && (name != "id" || t.hasID) {
			member(key, value)
		}
	}
	if !t.hasID {
		member([]byte("id"), druid.AppendString(nil, t.header.ID))
	}
	member([]byte("context"), t.header.Context.AppendJSON(nil))
	return append(dst, '}')
}

// Ready takes the locks that Druid's Overlord takes before a task of the kind may run; the worker's process then asks for the same, and for
// what it learns of later. Kinds that are not known here take theirs themselves.
func (t *Remote) Ready(ctx context.Context, c action.Client) (bool, error) {
	if t.outline.ready != nil {
		return t.outline.ready(ctx, c, &t.header)
	}
	return lockAll(ctx, c, t.header.ID, t.Locks())
}

// Locks is what Ready takes, but for what depends on segments that are there.
func (t *Remote) Locks() lockbox.Request {
	if t.outline.locks == nil {
		return lockbox.Request{}
	}
	return t.outline.locks(&t.header)
}

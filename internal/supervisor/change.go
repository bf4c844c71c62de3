package supervisor

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/metadata"
)

// Refusal is why something is not done, for whoever asks for it to mend.
type Refusal struct{ cause error }

// Refuse is a Refusal, as fmt.Errorf words it.
func Refuse(format string, args ...any) error { return refuse(format, args...) }

func refuse(format string, args ...any) error { return &Refusal{fmt.Errorf(format, args...)} }

// Error tells why.
func (r *Refusal) Error() string { return r.cause.Error() }

// Unwrap is the cause.
func (r *Refusal) Unwrap() error { return r.cause }

// FieldError is what is wrong with a field of a spec.
type FieldError struct {
	Field string // spec.dataSchema
	Why   string
}

// Error names the field.
func (e *FieldError) Error() string { return "Field [" + e.Field + "] " + e.Why }

// RefuseField is a Refusal for a FieldError, as fmt.Sprintf words it.
func RefuseField(field, format string, args ...any) error {
	return &Refusal{&FieldError{field, fmt.Sprintf(format, args...)}}
}

// change is that of one supervisor, which no other change touches meanwhile.
type change struct {
	*Manager
	id       string
	release  func()
	claimed  *member // for which there is room, whether it comes to be or not
	handedOn bool    // to the settler, which releases it
}

// change begins one of a supervisor, once no other is under way; the caller ends it.
func (m *Manager) change(ctx context.Context, id string) (*change, error) {
	for {
		var busy chan struct{}
		turn := make(chan struct{})
		done, err := m.begin(func() error {
			if busy = m.busy[id]; busy == nil {
				m.busy[id] = turn
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if busy == nil {
			c := &change{Manager: m, id: id}
			c.release = func() {
				m.mu.Lock()
				if c.claimed != m.members[id] {
					m.taken.forget(c.claimed)
				}
				delete(m.busy, id)
				m.mu.Unlock()
				close(turn)
				done()
			}
			return c, nil
		}
		done()
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// claim has room kept for a supervisor until the change is over, and for as long as it is there then. The error is a *druid.Error if there is none.
func (c *change) claim(next *member) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.claimed = next
	return c.taken.claim(next, c.members[c.id])
}

// finish lets others change the supervisor, unless that is handed on.
func (c *change) finish() {
	if !c.handedOn {
		c.release()
	}
}

// store stores a version of the supervisor and what the history tells of it, and then has it hold: next is the supervisor from then on, nil if there is
// none. Without a version nothing but the history is stored. If ctx ends before anybody knows whether it was stored, the error wraps
// metadata.ErrOutcomeUnknown, and what is stored holds once that is known.
func (c *change) store(ctx context.Context, payload []byte, entry *metadata.AuditRow, next *member) error {
	within, cancel := c.within(ctx)
	defer cancel()
	now := c.options.Now()
	err := c.options.Store.Update(within, func(tx metadata.Tx) error {
		if entry != nil {
			if err := tx.InsertAudit(*entry); err != nil {
				return err
			}
		}
		if payload == nil {
			return nil
		}
		return tx.InsertSupervisor(c.id, payload, now)
	})
	err = c.settler.Settle(within, err, func(ctx context.Context) (bool, error) { return c.stored(ctx, payload, entry) }, func(_ context.Context, err error) {
		defer c.release()
		if err == nil {
			c.hold(next)
		}
	})
	c.handedOn = errors.Is(err, metadata.ErrOutcomeUnknown)
	if err == nil {
		c.hold(next)
	} else if !c.handedOn && errors.Is(context.Cause(within), metadata.ErrTermOver) {
		err = metadata.ErrTermOver
	}
	return err
}

// stored tells whether a change is in the store. A version is no other than the one before it, so that it was stored if it is the newest.
func (c *change) stored(ctx context.Context, payload []byte, entry *metadata.AuditRow) (is bool, err error) {
	if payload == nil {
		return audit.Has(ctx, c.options.Store, entry)
	}
	err = c.options.Store.SupervisorVersions(ctx, c.id, 1, func(row *metadata.SupervisorRow) error {
		is = bytes.Equal(row.Payload, payload)
		return nil
	})
	return is, err
}

// hold has next in the place of what there is, whose tasks end.
func (c *change) hold(next *member) {
	if old := c.find(c.id); old != nil && old.atWork != nil {
		old.atWork.Stop(c.lasts, true)
	}
	c.put(c.id, next)
}

// Suspend has a supervisor rest, or go on, and returns how it is then. A version of its spec is stored that says so; every other byte of that stays.
func (m *Manager) Suspend(ctx context.Context, id string, suspended bool) (*Supervisor, error) {
	c, err := m.change(ctx, id)
	if err != nil {
		return nil, err
	}
	defer c.finish()
	old := m.find(id)
	switch {
	case old == nil:
		return nil, notFound(id)
	case old.spec == nil:
		return nil, refuse("%s. Submit its spec again, or terminate it.", old.rests.Why)
	case old.spec.Suspended == suspended && suspended:
		return nil, refuse("[%s] is already suspended", id)
	case old.spec.Suspended == suspended:
		return nil, refuse("[%s] is already running", id)
	}
	next, err := c.goOn(ctx, old, withSuspended(old.spec.Payload, suspended), old.spec.TaskCount)
	if err != nil {
		return nil, err
	}
	return next.shown(), nil
}

// goOn stores another version of a supervisor's spec, and has it go on by that.
func (c *change) goOn(ctx context.Context, old *member, payload []byte, taskCount int) (*member, error) {
	k, _ := kindOf(old.typ, c.kinds)
	spec, _, err := k.parse(payload)
	if err != nil {
		return nil, err
	}
	spec.ID, spec.TaskCount = c.id, taskCount
	spec.show()
	next := newMember(spec, k, c.host)
	c.mu.Lock()
	next.by = old.by
	c.mu.Unlock()
	return next, c.store(ctx, spec.Payload, nil, next)
}

// rescale has a supervisor go on with another number of tasks, as it wants itself.
func (m *Manager) rescale(one *member, taskCount int, failed func(error)) {
	done, err := m.begin(func() error { return nil })
	if err != nil {
		failed(err)
		return
	}
	go func() {
		defer done()
		if err := m.rescaled(one, taskCount); err != nil {
			failed(err)
		}
	}()
}

// rescaled is rescale; it does nothing to a supervisor that has another spec meanwhile.
func (m *Manager) rescaled(one *member, taskCount int) error {
	c, err := m.change(m.lasts, one.id)
	if err != nil {
		return err
	}
	defer c.finish()
	if m.find(one.id) != one {
		return nil
	}
	_, err = c.goOn(m.lasts, one, withTaskCount(one.spec.Payload, taskCount), taskCount)
	return err
}

// Terminate ends a supervisor. That it has is stored; its history stays.
func (m *Manager) Terminate(ctx context.Context, id string) error {
	c, err := m.change(ctx, id)
	if err != nil {
		return err
	}
	defer c.finish()
	old := m.find(id)
	if old == nil {
		return notFound(id)
	}
	dataSource := ""
	if old.spec != nil {
		dataSource = old.spec.DataSource
	}
	return c.store(ctx, tombstone(dataSource), nil, nil)
}

// submitted is what the audit history tells of a spec that was submitted, as Druid does.
func submitted(ctx context.Context, s *Spec, by asked, now druid.Instant) *metadata.AuditRow {
	row := audit.Entry{
		Key: s.ID, Type: "supervisor", Method: "POST", URI: by.uri, Query: by.query, Time: now,
		Payload: druid.AppendString(nil, fmt.Sprintf("Update supervisor[%s] for datasource[[%s]]", s.ID, s.DataSource)),
	}.Row(ctx)
	return &row
}

package lockbox

import (
	"context"
	"errors"
	"iter"

	"ovate/internal/metadata"
)

// Add makes a task known, which may from now on take locks.
func (b *Lockbox) Add(h Holder) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.sources[h.DataSource]
	if s == nil {
		s = b.newSource(h.DataSource)
		b.sources[h.DataSource] = s
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.members[h.TaskID] == nil {
		s.members[h.TaskID] = &member{Holder: h}
	}
}

// membersTogether is how many members AddAll makes at once. Their memory is free again when the last of them has ended.
const membersTogether = 32

// AddAll is Add for many tasks, which are gone through twice: what is to hold them has its size from the beginning.
func (b *Lockbox) AddAll(holders iter.Seq[Holder]) {
	counts := map[string]int{}
	for h := range holders {
		counts[h.DataSource]++
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for name, n := range counts {
		if b.sources[name] == nil {
			s := b.newSource(name)
			s.members = make(map[string]*member, n)
			b.sources[name] = s
		}
	}
	var made []member
	for h := range holders {
		s := b.sources[h.DataSource]
		s.mu.Lock()
		if s.members[h.TaskID] == nil {
			if len(made) == cap(made) {
				made = make([]member, 0, membersTogether)
			}
			made = append(made, member{Holder: h})
			s.members[h.TaskID] = &made[len(made)-1]
		}
		s.mu.Unlock()
	}
}

// forget drops what is kept of a data source without tasks, unless its latest version is still to come: that would become the
// floor of all others.
func (b *Lockbox) forget(s *source) {
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.members) == 0 && s.newest <= now && b.sources[s.name] == s {
		delete(b.sources, s.name)
		b.floor = max(b.floor, s.newest)
	}
}

// End takes a task out of the lockbox. The commit function makes the end durable: in one transaction it must end
// the task and delete its lock rows. While it runs the task is granted nothing more; when it has succeeded, or finds that the
// task has ended already (metadata.ErrNotActive), the task's locks are freed; when it fails the task keeps them.
func (b *Lockbox) End(dataSource, taskID string, commit func() error) (err error) {
	s := b.source(dataSource)
	s.mu.Lock()
	m := s.members[taskID]
	if m != nil {
		if m.ending++; m.ending == 1 {
			m.settled = make(chan struct{})
		}
	}
	s.mu.Unlock()
	if m == nil {
		return commit()
	}
	over := false // a panic is a failure
	defer func() {
		s.mu.Lock()
		if over {
			delete(s.members, taskID)
		}
		if m.ending--; m.ending == 0 {
			close(m.settled)
		}
		free := !over || s.drop(m) // whoever was refused a lock because of this end may try again
		s.mu.Unlock()
		if over {
			b.forget(s)
		}
		if free {
			b.freed(s.name)
		}
	}()
	err = commit()
	over = err == nil || errors.Is(err, metadata.ErrNotActive)
	return err
}

// Settled returns once no end of the task is being written. It returns the cause if ctx ends before.
func (b *Lockbox) Settled(ctx context.Context, h Holder) error {
	s := b.source(h.DataSource)
	s.mu.Lock()
	m := s.members[h.TaskID]
	var settled chan struct{}
	if m != nil {
		settled = m.settled
	}
	s.mu.Unlock()
	if settled == nil {
		return nil
	}
	select {
	case <-settled:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// active is nil if the task of m may be granted locks. The caller holds the source's mu.
func (m *member) active() error {
	switch {
	case m == nil:
		return ErrInactive
	case m.ending > 0:
		return ErrEnding
	default:
		return nil
	}
}

// drop takes every lock from m, which has ended, and tells whether there was one. Who waits for a lock for m itself learns of it in any case.
func (s *source) drop(m *member) bool {
	posses := m.posses
	m.posses = nil
	for _, p := range posses {
		s.leave(p, m.TaskID)
	}
	s.signal()
	return len(posses) > 0
}

// leave takes a task out of a posse, which vanishes with its last task. A task may have left before: two wider locks of one request replace the same
// narrower one, and a task ends while a lock of its own is being replaced.
func (s *source) leave(p *posse, taskID string) {
	h := p.holds[taskID]
	if h == nil {
		return
	}
	if h.alone {
		p.alone--
	}
	delete(p.holds, taskID)
	if len(p.holds) == 0 {
		s.locks.remove(p)
		s.count.Add(-1)
	}
}

// signal wakes everyone who waits for a lock of this data source.
func (s *source) signal() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func (m *member) forget(p *posse) {
	for i, q := range m.posses {
		if p == q {
			m.posses = append(m.posses[:i], m.posses[i+1:]...)
			return
		}
	}
}

package supervisor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"ovate/druid"
	"ovate/internal/metadata"
)

// ErrStarted means that Start was called before.
var ErrStarted = errors.New("the supervisors were started already")

// Options are what a Manager works with.
type Options struct {
	// Store refuses writes once the term of leadership is over; its faults have types.
	Store metadata.Store
	// Now never goes back. Wall is the machine's clock; druid.Now if nil.
	Now, Wall func() druid.Instant
	Log       *slog.Logger
	// Meter is told what supervisors do; nil: nobody is.
	Meter Meter
	// Kinds are how supervisors run: of types that Druid has, and of some that it has not.
	Kinds []Kind
}

// Manager has the supervisors of one term of leadership run that are stored. Make one with New, let it run with Start, end it with Stop: once each, in
// any order, from any goroutines.
type Manager struct {
	options Options
	kinds   []Kind
	settler *metadata.Settler
	lasts   context.Context // ends when the manager begins to stop
	end     context.CancelFunc
	changes sync.WaitGroup // begun under mu, and not once the manager stops

	mu       sync.Mutex // guards what follows; never held over I/O
	started  bool
	stopping bool
	host     Host
	members  map[string]*member
	taken    taken                    // by members, and by those that are to be
	busy     map[string]chan struct{} // the ids of those that are being changed; closed when that has ended
	ended    chan struct{}            // closed when nothing runs any more
}

// New makes a manager of no supervisors yet.
func New(o Options) *Manager {
	if o.Wall == nil {
		o.Wall = druid.Now
	}
	if o.Meter == nil {
		o.Meter = Unmetered{}
	}
	m := &Manager{options: o, kinds: kindsWith(o.Kinds), members: map[string]*member{}, taken: newTaken(), busy: map[string]chan struct{}{}, ended: make(chan struct{})}
	m.lasts, m.end = context.WithCancel(context.Background())
	m.settler = metadata.NewSettler(m.lasts)
	return m
}

// Start reads what is stored, and has it run. When it returns every supervisor is known. A second Start gives ErrStarted, one after Stop
// metadata.ErrTermOver; so does one that Stop comes upon. After an error there is nothing but Stop.
func (m *Manager) Start(ctx context.Context, tasks Tasks) error {
	done, err := m.begin(func() error {
		if m.started {
			return ErrStarted
		}
		m.started = true
		m.host = Host{Tasks: tasks, Store: m.options.Store, Now: m.options.Now, Wall: m.options.Wall, Log: m.options.Log, Meter: m.options.Meter, rescaleOne: m.rescale}
		return nil
	})
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := m.within(ctx)
	defer cancel()
	rows, err := m.options.Store.Supervisors(ctx)
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		if m.lasts.Err() != nil {
			return metadata.ErrTermOver
		}
		return fmt.Errorf("read the supervisors: %w", err)
	}
	var rest []string
	var gone []left
	for i := range rows {
		row := &rows[i]
		if row.Terminated() {
			if l, is := leftBy(row); is {
				gone = append(gone, l)
			}
			continue
		}
		one := m.recovered(row)
		m.put(row.SpecID, one)
		if one.rests.Why != "" {
			rest = append(rest, one.id)
		}
	}
	if len(rest) > 0 {
		m.options.Log.Warn("supervisors do not run; their status tells why", "how many", len(rest), "one of them", rest[0])
	}
	for _, aside := range []func(){m.recall, func() { m.finishLeft(gone) }} {
		done, err := m.begin(func() error { return nil })
		if err != nil {
			return err
		}
		go func() {
			defer done()
			aside()
		}()
	}
	return nil
}

// recovered is the supervisor of its newest row.
func (m *Manager) recovered(row *metadata.SupervisorRow) *member {
	if row.Unreadable != nil {
		return unreadableMember(row.SpecID, row.Type, row.Unreadable)
	}
	k, _ := kindOf(row.Type, m.kinds)
	spec, _, err := k.parse(row.Payload)
	if err != nil {
		return unreadableMember(row.SpecID, row.Type, err)
	}
	spec.ID = row.SpecID
	spec.show()
	return newMember(spec, k, m.host)
}

// put has a supervisor run; nil: none of that id is there from then on. The id is the caller's to change, and nothing of it is at work.
func (m *Manager) put(id string, next *member) {
	m.mu.Lock()
	m.taken.forget(m.members[id])
	m.taken.count(next)
	if next == nil {
		delete(m.members, id)
	} else {
		m.members[id] = next
	}
	m.mu.Unlock()
	if next != nil && next.atWork != nil {
		next.atWork.Start() // a Stop that comes meanwhile waits for this change, and then stops it
	}
}

// begin notes that something is at work that a Stop waits for, if claim, which is called under mu, agrees; done ends that.
func (m *Manager) begin(claim func() error) (done func(), err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopping {
		return nil, metadata.ErrTermOver
	}
	if err := claim(); err != nil {
		return nil, err
	}
	m.changes.Add(1)
	return m.changes.Done, nil
}

// within is a context that ends, too, when the manager stops.
func (m *Manager) within(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(m.lasts, func() { cancel(metadata.ErrTermOver) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// Stop ends all of them, and leaves their tasks as they are. When it returns, whoever called it, nothing of them is at work, and what was accepted is
// stored, or its term is over.
func (m *Manager) Stop() {
	m.mu.Lock()
	again := m.stopping
	m.stopping = true
	m.mu.Unlock()
	if again {
		<-m.ended
		return
	}
	m.end()
	m.settler.Stop()
	m.changes.Wait()
	var all sync.WaitGroup
	for _, one := range m.all() {
		if one.atWork != nil {
			all.Go(func() { one.atWork.Stop(m.lasts, false) })
		}
	}
	all.Wait()
	close(m.ended)
}

// all are those that there are, in the order of their ids.
func (m *Manager) all() []*member {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]*member, 0, len(m.members))
	for _, id := range slices.Sorted(maps.Keys(m.members)) {
		all = append(all, m.members[id])
	}
	return all
}

// find is the one of an id; nil if there is none.
func (m *Manager) find(id string) *member {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.members[id]
}

// All are those that were not terminated, in the order of their ids.
func (m *Manager) All() []*Supervisor {
	members := m.all()
	all := make([]*Supervisor, len(members))
	for i, one := range members {
		all[i] = one.shown()
	}
	return all
}

// Get is one of them. The error is metadata.ErrNotFound if there is none, or it was terminated.
func (m *Manager) Get(id string) (*Supervisor, error) {
	if one := m.find(id); one != nil {
		return one.shown(), nil
	}
	return nil, notFound(id)
}

func notFound(id string) error { return fmt.Errorf("supervisor %s: %w", id, metadata.ErrNotFound) }

package queue

import (
	"context"
	"slices"

	"ovate/druid"
)

// News is how a task is since it has changed.
type News struct {
	ID, Type, DataSource string
	// Runner and Location are as lists show them; of a task that has ended, as they did last. One that was active before, and whose turn has not come yet,
	// may run all the same: Active tells where.
	Runner   druid.RunnerState
	Location druid.TaskLocation
	// Ended tells that it has a final status. Which one tells Status.
	Ended bool
}

// Follower hears of the tasks of some types or of any, of one data source or of all: that they came, run, run at another place, or have ended. It is told of
// each task how it is now, once for however much has changed since it asked last. So nothing gets lost, the queue never waits for it, and what it
// has not asked for yet takes the memory of one entry a task.
type Follower struct {
	queue      *Queue
	dataSource string // empty: all
	types      []string
	own        func(id string) bool // nil: all
	wake       chan struct{}        // holds something if tasks have changed
	life       context.Context
	end        context.CancelFunc

	// The queue's mu guards these.
	changed []*entry // in the order in which they did first
	listed  map[*entry]bool
}

// Follow begins to follow the tasks of a data source, or of all if it is empty, that are of some types, or of any if none is given. Those that are active at this moment count as
// changed. What happens in other data sources costs a follower of one nothing.
func (q *Queue) Follow(dataSource string, types ...string) *Follower {
	return q.FollowOwn(dataSource, nil, types...)
}

// FollowOwn is Follow for one whom only some tasks concern, by their ids: what happens to others takes no memory, however many follow the tasks of one data source.
// own is asked while the queue waits.
func (q *Queue) FollowOwn(dataSource string, own func(id string) bool, types ...string) *Follower {
	f := &Follower{queue: q, dataSource: dataSource, types: types, own: own, wake: make(chan struct{}, 1), listed: map[*entry]bool{}}
	f.life, f.end = context.WithCancel(q.halted)
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range q.listed(dataSource).entries {
		if e != nil {
			f.note(e)
		}
	}
	q.followers[dataSource] = append(q.followers[dataSource], f)
	return f
}

// Stop ends it; whoever waits for news hears ErrStopped.
func (f *Follower) Stop() {
	f.end()
	f.queue.mu.Lock()
	defer f.queue.mu.Unlock()
	others := slices.DeleteFunc(f.queue.followers[f.dataSource], func(other *Follower) bool { return other == f })
	if f.queue.followers[f.dataSource] = others; len(others) == 0 {
		delete(f.queue.followers, f.dataSource)
	}
	f.changed, f.listed = nil, nil
}

// Changed holds something once tasks have changed since they were told last, for whoever waits for other things, too; Next tells which then.
func (f *Follower) Changed() <-chan struct{} { return f.wake }

// Next waits until tasks have changed, and tells how they are now. The error is ErrStopped once the follower is stopped, or the queue stops: what is
// active then, whoever leads next finds.
func (f *Follower) Next(ctx context.Context) ([]News, error) {
	for {
		if f.life.Err() != nil {
			return nil, ErrStopped
		}
		if news := f.take(); len(news) > 0 {
			return news, nil
		}
		select {
		case <-f.wake:
		case <-f.life.Done():
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// take is the news that there is.
func (f *Follower) take() []News {
	f.queue.mu.Lock()
	defer f.queue.mu.Unlock()
	news := make([]News, len(f.changed))
	for i, e := range f.changed {
		p := e.now()
		news[i] = News{ID: e.id, Type: e.typ, DataSource: e.identity.DataSource, Runner: p.runner, Location: p.location, Ended: p.stage.ended()}
	}
	f.changed = nil
	clear(f.listed)
	select { // nobody is to be woken for what was told
	case <-f.wake:
	default:
	}
	return news
}

// note notes that a task has changed. The caller holds the queue's mu.
func (f *Follower) note(e *entry) {
	if f.own != nil && !f.own(e.id) || f.listed[e] || len(f.types) > 0 && !slices.Contains(f.types, e.typ) {
		return
	}
	f.listed[e] = true
	f.changed = append(f.changed, e)
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// tell tells who follows a task that it has changed. The caller holds mu.
func (q *Queue) tell(e *entry) {
	for _, f := range q.followers[""] {
		f.note(e)
	}
	for _, f := range q.followers[e.identity.DataSource] { // which is never empty
		f.note(e)
	}
}

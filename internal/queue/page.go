package queue

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/metadata"
)

// PageQuery selects a page of tasks. The zero value of each filter but Max selects all.
type PageQuery struct {
	DataSource, Type, GroupID string
	// State is WAITING, PENDING, RUNNING, SUCCESS, FAILED or Complete.
	State string
	// IDPart is a text that the id contains.
	IDPart string
	// Created is when the task was submitted.
	Created *druid.Interval
	// After is the place behind which the page begins, as a page before told it; nil is the first page.
	After *metadata.TaskPlace
	// Max is the most tasks of the page, of which there is at least one.
	Max int
}

// Complete is Druid's word for tasks that have ended, however.
const Complete = "COMPLETE"

// Page is a page of tasks, the newest first. It may have fewer than were asked for, or none, and a next one all the same, where few of those that were looked at
// match: no page takes longer to find than so many take.
type Page struct {
	Tasks []druid.TaskStatusPlus
	// Next is the place behind which the next page begins; nil after the last page.
	Next *metadata.TaskPlace
}

// TaskCounts is how many tasks there are, by their state.
type TaskCounts struct{ Waiting, Pending, Running, Success, Failed int }

// Add counts a task. One that has ended and cannot be read has no state.
func (n *TaskCounts) Add(t *druid.TaskStatusPlus) {
	switch {
	case t.State == druid.Success:
		n.Success++
	case t.State == druid.Failed:
		n.Failed++
	case t.State != druid.Running:
	case t.Runner == druid.RunnerRunning:
		n.Running++
	case t.Runner == druid.Pending:
		n.Pending++
	default:
		n.Waiting++
	}
}

// Page is a page of the tasks that match, active or not. A task keeps its place, whatever its state becomes, so that none comes on two pages, and none that
// matches all the time is left out.
func (q *Queue) Page(ctx context.Context, query PageQuery) (Page, error) {
	active, known, err := q.activePage(ctx, &query) // before the store is asked: what ends meanwhile is in both
	if err != nil || !query.final() {
		return pageOf(active, nil, known, query.Max), err
	}
	stored, err := q.store.TaskPage(ctx, query.stored())
	if err != nil {
		return Page{}, err
	}
	final := make([]placed, 0, len(stored.Rows))
	ended := make(map[string]bool, len(stored.Rows))
	for i := range stored.Rows {
		row := &stored.Rows[i]
		ended[row.ID] = true
		final = append(final, placed{placeOf(row.Created, row.ID), rowStatus(row, druid.NoRunner)})
	}
	active = slices.DeleteFunc(active, func(t placed) bool { return ended[t.status.ID] })
	return pageOf(active, final, nearer(known, stored.Next), query.Max), nil
}

// Count counts the tasks that match, wherever a page would begin: of the final ones, up to MostCounted that succeeded, and that failed.
func (q *Queue) Count(ctx context.Context, query PageQuery) (counts TaskCounts, err error) {
	if !query.onlyFinal() {
		entries, err := q.notEnded(ctx, q.snapshot(query.DataSource))
		if err != nil {
			return counts, err
		}
		for _, e := range entries {
			p := e.now()
			if !query.matches(e, p) {
				continue
			}
			switch p.runner {
			case druid.RunnerRunning:
				counts.Running++
			case druid.Pending:
				counts.Pending++
			default:
				counts.Waiting++
			}
		}
	}
	if !query.final() {
		return counts, nil
	}
	stored := query.stored()
	stored.After, stored.Max = nil, MostCounted
	for state, n := range map[druid.TaskState]*int{druid.Success: &counts.Success, druid.Failed: &counts.Failed} {
		if !query.inState(string(state), true) {
			continue
		}
		stored.State = state
		if *n, err = q.store.CountTasks(ctx, stored); err != nil {
			return counts, err
		}
	}
	return counts, nil
}

// MostCounted is the most final tasks of a state that Count counts.
const MostCounted = 1_000_000

// onlyFinal tells whether the query is of final tasks alone.
func (q *PageQuery) onlyFinal() bool {
	return q.State == string(druid.Success) || q.State == string(druid.Failed) || q.State == Complete
}

// inState tells whether tasks of a state are wanted, which have ended or not.
func (q *PageQuery) inState(state string, ended bool) bool {
	return q.State == "" || q.State == state || q.State == Complete && ended
}

// final tells whether the query is of final tasks, too.
func (q *PageQuery) final() bool { return q.State == "" || q.onlyFinal() }

// stored is the query for the final tasks.
func (q *PageQuery) stored() metadata.TaskPageQuery {
	state := druid.TaskState(q.State)
	if q.State == Complete {
		state = "" // all that are stored as final are
	}
	return metadata.TaskPageQuery{
		DataSource: q.DataSource, Type: q.Type, GroupID: q.GroupID, State: state, IDPart: q.IDPart, Created: q.Created, After: q.After, Max: q.Max,
	}
}

// matches tells whether an active task passes the filters, but for that of its place.
func (q *PageQuery) matches(e *entry, p *phase) bool {
	return p.listed() && q.inState(string(p.runner), false) && (q.DataSource == "" || q.DataSource == e.identity.DataSource) &&
		(q.Type == "" || q.Type == e.typ) && (q.GroupID == "" || q.GroupID == e.identity.GroupID) && strings.Contains(e.id, q.IDPart) &&
		(q.Created == nil || q.Created.Contains(e.created))
}

// placed is a task with its place in the list.
type placed struct {
	place  metadata.TaskPlace
	status druid.TaskStatusPlus
}

func placeOf(created druid.Instant, id string) metadata.TaskPlace {
	return metadata.TaskPlace{Created: created.String(), ID: id}
}

// nearer is the one of two places that comes before the other; nil is behind all.
func nearer(a, b *metadata.TaskPlace) *metadata.TaskPlace {
	if a == nil || b != nil && b.Before(*a) {
		return b
	}
	return a
}

// pageOf merges active and final tasks. Those up to the place known are all there are; nil is all of them.
func pageOf(active, final []placed, known *metadata.TaskPlace, most int) (page Page) {
	all := append(active, final...)
	slices.SortFunc(all, func(a, b placed) int {
		return cmp.Or(strings.Compare(b.place.Created, a.place.Created), strings.Compare(b.place.ID, a.place.ID))
	})
	for i := range all {
		if known != nil && known.Before(all[i].place) {
			break
		}
		if len(page.Tasks) == most {
			page.Next = &all[i-1].place
			return page
		}
		page.Tasks = append(page.Tasks, all[i].status)
	}
	page.Next = known
	return page
}

// activePage are the active tasks that match, the newest first, and the place up to which they are all there are.
func (q *Queue) activePage(ctx context.Context, query *PageQuery) (page []placed, known *metadata.TaskPlace, err error) {
	if query.onlyFinal() {
		return nil, nil, nil
	}
	var entries []*entry
	for e := range q.newestFirst(query.DataSource, query.After) {
		if !query.matches(e, e.now()) {
			continue
		}
		if len(entries) == query.Max {
			last := entries[len(entries)-1].place()
			known = &last
			break
		}
		entries = append(entries, e)
	}
	if entries, err = q.notEnded(ctx, entries); err != nil {
		return nil, nil, err
	}
	for _, e := range entries {
		if p := e.now(); !p.stage.ended() {
			page = append(page, placed{e.place(), e.status(p)})
		}
	}
	return page, known, nil
}

func (e *entry) place() metadata.TaskPlace { return placeOf(e.created, e.id) }

// newestFirst walks over the active tasks of a data source, or all if it is empty, that stand behind a place. Nothing is held meanwhile.
func (q *Queue) newestFirst(dataSource string, after *metadata.TaskPlace) iter.Seq[*entry] {
	const together = 256
	return func(yield func(*entry) bool) {
		for {
			q.mu.Lock()
			some := q.listed(dataSource).behind(after, together)
			q.mu.Unlock()
			for _, e := range some {
				if !yield(e) {
					return
				}
			}
			if len(some) < together {
				return
			}
			last := some[len(some)-1].place()
			after = &last
		}
	}
}

// Matches tells whether a task, active or not, passes the filters, but for that of its place.
func (q *PageQuery) Matches(t *druid.TaskStatusPlus) bool {
	state := string(t.State)
	if t.State == druid.Running {
		state = string(t.Runner)
	}
	return q.inState(state, t.State != druid.Running) && (q.DataSource == "" || q.DataSource == t.DataSource) && (q.Type == "" || q.Type == t.Type) &&
		(q.GroupID == "" || q.GroupID == t.GroupID) && strings.Contains(t.ID, q.IDPart) && (q.Created == nil || q.Created.Contains(t.Created))
}

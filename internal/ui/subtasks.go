package ui

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"

	"ovate/druid"
	"ovate/internal/chart"
	"ovate/internal/queue"
)

// subTasks are the tasks that one has submitted to do its work.
type subTasks struct {
	Tasks  []row // the newest first
	More   bool  // there are older ones
	Phases []phase
	Axis   template.HTML
}

// phase is the sub-tasks of one type, which do the same.
type phase struct {
	Name                           string
	All, Succeeded, Failed, Active int
	Span                           druid.Interval // from the first that was submitted on
	tasks                          []row
}

// subTasksShown is how many a page shows, and lanesShown how many run side by side on the time axis, of each phase.
const (
	subTasksShown = 500
	lanesShown    = 12
)

// subTasks are those of a task; nil if it has none. Only Druid's workers run tasks that have some.
func (c *call) subTasks(of *druid.TaskStatusPlus) (*subTasks, error) {
	if !c.Places.Workers || of.Type != "index_parallel" && of.Type != "compact" {
		return nil, nil
	}
	found, err := c.page(queue.PageQuery{GroupID: of.ID, DataSource: of.DataSource, Created: &druid.Interval{Start: of.Created, End: c.Tasks.Now() + 1}, Max: subTasksShown + 1})
	if err != nil {
		return nil, err
	}
	tasks := slices.DeleteFunc(found.Tasks, func(t druid.TaskStatusPlus) bool { return t.ID == of.ID })
	if len(tasks) == 0 {
		return nil, nil
	}
	s := &subTasks{More: found.Next != nil || len(tasks) > subTasksShown}
	for _, t := range tasks[:min(len(tasks), subTasksShown)] {
		s.Tasks = append(s.Tasks, row(t))
	}
	s.Phases = phasesOf(s.Tasks, c.Tasks.Now())
	s.Axis = chart.Axis(phaseLanes(s.Phases, c.Tasks.Now()), fmt.Sprintf("%d sub-tasks of %s over time", len(s.Tasks), of.ID))
	return s, nil
}

// ranOver is from when a task was submitted on, as long as it ran, or runs.
func ranOver(t *row, now druid.Instant) druid.Interval {
	end := now
	if !t.Active() {
		end = t.Created + druid.Instant(max(t.Duration, 0))
	}
	return druid.Interval{Start: t.Created, End: max(end, t.Created+1)}
}

// phasesOf are the phases in the order in which they began.
func phasesOf(tasks []row, now druid.Instant) (all []phase) {
	for i := range tasks {
		t := &tasks[i]
		at := slices.IndexFunc(all, func(p phase) bool { return p.Name == t.Type })
		span := ranOver(t, now)
		if at < 0 {
			at, all = len(all), append(all, phase{Name: t.Type, Span: span})
		}
		p := &all[at]
		p.tasks = append(p.tasks, *t)
		p.Span = druid.Interval{Start: min(p.Span.Start, span.Start), End: max(p.Span.End, span.End)}
		p.All++
		switch {
		case t.Active():
			p.Active++
		case t.State == druid.Success:
			p.Succeeded++
		default:
			p.Failed++
		}
	}
	slices.SortStableFunc(all, func(a, b phase) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	return all
}

// phaseLanes are lanes of all phases, one phase below the other.
func phaseLanes(phases []phase, now druid.Instant) (all []chart.Lane) {
	for _, p := range phases {
		var bars []chart.Bar
		for i := range p.tasks {
			t := &p.tasks[i]
			span := ranOver(t, now)
			bars = append(bars, chart.Bar{Span: span, Class: barClass(t), Title: fmt.Sprintf("%s: %s, %s ms", t.ID, t.Is(), count(int64(span.End-span.Start)))})
		}
		beside := lanes(bars, lanesShown)
		if len(beside) > 0 {
			beside[0].Name = p.Name
		}
		all = append(all, beside...)
	}
	return all
}

// barClass is the look of a sub-task.
func barClass(t *row) string {
	switch {
	case t.Active():
		return "runs"
	case t.State == druid.Success:
		return "ran"
	}
	return "broke"
}

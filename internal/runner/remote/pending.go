package remote

import (
	"container/heap"
	"container/list"

	"ovate/internal/task"
)

// pendingRuns are the tasks that wait for a worker, by their precedence, then in the order in which they came. Those that differ in nothing by which a worker is chosen
// stand in one line: where there is no room for one of them there is none for the others, which need not be looked at.
type pendingRuns struct {
	lines map[line]*list.List // of *run
	last  int                 // the number of the task that came last
}

// line is what its tasks have in common.
type line struct {
	Demand     // without its group
	precedence int
	recovered  bool
	here       bool   // they are to run in this process
	of         string // the task that they are parts of
}

func lineOf(at *run) line {
	l := line{Demand: at.demand(), precedence: at.Precedence(), recovered: at.Recovered(), here: at.Place() == task.InProcess, of: at.partOf()}
	l.Group = ""
	return l
}

// add lets a task wait, behind all others of its line if it is new.
func (p *pendingRuns) add(at *run) {
	if at.number == 0 {
		p.last++
		at.number = p.last
	}
	l := p.lines[lineOf(at)]
	if l == nil {
		l = list.New()
		p.lines[lineOf(at)] = l
	}
	before := l.Back()
	for before != nil && before.Value.(*run).number > at.number {
		before = before.Prev()
	}
	if before == nil {
		at.place = l.PushFront(at)
	} else {
		at.place = l.InsertAfter(at, before)
	}
}

// remove takes a task out, if it waits.
func (p *pendingRuns) remove(at *run) {
	if at.place == nil {
		return
	}
	key := lineOf(at)
	l := p.lines[key]
	l.Remove(at.place)
	at.place = nil
	if l.Len() == 0 {
		delete(p.lines, key)
	}
}

// verdict is how a pass goes on after a task.
type verdict int

const (
	next     verdict = iota
	skipLine         // nor is there room for others of its line
)

// pass looks at the tasks in their order. The function may remove the task it is given.
func (p *pendingRuns) pass(look func(at *run) verdict) {
	fronts := make(fronts, 0, len(p.lines))
	for _, l := range p.lines {
		fronts = append(fronts, l.Front())
	}
	heap.Init(&fronts)
	for len(fronts) > 0 {
		e := fronts[0]
		after := e.Next()
		if look(e.Value.(*run)) == skipLine || after == nil {
			heap.Pop(&fronts)
		} else {
			fronts[0] = after
			heap.Fix(&fronts, 0)
		}
	}
}

// fronts is a heap of the first tasks of the lines, the one whose turn it is on top.
type fronts []*list.Element

func (f fronts) Len() int      { return len(f) }
func (f fronts) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f *fronts) Push(x any)   { *f = append(*f, x.(*list.Element)) }
func (f fronts) Less(i, j int) bool {
	a, b := f[i].Value.(*run), f[j].Value.(*run)
	if a.Precedence() != b.Precedence() {
		return a.Precedence() > b.Precedence()
	}
	return a.number < b.number
}
func (f *fronts) Pop() any {
	last := (*f)[len(*f)-1]
	*f = (*f)[:len(*f)-1]
	return last
}

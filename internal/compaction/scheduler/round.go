package scheduler

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"ovate/druid"
	"ovate/internal/compaction"
	"ovate/internal/compaction/choice"
	"ovate/internal/compaction/goal"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/task"
)

// rounds is what a round leaves for the next.
type rounds struct {
	of      map[string]*look
	running map[string]*choice.Running // the compact tasks that are active, by id
	own     map[string]*submitted      // those that were submitted here, by id
	leaving map[string]bool            // those that were cancelled here, by id
	ended   []*outcome                 // of those, that nobody has settled yet
}

func newRounds() rounds {
	return rounds{of: map[string]*look{}, running: map[string]*choice.Running{}, own: map[string]*submitted{}, leaving: map[string]bool{}}
}

// submitted is a task of ours.
type submitted struct {
	goal            *goal.Goal
	interval, reach druid.Interval
	began           druid.Instant
}

// look is what is known of a data source. What has not changed is not looked at again.
type look struct {
	goal   *goal.Goal
	stock  stock
	failed map[druid.Interval]choice.Trial
	left   *choice.Left
	tries  int // how often failed and settled have changed
	health health

	survey    *choice.Survey
	surveyed  int // the stock's version then
	judgement *choice.Judgement
	judged    judged
}

// judged is what a judgement went by.
type judged struct {
	survey *choice.Survey
	tries  int
	policy string
	busy   []druid.Interval
}

func (j *judged) same(other *judged) bool {
	return j.survey == other.survey && j.tries == other.tries && j.policy == other.policy && slices.Equal(j.busy, other.busy)
}

// run is one round.
func (s *Scheduler) run(ctx context.Context) error {
	s.round.Lock()
	defer s.round.Unlock()
	cluster, err := s.Config.Read(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.enabled = cluster.UseSupervisors
	if !s.enabled {
		s.changed, s.told = map[string][]druid.Interval{}, nil
		s.news.ended = nil
	}
	s.mu.Unlock()
	if !cluster.UseSupervisors {
		s.rounds = newRounds()
		return nil
	}
	if err := s.reckon(ctx); err != nil {
		return err
	}
	all, err := s.look(ctx, s.Now())
	if err != nil {
		return err
	}
	s.settle()
	judgements, told := s.judge(all, cluster)
	taken := 0
	for _, r := range s.running {
		taken += r.Slots
	}
	chosen := choice.Choose(judgements, &cluster.Policy, choice.FreeSlots(cluster, s.slots(), taken))
	trouble := s.submit(ctx, chosen, told)
	s.mu.Lock()
	s.told = told
	s.mu.Unlock()
	return trouble
}

// slots are all that there are for tasks.
func (s *Scheduler) slots() int {
	c := s.tasks.Capacity()
	return max(c.Current, c.Maximum)
}

// look brings up to date what is known of each data source, and returns it in the order of their names.
func (s *Scheduler) look(ctx context.Context, now druid.Instant) (all []*look, err error) {
	s.mu.Lock()
	goals := maps.Clone(s.goals)
	s.mu.Unlock()
	maps.DeleteFunc(s.of, func(name string, _ *look) bool { return goals[name] == nil })
	for _, name := range slices.Sorted(maps.Keys(goals)) {
		l := s.of[name]
		if l == nil || l.goal != goals[name] {
			next := &look{goal: goals[name], failed: map[druid.Interval]choice.Trial{}, left: choice.NewLeft(), health: health{Thresholds: s.Thresholds}}
			if l != nil {
				next.stock = l.stock
			}
			l = next
			s.of[name] = l
		}
		s.mu.Lock()
		changed := s.changed[name]
		delete(s.changed, name)
		s.mu.Unlock()
		if err := l.stock.refresh(ctx, s.Store, name, changed, now); err != nil {
			s.Changed(name, changed)
			return nil, err
		}
		if l.survey == nil || l.surveyed != l.stock.version {
			l.observe()
		}
		all = append(all, l)
	}
	return all, nil
}

// observe surveys what is there.
func (l *look) observe() {
	l.survey, l.surveyed = choice.Of(l.goal, l.stock.segments, l.stock.came, l.stock.parsed, l.left), l.stock.version
	l.forget()
}

// forget forgets how tasks have ended for intervals that are not there any more.
func (l *look) forget() {
	there := map[druid.Interval]bool{}
	for i := range l.survey.Candidates {
		there[l.survey.Candidates[i].Interval] = true
	}
	maps.DeleteFunc(l.failed, func(i druid.Interval, _ choice.Trial) bool { return !there[i] })
	l.left.Forget(l.survey)
}

// judge decides about every data source.
func (s *Scheduler) judge(all []*look, cluster *compaction.Cluster) (judgements []*choice.Judgement, told map[string]*Snapshot) {
	working := s.working()
	told = map[string]*Snapshot{}
	for _, l := range all {
		told[l.goal.DataSource] = &Snapshot{DataSource: l.goal.DataSource, Status: Running}
		if l.goal.Engine == "" && cluster.Engine != "native" {
			told[l.goal.DataSource].Message = fmt.Sprintf("Nothing is compacted: the engine of the cluster's compaction config is [%s], and this version makes compact tasks for the engine [native] alone.",
				cluster.Engine)
			continue
		}
		if l.survey.Endless {
			told[l.goal.DataSource].Message = "Nothing is compacted: there are segments without a beginning or an end."
			continue
		}
		now, atWork := s.Now(), working[l.goal.DataSource]
		j := l.judge(s.busy(l, atWork), &cluster.Policy, now)
		judgements = append(judgements, l.health.allow(j, len(atWork) > 0, now))
		told[l.goal.DataSource].tell(j, &l.health)
	}
	return judgements, told
}

// busy is where tasks of a data source are at work, or its rows cannot be read.
func (s *Scheduler) busy(l *look, working []druid.Interval) []druid.Interval {
	working = append(working, l.stock.unreadable...)
	for _, lock := range s.locks.Find(lockbox.Filter{DataSource: l.goal.DataSource, MinPriority: l.goal.Priority, IgnoreAppend: l.goal.IgnoresAppends}) {
		working = append(working, lock.Interval)
	}
	return druid.CondenseIntervals(working)
}

// judge decides, or has decided before if nothing has changed since.
func (l *look) judge(busy []druid.Interval, policy *compaction.Policy, now druid.Instant) *choice.Judgement {
	next := judged{survey: l.survey, tries: l.tries, policy: policy.Key(), busy: busy}
	if l.judgement == nil || !l.judged.same(&next) || now >= l.judgement.Next {
		by := choice.Circumstances{Policy: policy, Busy: busy, Failed: l.failed, Now: now}
		l.judgement, l.judged = choice.Judge(l.survey, &by, nil), next
	}
	return l.judgement
}

// submit has candidates compacted. A task that is refused counts as one that has failed, and keeps no other from being submitted.
func (s *Scheduler) submit(ctx context.Context, chosen []*choice.Candidate, told map[string]*Snapshot) error {
	for _, c := range chosen {
		l := s.of[c.DataSource]
		changed, err := l.stock.take(ctx, s.Store, c.DataSource, []druid.Interval{c.Reach})
		if err != nil {
			return err
		}
		if changed {
			continue // by another program: it is decided anew in the next round
		}
		refused, err := s.add(ctx, l.goal, c)
		switch {
		case err != nil:
			return err
		case refused != nil:
			s.Log.Warn("a compact task is refused; it is tried again later", "data source", c.DataSource, "interval", c.Interval, "why", refused)
			l.fail(c.Interval, fmt.Sprintf("it is refused: %v", refused), s.Now())
			l.health.tell(told[c.DataSource])
		default:
			told[c.DataSource].begin(c)
		}
	}
	return nil
}

// add submits the task of a candidate. Refused is why the task cannot be; the error is that nobody can submit one now.
func (s *Scheduler) add(ctx context.Context, g *goal.Goal, c *choice.Candidate) (refused, err error) {
	now := s.Now()
	payload := g.Task(c.Intervals, c.Tombstones, c.Missed, now)
	t, refused := decode(payload, now)
	if refused != nil {
		return refused, nil
	}
	id := t.Header().ID
	r, refused := choice.ReadRunning(id, payload)
	if refused != nil {
		return refused, nil
	}
	err = s.tasks.Add(ctx, t)
	var wrong *druid.Error
	switch {
	case errors.As(err, &wrong) && wrong.Category == druid.CategoryInvalidInput:
		return err, nil
	case err != nil && !errors.Is(err, metadata.ErrOutcomeUnknown):
		return nil, fmt.Errorf("submit the compact task for data source[%s], interval[%s]: %w", c.DataSource, c.Interval, err)
	}
	if s.Submitted != nil {
		s.Submitted(c.DataSource)
	}
	s.running[id] = r
	s.own[id] = &submitted{goal: g, interval: c.Interval, reach: c.Reach, began: now}
	return nil, nil
}

func decode(payload []byte, now druid.Instant) (task.Task, error) {
	return task.Places{Workers: true}.Decode(payload, now, nil)
}

// Check tells why no worker would take the tasks that a goal has made. The error wraps compaction.ErrInvalid.
func Check(g *goal.Goal) error {
	if _, err := decode(g.Task([]druid.Interval{druid.Day.Bucket(0)}, false, "", 0), 0); err != nil {
		return fmt.Errorf("%w: the compact tasks that it has made would be refused: %w", compaction.ErrInvalid, err)
	}
	return nil
}

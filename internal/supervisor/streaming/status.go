package streaming

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"ovate/druid"
	"ovate/internal/stream"
	"ovate/internal/supervisor/plan"
)

// shown is what the status tells, as it was found last. It is not changed once it is shown.
type shown struct {
	partitions int
	tasks      []shownTask // group by group, as Druid tells of them, and in each in the order in which they were made
	published  plan.Offsets
	latest     plan.Offsets
	at         druid.Instant // when the offsets were looked at; 0: never
}

// shownTask is a task as the status tells of it.
type shownTask struct {
	id, sequence           string
	group                  int
	placed, publishes      bool
	start, current         plan.Offsets
	created, began, ending druid.Instant
}

// show has the status tell what is known now.
func (s *Supervisor) show() {
	tasks := make([]shownTask, 0, len(s.tasks))
	for _, t := range s.tasks {
		if t.unreadable != nil {
			continue
		}
		one := shownTask{
			id: t.ID, sequence: t.Sequence, group: t.Group, placed: t.Placed, publishes: !t.reads(), start: t.Start, current: t.current,
			created: t.Created, ending: t.ending,
		}
		if t.Heard != nil {
			one.began = t.Heard.Began
		}
		tasks = append(tasks, one)
	}
	slices.SortFunc(tasks, func(a, b shownTask) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.created, b.created), cmp.Compare(a.id, b.id))
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown.partitions, s.shown.tasks, s.shown.published = len(s.names), tasks, s.done
}

// seen is what the status tells now.
func (s *Supervisor) seen() shown {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown
}

// Status implements supervisor.Supervising.
func (s *Supervisor) Status(context.Context) ([]byte, error) {
	seen, rules := s.seen(), &s.settings.Rules
	dst := fmt.Appendf(nil, `"partitions":%d,"replicas":%d,"durationSeconds":%d`, seen.partitions, rules.Replicas, int64(rules.TaskDuration.Seconds()))
	for _, list := range []struct {
		name      string
		publishes bool
	}{{"activeTasks", false}, {"publishingTasks", true}} {
		dst = append(append(append(dst, `,"`...), list.name...), `":[`...)
		none := len(dst)
		for i := range seen.tasks {
			if t := &seen.tasks[i]; t.publishes == list.publishes {
				if len(dst) > none {
					dst = append(dst, ',')
				}
				dst = s.appendTask(dst, t, &seen)
			}
		}
		dst = append(dst, ']')
	}
	if seen.latest != nil {
		dst = appendOffsets(append(dst, `,"latestOffsets":`...), seen.latest, s.settings.Quoted)
	}
	if lag := seen.lag(rules.Order); s.counts() {
		dst = appendLag(append(dst, `,"minimumLag":`...), lag)
		dst = strconv.AppendInt(append(dst, `,"aggregateLag":`...), lag.Total(), 10)
	}
	if seen.at != 0 {
		dst = append(seen.at.AppendTo(append(dst, `,"offsetsLastUpdated":"`...)), '"')
	}
	return dst, nil
}

// Lag implements supervisor.Lagging. Of a partition that was read beyond what was its end a moment ago it is 0, where Druid's status tells less.
func (s *Supervisor) Lag() stream.Lag {
	if !s.counts() {
		return nil
	}
	seen := s.seen()
	lag := seen.lag(s.settings.Rules.Order)
	for p, n := range lag {
		lag[p] = max(n, 0)
	}
	return lag
}

// counts tells whether places tell how many records lie between them.
func (s *Supervisor) counts() bool {
	_, err := s.settings.Rules.Order.Distance("0", "0")
	return !errors.Is(err, errors.ErrUnsupported)
}

// appendTask appends a task as Druid tells of it. Of one that publishes, the time is what is left for that.
func (s *Supervisor) appendTask(dst []byte, t *shownTask, seen *shown) []byte {
	now, since, limit, kind := s.Wall(), t.began, s.settings.Rules.TaskDuration, "ACTIVE"
	if t.publishes {
		now, since, limit, kind = s.Now(), t.ending, s.settings.Rules.CompletionTimeout, "PUBLISHING"
	}
	dst = druid.AppendString(append(dst, `{"id":`...), t.id)
	dst = appendOffsets(append(dst, `,"startingOffsets":`...), t.start, s.settings.Quoted)
	dst = append(dst, `,"startTime":`...)
	if t.began == 0 {
		dst = append(dst, "null"...)
	} else {
		dst = append(t.began.AppendTo(append(dst, '"')), '"')
	}
	dst = append(dst, `,"remainingSeconds":`...)
	if since == 0 {
		dst = append(dst, "null"...)
	} else {
		dst = strconv.AppendInt(dst, max(0, int64(limit.Seconds())-int64(now-since)/1000), 10)
	}
	dst = append(append(append(dst, `,"type":"`...), kind...), `","currentOffsets":`...)
	dst = appendOffsets(dst, t.current, s.settings.Quoted)
	if !t.publishes && s.counts() {
		dst = appendLag(append(dst, `,"lag":`...), lagOf(s.settings.Rules.Order, t.current, seen.latest))
	}
	return append(dst, '}')
}

func appendLag(dst []byte, lag stream.Lag) []byte {
	dst = append(dst, '{')
	for i, p := range sortedPartitions(lag) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(append(druid.AppendString(dst, p), ':'), lag[p], 10)
	}
	return append(dst, '}')
}

// lag is how far those are behind that are farthest, by partition. Where nobody reads, what is published counts.
func (s *shown) lag(order stream.Order) stream.Lag {
	at := []plan.Offsets{s.published}
	for i := range s.tasks {
		at = append(at, s.tasks[i].current)
	}
	farthest, err := farthest(order, at...)
	if err != nil {
		return nil
	}
	return lagOf(order, farthest, s.latest)
}

// lookAtOffsets finds out where the tasks and the stream are.
func (s *Supervisor) lookAtOffsets(ctx context.Context) {
	s.askCurrent(ctx)
	if s.stream == nil || len(s.partitions) == 0 {
		return
	}
	of := make([]stream.Partition, 0, len(s.partitions))
	for _, p := range s.partitions {
		of = append(of, p)
	}
	begun := time.Now()
	at, err := s.stream.Latest(ctx, of)
	if err == nil {
		s.Meter.FetchedOffsets(s.spec, time.Since(begun))
	}
	if err != nil && ctx.Err() == nil {
		s.health.remember(s.Now(), &fault{fmt.Errorf("where the partitions of the stream end: %w", err)})
	}
	if len(at) == 0 {
		return
	}
	latest := plan.Offsets{}
	s.name(latest, at)
	s.mu.Lock()
	s.shown.latest, s.shown.at = latest, s.Now()
	s.mu.Unlock()
	s.show()
}

// askCurrent asks tasks where they are. Of one that does not tell it is as it was: whether it still answers is found out elsewhere.
func (s *Supervisor) askCurrent(ctx context.Context) {
	each(s.placed(), func(t *known) {
		if t.Heard == nil || t.Heard.Phase == plan.Starting || t.failures > 0 {
			return
		}
		if at, err := s.offsets(ctx, s.once, t.ID, "offsets/current"); err == nil {
			t.current = at
		}
	})
}

// quiet is since when nothing has come.
type quiet struct {
	since  druid.Instant
	latest plan.Offsets
}

// noteQuiet notes since when nothing has come and everything was read.
func (s *Supervisor) noteQuiet(ctx context.Context, k *plan.Known) {
	s.askCurrent(ctx)
	order := s.settings.Rules.Order
	at := []plan.Offsets{k.Published}
	for _, t := range s.tasks {
		at = append(at, t.current)
		if t.Heard != nil {
			at = append(at, t.Heard.End)
		}
	}
	read, err := farthest(order, at...)
	still := err == nil && len(k.Latest) == len(s.partitions)
	for p, end := range k.Latest {
		place, known := read[p]
		c, err := order.Compare(place, end)
		still = still && known && err == nil && c >= 0 && (s.quiet.latest == nil || s.quiet.latest[p] == end)
	}
	s.quiet.latest = k.Latest
	if !still {
		s.quiet.since = 0
	} else if s.quiet.since == 0 {
		s.quiet.since = k.Now
	}
}

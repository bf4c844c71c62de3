package streaming

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"ovate/internal/commit"
	"ovate/internal/stream"
	"ovate/internal/supervisor/plan"
)

// fault is what has gone wrong with the stream, and not with the store or the queue.
type fault struct{ err error }

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// look finds out what there is to be known now. A stream that cannot be asked is noted.
func (s *Supervisor) look(ctx context.Context, rules plan.Rules) (*plan.Known, error) {
	s.at(discovering)
	if err := s.meet(ctx); err != nil {
		return nil, err
	}
	s.askAll(ctx)
	s.at(creating)
	k := &plan.Known{Rules: rules, Now: s.Now(), Wall: s.Wall(), Partitions: s.names, Succeeded: s.succeeded, Full: s.full, Grown: s.grown}
	if err := s.published(ctx, k); err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(s.tasks)) {
		if t := s.tasks[id]; t.unreadable == nil && !t.published {
			k.Tasks = append(k.Tasks, t.Task)
		}
	}
	k.Ending = s.endings(k)
	k.Handoff = s.handoffs()
	k.Resting = s.resting()
	k.Paused = s.paused(k.Now)
	if err := s.bounds(ctx, k); err != nil {
		s.trouble(ctx, err)
	}
	k.Quiet = s.quiet.since
	return k, ctx.Err()
}

// list finds out which partitions the stream has, once in a period. If that fails those that were known before still hold.
func (s *Supervisor) list(ctx context.Context) error {
	s.at(connecting)
	if !s.listed.IsZero() && time.Since(s.listed) < s.settings.Period {
		return nil
	}
	s.listed = time.Time{}
	if s.stream == nil {
		opened, err := s.source.Open()
		if err != nil {
			return &fault{fmt.Errorf("the stream cannot be opened: %w", err)}
		}
		s.stream = opened
	}
	all, err := s.stream.Partitions(ctx)
	if err != nil {
		return &fault{fmt.Errorf("the partitions of the stream: %w", err)}
	}
	s.listed = time.Now()
	s.names, s.partitions = make([]string, len(all)), make(map[string]stream.Partition, len(all))
	for i, p := range all {
		s.names[i] = s.source.Name(p)
		s.partitions[s.names[i]] = p
	}
	return nil
}

// published reads how far the stream is published.
func (s *Supervisor) published(ctx context.Context, k *plan.Known) error {
	m, offsets, ours, err := s.publishedNow(ctx)
	if err != nil {
		return err
	}
	if m != nil {
		if k.Elsewhere = !ours; ours {
			k.Published, k.Renamed = offsets, s.renamed(m, offsets)
		}
	}
	s.done = k.Published
	return nil
}

// publishedNow is how far the stream is published: what is stored, nil if nothing is, and its places, none if they are of another stream.
func (s *Supervisor) publishedNow(ctx context.Context) (m *commit.Metadata, o plan.Offsets, ours bool, err error) {
	if m, err = commit.Published(ctx, s.Store, s.spec.DataSource); err == nil && m != nil {
		o, ours, err = s.stored(m)
	}
	return m, o, ours, err
}

// stored are the places of commit metadata that are stored, or none. The error is a *commit.Unreadable.
func (s *Supervisor) stored(m *commit.Metadata) (o plan.Offsets, ours bool, err error) {
	if o, ours, err = s.source.Offsets(m); err != nil {
		return nil, false, commit.NewUnreadable(s.spec.DataSource, err)
	}
	return o, ours, nil
}

// bounds asks the stream about partitions that nobody reads: whether what comes next is there yet, and where those begin and end of which nothing is
// published. A stream that has not even told its partitions is not asked.
func (s *Supervisor) bounds(ctx context.Context, k *plan.Known) error {
	k.Earliest, k.Latest, k.Unavailable = plan.Offsets{}, plan.Offsets{}, map[string]bool{}
	if s.stream == nil || s.listed.IsZero() || k.Suspended {
		return nil
	}
	next, unknown := map[stream.Partition]stream.Sequence{}, []stream.Partition{}
	read := s.beingRead()
	for name, p := range s.partitions {
		at, published := k.Published[name]
		switch {
		case !published:
			unknown = append(unknown, p)
		case !read[name]:
			next[p] = at
		}
	}
	var failed error
	if len(next) > 0 {
		available, err := s.stream.Available(ctx, next)
		failed = err
		for p := range next {
			if is, known := available[p]; known && !is {
				k.Unavailable[s.source.Name(p)] = true
				unknown = append(unknown, p)
			}
		}
	}
	if len(unknown) > 0 {
		at, err := s.stream.Earliest(ctx, unknown)
		failed = errors.Join(failed, err)
		s.name(k.Earliest, at)
	}
	if k.IdleAfter > 0 {
		unknown = slices.Collect(maps.Values(s.partitions))
	}
	if len(unknown) > 0 {
		at, err := s.stream.Latest(ctx, unknown)
		failed = errors.Join(failed, err)
		s.name(k.Latest, at)
	}
	if k.IdleAfter > 0 {
		s.noteQuiet(ctx, k)
	}
	if failed != nil {
		return &fault{fmt.Errorf("where the partitions of the stream begin and end: %w", failed)}
	}
	return nil
}

// name adds places by the names of partitions.
func (s *Supervisor) name(to plan.Offsets, at map[stream.Partition]stream.Sequence) {
	for p, n := range at {
		to[s.source.Name(p)] = n
	}
}

// beingRead are the partitions that tasks read, which have not been told where to end.
func (s *Supervisor) beingRead() map[string]bool {
	read := map[string]bool{}
	for _, t := range s.tasks {
		if t.reads() {
			for p := range t.Start {
				read[p] = true
			}
		}
	}
	return read
}

// handoffs are the groups that are to end early; one that has nobody who reads any more has done so.
func (s *Supervisor) handoffs() map[int]bool {
	reads := map[int]bool{}
	for _, t := range s.tasks {
		reads[t.Group] = reads[t.Group] || t.reads()
	}
	maps.DeleteFunc(s.handoff, func(group int, _ bool) bool { return !reads[group] })
	return maps.Clone(s.handoff)
}

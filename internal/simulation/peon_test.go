package simulation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/clock"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/queue"
)

// work is what a task of the simulation does; it stands in its JSON.
type work struct {
	Script string // append, replace or reserve
	Day    druid.Interval
	Steps  int // segments that are published, or ids reserved
	Pace   int // milliseconds that a step takes at most
	Dies   int // after which step; 0: it does not
	// Beside tells that the task appends beside those that replace, or replaces beside those that append: with APPEND and REPLACE locks.
	Beside bool
}

// peon is a task that runs on a worker.
type peon struct {
	world  *world
	host   *host
	id     string
	began  time.Time
	work   work
	random *rand.Rand
	ctx    context.Context // ends when it does, or is killed
	kill   context.CancelCauseFunc
	steps  int
	state  druid.TaskState // once it has ended
}

func newPeon(ctx context.Context, h *host, id string, payload []byte) *peon {
	w := h.fleet.world
	p := &peon{world: w, host: h, id: id, began: time.Now(), random: w.random("peon", id)}
	p.ctx, p.kill = context.WithCancelCause(ctx)
	var body struct{ Work work }
	if err := json.Unmarshal(payload, &body); err != nil {
		w.fail("payload of task %s: %v", id, err)
	}
	p.work = body.Work
	return p
}

// run does the task's work.
func (p *peon) run() error {
	defer p.kill(nil)
	scripts := map[string]func() error{"append": p.append, "replace": p.replace, "reserve": p.reserve}
	err := scripts[p.work.Script]()
	if p.state = druid.Success; err != nil {
		p.state = druid.Failed
	}
	return err
}

var errDied = errors.New("the process of the task died")

// step lets some time pass, in which the task may die.
func (p *peon) step() error {
	if p.steps++; p.steps == p.work.Dies {
		p.world.count("tasks that died")
		p.kill(errDied)
	}
	clock.Pause(p.ctx, time.Duration(p.random.IntN(p.work.Pace))*time.Millisecond)
	return context.Cause(p.ctx)
}

const dataSource = "d"

// append reserves the ids of segments, one after the other, and publishes them.
func (p *peon) append() error {
	published := p.world.history.begin(p.id, p.work)
	var segments []druid.DataSegment
	previous := ""
	for range p.work.Steps {
		if err := p.step(); err != nil {
			return err
		}
		got, err := p.allocate(p.id, previous)
		if err != nil {
			return err
		}
		previous = got.ID.String()
		segments = append(segments, p.segment(got.ID, got.ShardSpec))
	}
	return p.publish(published, segments)
}

// allocate reserves the id of the segment that follows another one in a sequence.
func (p *peon) allocate(sequence, previous string) (*action.Allocation, error) {
	got, err := action.Do(p.ctx, p, action.SegmentAllocate{
		DataSource: dataSource, Timestamp: p.work.Day.Start, QueryGranularity: druid.None, PreferredGranularity: druid.Day,
		SequenceName: sequence, PreviousID: previous, LockType: p.lockType(druid.Append),
	})
	if err == nil && got == nil {
		err = errors.New("no segment can be had")
	}
	return got, err
}

// lockType is what a task locks with that works beside others, and EXCLUSIVE otherwise.
func (p *peon) lockType(beside druid.LockType) druid.LockType {
	if p.work.Beside {
		return beside
	}
	return druid.Exclusive
}

// replace locks a day, and publishes what it holds from then on.
func (p *peon) replace() error {
	published := p.world.history.begin(p.id, p.work)
	lock, err := action.Do(p.ctx, p, action.LockAcquire{LockType: p.lockType(druid.Replace), Interval: p.work.Day, TimeoutMS: int64((10 * time.Minute).Milliseconds())})
	if err != nil {
		return err
	}
	if lock == nil || lock.Revoked {
		return errors.New("no lock can be had")
	}
	p.world.history.locked(published)
	var segments []druid.DataSegment
	for i := range p.work.Steps {
		if err := p.step(); err != nil {
			return err
		}
		id := druid.SegmentID{DataSource: dataSource, Interval: p.work.Day, Version: lock.Version, PartitionNum: i}
		segments = append(segments, p.segment(id, druid.Numbered(i, p.work.Steps)))
	}
	return p.publish(published, segments)
}

// segment is one of this task, which its load spec tells.
func (p *peon) segment(id druid.SegmentID, s druid.ShardSpec) druid.DataSegment {
	return druid.DataSegment{
		DataSource: id.DataSource, Interval: id.Interval, Version: id.Version, ShardSpec: s, BinaryVersion: 9, Size: 1,
		LoadSpec: json.RawMessage(fmt.Sprintf(`{"type":"local","path":"/%s/%s/index.zip"}`, id, p.id)),
	}
}

func (p *peon) publish(published *publication, segments []druid.DataSegment) error {
	if err := p.step(); err != nil {
		return err
	}
	p.world.history.publishes(published, segments)
	var answer action.PublishResult
	var err error
	switch {
	case !p.work.Beside:
		answer, err = action.Do(p.ctx, p, action.SegmentTransactionalInsert{Segments: segments})
	case p.work.Script == "replace":
		answer, err = action.Do(p.ctx, p, action.SegmentTransactionalReplace{Segments: segments})
	default:
		answer, err = action.Do(p.ctx, p, action.SegmentTransactionalAppend{Segments: segments})
	}
	if err != nil {
		return err
	}
	if !answer.Success {
		p.world.history.refused(published)
		return errors.New(answer.ErrorMsg)
	}
	p.world.history.published(published)
	return p.step()
}

// Do implements action.Client: it asks whoever leads, again and again while that may help, as a task of Druid does.
func (p *peon) Do(ctx context.Context, r action.Request) error {
	text, err := r.AppendAction(nil)
	if err != nil {
		return err
	}
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		answer, err := p.ask(ctx, text)
		if err == nil {
			return r.SetAnswer(answer)
		}
		if isRefusal(err) {
			return err
		}
		clock.Pause(ctx, time.Duration(1000+p.random.IntN(4000))*time.Millisecond)
	}
}

// ask sends an action once. It may arrive once more, and later.
func (p *peon) ask(ctx context.Context, text []byte) ([]byte, error) {
	w := p.world
	q, at := w.leader(p.random)
	if q == nil || p.host.isAway() {
		return nil, errors.New("503")
	}
	perform := func(ctx context.Context) ([]byte, error) {
		ctx, cancel := at.call(ctx)
		defer cancel()
		request, _, err := action.ReadOfDruid(text)
		if err != nil {
			return nil, err
		}
		if err := q.Perform(ctx, p.id, request); err != nil {
			return nil, err
		}
		return request.AppendAnswer(nil)
	}
	if !w.calm.Load() && p.random.IntN(30) == 0 {
		late := time.Duration(p.random.IntN(40000)) * time.Millisecond
		w.count("actions that came twice")
		w.work.Go(func() {
			time.Sleep(late)
			if !at.dead() {
				_, _ = perform(w.ctx)
			}
		})
	}
	answer, err := perform(ctx)
	if at.dead() || !w.calm.Load() && p.random.IntN(20) == 0 {
		w.count("answers lost")
		return nil, errors.New("no answer")
	}
	return answer, err
}

// isRefusal tells whether an error would be a 400: trying again is in vain.
func isRefusal(err error) bool {
	var deliberate *druid.Error
	var uncovered *lockbox.Uncovered
	var revoked *lockbox.Revoked
	return errors.As(err, &deliberate) || errors.Is(err, lockbox.ErrInactive) || errors.Is(err, metadata.ErrNotActive) ||
		errors.As(err, &uncovered) || errors.As(err, &revoked) || errors.Is(err, queue.ErrNotFound)
}

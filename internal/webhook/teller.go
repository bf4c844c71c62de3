package webhook

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/metadata"
)

const (
	together = 64 // deliveries are read, and noted, in one transaction
	atOnce   = 4  // tasks are told of
	// first and longest are how long a delivery waits that was not taken: twice as long each time. It is given up after patience.
	first, longest = time.Second, time.Hour
	patience       = 3 * 24 * time.Hour
	// keep is how long deliveries that have ended are kept.
	keep       = 3 * 24 * time.Hour
	clearEvery = time.Hour
)

// teller tells one hook what it is to be told.
type teller struct {
	hooks *Hooks
	hook  *Hook
	wake  chan struct{}
	lasts context.Context
	end   context.CancelFunc

	silent int // pages one after the other of which nothing was taken
}

func (t *teller) rouse() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// run tells what there is, until the hook is removed or the term is over.
func (t *teller) run() {
	if why := t.hook.Problem(); why != "" {
		t.hooks.Log.Error("a webhook cannot be told of anything", "webhook", t.hook.ID, "why", why)
	}
	cleared := time.Time{}
	for t.lasts.Err() == nil {
		if time.Since(cleared) > clearEvery {
			t.clear()
			cleared = time.Now()
		}
		next, err := t.pass()
		switch {
		case errors.Is(err, metadata.ErrTermOver), t.lasts.Err() != nil:
			return
		case err != nil:
			t.hooks.Log.Warn("a webhook cannot be told now", "webhook", t.hook.ID, "error", err)
			clock.Pause(t.lasts, time.Minute/4)
			continue
		case t.silent > 0: // as long as it does not answer it is not asked more often for more that happens
			clock.Pause(t.lasts, backoff(t.silent))
			continue
		}
		wait := time.Duration(min(next-t.hooks.Wall(), druid.Instant(clearEvery.Milliseconds()))) * time.Millisecond
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-t.wake:
		case <-t.lasts.Done():
		}
		timer.Stop()
	}
}

// backoff is how long to wait after so many failures.
func backoff(failures int) time.Duration {
	return clock.Doubling{First: first, Longest: longest}.After(failures)
}

// pass goes once through what the hook is to be told, and returns when the next of it is due. If nothing of a page is taken it gives up: the hook is silent.
func (t *teller) pass() (next druid.Instant, err error) {
	next = druid.MaxInstant
	if t.hook.Problem() != "" {
		return next, nil // nothing is tried, so that nothing is given up
	}
	held := map[string]bool{} // tasks of which something waits to be told before the rest
	q := metadata.RecordQuery{Kind: kindOpen, Prefix: t.hook.ID + "/", Max: together}
	for {
		records, err := t.hooks.store.Records(t.lasts, q)
		if err != nil {
			return next, err
		}
		var due [][]*Delivery // by task, each in order
		byTask := map[string]int{}
		now := t.hooks.Wall()
		for i := range records {
			d, err := deliveryOf(&records[i])
			if err != nil {
				return next, err
			}
			of := d.about()
			if d.Attempts > 0 && records[i].At > now && !held[of] {
				next = min(next, records[i].At)
				held[of] = true
			}
			if held[of] {
				continue
			}
			at, is := byTask[of]
			if !is {
				at = len(due)
				byTask[of] = at
				due = append(due, nil)
			}
			due[at] = append(due[at], d)
		}
		taken, failed, err := t.tell(due, held, &next)
		switch {
		case err != nil:
			return next, err
		case taken > 0:
			t.silent = 0
		case failed > 0:
			t.silent++
			return next, nil
		}
		if len(records) < together {
			t.silent = 0
			return next, nil
		}
		q.After = records[len(records)-1].ID
	}
}

// tell sends deliveries, those of a task one after the other until one is not taken, and notes what became of them.
func (t *teller) tell(due [][]*Delivery, held map[string]bool, next *druid.Instant) (taken, failed int, err error) {
	sent := make([][]*Delivery, len(due))
	var tasks errgroup.Group
	tasks.SetLimit(atOnce)
	for i, all := range due {
		tasks.Go(func() error {
			for _, d := range all {
				if t.lasts.Err() != nil {
					return nil
				}
				sent[i] = append(sent[i], d)
				if t.send(d); d.State == Pending {
					return nil
				}
			}
			return nil
		})
	}
	_ = tasks.Wait() // what became of each it tells itself
	if t.lasts.Err() != nil {
		return 0, 0, context.Cause(t.lasts)
	}
	err = t.hooks.store.Update(t.lasts, func(tx metadata.Tx) error {
		for _, all := range sent {
			for _, d := range all {
				if err := put(tx, d, t.at(d)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	for _, all := range sent {
		for _, d := range all {
			if d.State == Delivered {
				taken++
				continue
			}
			failed++
			if d.State == Pending {
				held[d.about()] = true
				*next = min(*next, t.at(d))
			}
		}
	}
	return taken, failed, err
}

// at is when a delivery is sent again, or has ended.
func (t *teller) at(d *Delivery) druid.Instant {
	if d.Ended != nil {
		return *d.Ended
	}
	return *d.Next
}

// send sends a delivery once, and notes on it what became of it.
func (t *teller) send(d *Delivery) {
	var err error
	d.Attempts++
	d.Status, err = t.hooks.post(t.lasts, t.hook, d)
	now := t.hooks.Wall()
	d.Error, d.Next = "", nil
	if err == nil {
		d.State, d.Ended = Delivered, &now
		return
	}
	d.Error = err.Error()
	if now-d.Created > druid.Instant(patience.Milliseconds()) {
		d.State, d.Ended = GivenUp, &now
		t.hooks.Log.Warn("a webhook was not told of an event, which is given up", "webhook", t.hook.ID, "event", d.Event, "task", d.Task, "error", err)
		return
	}
	again := now + druid.Instant(backoff(d.Attempts).Milliseconds())
	d.Next = &again
}

// clear removes deliveries that have ended long ago, of all hooks.
func (t *teller) clear() {
	const some = 1000
	for removed := some; removed == some; {
		err := t.hooks.store.Update(t.lasts, func(tx metadata.Tx) (err error) {
			removed, err = tx.DeleteRecordsBefore(kindEnded, t.hooks.Wall()-druid.Instant(keep.Milliseconds()), some)
			return err
		})
		if err != nil {
			if t.lasts.Err() == nil && !errors.Is(err, metadata.ErrTermOver) {
				t.hooks.Log.Warn("what webhooks were told long ago cannot be removed now; trying again in an hour", "error", err)
			}
			return
		}
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	listeners = 1000
	// streamTime is how long tasks are submitted while they listen, and before and after.
	streamTime = 4 * time.Second
	// heard is how many tasks come before the memory is looked at.
	heard = 1000
)

// streams measures what it costs that many clients follow events: those of /api/v1, each of which tells of one task, and those of the page.
var streams = benchmark{
	name: "streams", group: face,
	about:      "1,000 open streams of events: memory, and what they cost those who submit",
	ovateOnly:  true,
	ownServers: true,
	measure: func(ctx context.Context, r *trial) error {
		for _, path := range []string{v1Events, eventsPath} {
			if err := r.listened(ctx, path); err != nil {
				return fmt.Errorf("streams of %s: %w", path, err)
			}
		}
		return nil
	},
}

// listened starts a server whose events many follow.
func (r *trial) listened(ctx context.Context, path string) (err error) {
	server, err := r.startOvate(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	on := &trial{r.lab, server}
	a, err := on.gather(ctx, path, listeners)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.leave()) }()
	if _, err := on.submitMore(ctx, load{count: heard}, 0); err != nil {
		return err
	}
	if err := wait(ctx, time.Second); err != nil { // until all have heard of them
		return err
	}
	memory, err := on.anonymous()
	if err != nil {
		return err
	}
	r.record(figure{streamsName(path, "anonymous memory"), "MB", goal{atMost, 100}}, megabytes(memory))
	return on.burden(ctx, a, path, heard)
}

// burden tells how much slower tasks are taken while an audience listens, and how much that is told. Tasks are taken more slowly the more wait: so it is looked at
// with an audience before and after it is looked at without one.
func (r *trial) burden(ctx context.Context, a *audience, path string, first int) (err error) {
	rate := func() (float64, error) {
		l, err := r.submitMore(ctx, load{lasting: streamTime}, first)
		if err != nil {
			return 0, err
		}
		first += len(l.sorted) + 8 // each client may have taken a number without sending it
		return l.rate(), nil
	}
	before := a.told.Load()
	with, err := rate()
	if err != nil {
		return err
	}
	r.record(figure{streamsName(path, "told"), "MB/s", goal{}}, megabytes(a.told.Load()-before)/streamTime.Seconds())
	if err := a.leave(); err != nil {
		return err
	}
	without, err := rate()
	if err != nil {
		return err
	}
	again, err := r.gather(ctx, path, listeners)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, again.leave()) }()
	withAgain, err := rate()
	if err != nil {
		return err
	}
	with = (with + withAgain) / 2
	r.record(figure{streamsName(path, "submit, 8 clients"), "/s", goal{}}, with)
	r.record(figure{streamsName(path, "submit, 8 clients, without them"), "/s", goal{}}, without)
	r.record(figure{streamsName(path, "slower by"), "%", goal{atMost, 10}}, max(0, 100*(1-with/without)))
	return nil
}

func streamsName(path, what string) string { return fmt.Sprintf("1,000 streams of %s: %s", path, what) }

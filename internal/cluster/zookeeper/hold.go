package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"
)

// hold is the lead of a latch, from when it is gained until it is lost or given back. As a context it ends then, with the reason.
type hold struct {
	context.Context
	lose  context.CancelCauseFunc
	latch *Latch

	mu    sync.Mutex
	lease lease

	resign func()
}

// Err tells whether the lead has ended. It looks at the clock itself: after a process was stopped for a while this is the first that it does.
func (h *hold) Err() error {
	h.mu.Lock()
	over := h.lease.over(time.Now())
	h.mu.Unlock()
	if over {
		h.lose(errSilence)
	}
	return h.Context.Err()
}

var errSilence = errors.New("ZooKeeper has not answered for two thirds of the session's timeout")

// take begins the lead of the latch's node, which is the first.
func (l *Latch) take(ctx context.Context, link *link, lease lease) (*hold, error) {
	node := l.path + "/" + l.keep
	n, err := link.get(ctx, node)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", node, err)
	}
	h := &hold{latch: l, lease: lease}
	h.Context, h.lose = context.WithCancelCause(context.Background())
	var work sync.WaitGroup
	work.Go(func() { h.watch(link, node, n.gone) })
	h.resign = sync.OnceFunc(func() {
		h.lose(context.Canceled)
		work.Wait()
		l.leave()
		<-l.seat
	})
	l.holds.Store(h)
	return h, nil
}

// watch ends the lead as soon as it is lost.
func (h *hold) watch(link *link, node string, gone <-chan zk.Event) {
	next := time.NewTimer(h.lease.ask())
	defer next.Stop()
	for {
		select {
		case <-next.C:
			sent := time.Now()
			if err := h.ask(link, node); err != nil {
				h.end(err)
				return
			}
			h.mu.Lock()
			h.lease = h.lease.answered(sent)
			h.mu.Unlock()
			next.Reset(h.lease.ask())
		case <-gone:
			h.end(fmt.Errorf("%s was deleted or changed", node))
			return
		case <-link.down:
			h.end(errDown)
			return
		case <-h.Done():
			return
		}
	}
}

// ask has the ensemble tell that the node is there, while the lease lasts.
func (h *hold) ask(link *link, node string) error {
	ctx, cancel := context.WithDeadlineCause(h, h.lease.until(), errSilence)
	defer cancel()
	there, err := link.exists(ctx, node)
	if err == nil && !there {
		return fmt.Errorf("%s was deleted", node)
	}
	return err
}

func (h *hold) end(reason error) {
	if h.Context.Err() == nil {
		h.latch.client.log.Warn("this server leads no more", "reason", reason)
	}
	h.lose(reason)
}

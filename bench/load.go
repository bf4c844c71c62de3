package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"ovate/bench/wire"
)

// request is what a client sends.
type request struct {
	method, path string
	body         []byte
}

// load is clients that each send one request after the other, as soon as the answer to the last one is there.
type load struct {
	clients int
	count   int           // requests of all clients together, at most; zero: any number
	lasting time.Duration // no request begins later; zero: until count is reached
	// request makes the i-th request. It is called by many goroutines.
	request func(i int) request
	holds   string // is in each answer
	header  string // of each request, NAME: VALUE; empty for none
}

// latencies are how long each request took, shortest first.
type latencies struct {
	sorted  []time.Duration
	elapsed time.Duration // of all of them, on the clock
}

// run sends the load; each answer must be 200.
func (l load) run(ctx context.Context, t *target) (*latencies, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	conns := make([]*wire.Conn, l.clients)
	for i := range conns {
		c, err := wire.Dial(ctx, t.address)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		if name, value, both := strings.Cut(l.header, ": "); both {
			c.SetHeader(name, value)
		}
		conns[i] = c
	}
	var next atomic.Int64
	took := make([][]time.Duration, l.clients)
	var clients sync.WaitGroup
	began := time.Now()
	for i, c := range conns {
		clients.Go(func() {
			for ctx.Err() == nil && (l.lasting == 0 || time.Since(began) < l.lasting) {
				n := int(next.Add(1)) - 1
				if l.count > 0 && n >= l.count {
					return
				}
				d, err := timed(c, l.request(n), l.holds)
				if err != nil {
					cancel(err)
					return
				}
				took[i] = append(took[i], d)
			}
		})
	}
	clients.Wait()
	elapsed := time.Since(began)
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	all := slices.Concat(took...)
	slices.Sort(all)
	return &latencies{sorted: all, elapsed: elapsed}, nil
}

// timed sends one request whose answer must be 200 and hold a text, and returns how long that took.
func timed(c *wire.Conn, r request, holds string) (time.Duration, error) {
	began := time.Now()
	status, answer, err := c.Do(r.method, r.path, r.body)
	took := time.Since(began)
	if err == nil && (status != 200 || !bytes.Contains(answer, []byte(holds))) {
		err = fmt.Errorf("%s %s: %d: %.500s", r.method, r.path, status, answer)
	}
	return took, err
}

// rate is requests a second.
func (l *latencies) rate() float64 { return float64(len(l.sorted)) / l.elapsed.Seconds() }

// at is the latency in milliseconds that the part q of all requests did not exceed.
func (l *latencies) at(q float64) float64 {
	return milliseconds(l.sorted[min(len(l.sorted)-1, int(q*float64(len(l.sorted))))])
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// repeat sends the same request over one connection, n times or as often as five seconds allow.
func (t *target) repeat(ctx context.Context, n int, path string) (*latencies, error) {
	return load{clients: 1, count: n, lasting: 5 * time.Second, request: func(int) request { return request{"GET", path, nil} }}.run(ctx, t)
}

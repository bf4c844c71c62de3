package leadership

import (
	"context"
	"sync"
	"sync/atomic"
)

// Alone is for a server beside which there is no other: it leads whenever it wants to, and never loses the lead. It counts no epochs.
type Alone struct {
	address string
	lead    chan struct{} // holds a value while it leads
	leads   atomic.Bool
}

// NewAlone makes the candidate of the server at an address, such as http://localhost:8090.
func NewAlone(address string) *Alone {
	return &Alone{address: address, lead: make(chan struct{}, 1)}
}

var _ Leadership = (*Alone)(nil)

// Gain takes the lead, at once unless this server still has it.
func (a *Alone) Gain(ctx context.Context, waits func()) (*Lead, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	select {
	case a.lead <- struct{}{}:
	default:
		waits()
		select {
		case a.lead <- struct{}{}:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	a.leads.Store(true)
	lasts, end := context.WithCancel(context.Background())
	return &Lead{Lasts: lasts, Resign: sync.OnceFunc(func() {
		end()
		a.leads.Store(false)
		<-a.lead
	})}, nil
}

// Leader is this server's address, while it leads.
func (a *Alone) Leader() string {
	if !a.leads.Load() {
		return ""
	}
	return a.address
}

// Package leadership holds the ways in which servers agree on which of them leads. leadershiptest fixes what each must do.
package leadership

import (
	"context"
	"sync"
	"sync/atomic"
)

// Alone is for a server beside which there is no other: it leads whenever it wants to, and never loses the lead.
type Alone struct {
	address string
	lead    chan struct{} // holds a value while it leads
	leads   atomic.Bool
}

// NewAlone makes the candidate of the server at an address, such as http://localhost:8090.
func NewAlone(address string) *Alone {
	return &Alone{address: address, lead: make(chan struct{}, 1)}
}

// Gain takes the lead, at once unless a term of this server still lasts.
func (a *Alone) Gain(ctx context.Context, waits func()) (term context.Context, resign func(), err error) {
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	select {
	case a.lead <- struct{}{}:
	default:
		waits()
		select {
		case a.lead <- struct{}{}:
		case <-ctx.Done():
			return nil, nil, context.Cause(ctx)
		}
	}
	a.leads.Store(true)
	term, end := context.WithCancel(context.Background())
	return term, sync.OnceFunc(func() {
		end()
		a.leads.Store(false)
		<-a.lead
	}), nil
}

// Leader is this server's address, while it leads.
func (a *Alone) Leader() string {
	if !a.leads.Load() {
		return ""
	}
	return a.address
}

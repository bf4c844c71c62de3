package leadershiptest

import (
	"context"
	"sync"

	"ovate/internal/leadership"
)

// Elsewhere is who leads while a Seat is lost.
const Elsewhere = "http://elsewhere:8090"

// Seat is a lead that a test can take away, of an election that counts. Gained gets a value for each time that it is gained, if somebody listens or will soon.
type Seat struct {
	*leadership.Alone
	Gained chan struct{}

	mu    sync.Mutex
	lose  context.CancelFunc
	lost  bool
	epoch int64
}

// NewSeat makes a seat for the server at an address.
func NewSeat(address string) *Seat {
	return &Seat{Alone: leadership.NewAlone(address), Gained: make(chan struct{}, 1)}
}

// Gain gains the lead, until Lose.
func (s *Seat) Gain(ctx context.Context, waits func()) (*leadership.Lead, error) {
	lead, err := s.Alone.Gain(ctx, waits)
	if err != nil {
		return nil, err
	}
	lasts, lose := context.WithCancel(lead.Lasts)
	s.mu.Lock()
	s.lose, s.lost = lose, false
	s.epoch++
	epoch := s.epoch
	s.mu.Unlock()
	select {
	case s.Gained <- struct{}{}:
	default:
	}
	return &leadership.Lead{Lasts: lasts, Epoch: epoch, Resign: func() { lose(); lead.Resign() }}, nil
}

// Leader is another server once the seat was lost.
func (s *Seat) Leader() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost {
		return Elsewhere
	}
	return s.Alone.Leader()
}

// Lose takes the lead away, if there is one. It can be gained again at once.
func (s *Seat) Lose() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lose != nil {
		s.lose()
		s.lost = true
	}
}

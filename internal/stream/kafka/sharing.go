package kafka

import (
	"context"
	"sync"
)

// sharing has those who use a client share what is asked of a broker: there is one question of a kind at a time, whoever comes while it is at work waits,
// and the next one is that of all who wait. A lone one waits for nobody, and no kind for another.
type sharing[K comparable, Q any] struct {
	// ask asks for all, and notes in each what came of it.
	ask func(ctx context.Context, kind K, all []*Q)
	// begin is a context with the time that there is for one question.
	begin func() (context.Context, context.CancelFunc)

	mu      sync.Mutex           // guards waiting
	waiting map[K][]*question[Q] // by the kinds of which one is at work
}

// question is what one caller asks.
type question[Q any] struct {
	asked    *Q
	answered chan struct{} // closed once what came of it is noted
}

// mostTogether is how many callers share a question.
const mostTogether = 500

// put asks, and returns at once. What is noted may be read when it is answered, by one who does not change it: others may have been told the same.
func (s *sharing[K, Q]) put(kind K, asked *Q) question[Q] {
	q := &question[Q]{asked, make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == nil {
		s.waiting = map[K][]*question[Q]{}
	}
	_, atWork := s.waiting[kind]
	s.waiting[kind] = append(s.waiting[kind], q)
	if !atWork {
		go s.work(kind)
	}
	return *q
}

// wait is nil once the question is answered, or why ctx has ended before.
func (q question[Q]) wait(ctx context.Context) error {
	select {
	case <-q.answered:
		return nil
	case <-ctx.Done():
		select {
		case <-q.answered: // as well
			return nil
		default:
			return ctx.Err()
		}
	}
}

// work asks as long as somebody waits.
func (s *sharing[K, Q]) work(kind K) {
	for all := s.take(kind); len(all) > 0; all = s.take(kind) {
		s.answer(kind, all)
	}
}

// take is who waits, the first before the others. If it is nobody the next one who comes begins to work.
func (s *sharing[K, Q]) take(kind K) []*question[Q] {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.waiting[kind]
	n := min(len(waiting), mostTogether)
	if n == 0 {
		delete(s.waiting, kind)
	} else {
		s.waiting[kind] = append([]*question[Q](nil), waiting[n:]...)
	}
	return waiting[:n]
}

func (s *sharing[K, Q]) answer(kind K, all []*question[Q]) {
	ctx, cancel := s.begin()
	defer cancel()
	asked := make([]*Q, len(all))
	for i, q := range all {
		asked[i] = q.asked
	}
	s.ask(ctx, kind, asked)
	for _, q := range all {
		close(q.answered)
	}
}

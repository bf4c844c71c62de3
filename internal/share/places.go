package share

import (
	"errors"
	"sync"
)

// Places counts those who are somewhere for a while, such as requests that wait, in all and by whose they are. The zero Places has nobody. It may be used by many
// goroutines.
type Places struct {
	mu  sync.Mutex // guards what follows
	all int
	of  map[string]int
}

// ErrOfOne is that one has as many places as he may.
var ErrOfOne = errors.New("as many of one are there as may be")

// Enter takes a place for somebody until leave, if there are fewer than most, and fewer than ofOne of his. The error is ErrNone or ErrOfOne.
func (p *Places) Enter(who string, most, ofOne int) (leave func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.all >= most:
		return nil, ErrNone
	case p.of[who] >= ofOne:
		return nil, ErrOfOne
	}
	if p.of == nil {
		p.of = map[string]int{}
	}
	p.all++
	p.of[who]++
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.all--
		if p.of[who]--; p.of[who] == 0 {
			delete(p.of, who)
		}
	}), nil
}

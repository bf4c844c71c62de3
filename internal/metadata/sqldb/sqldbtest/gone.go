package sqldbtest

import "bytes"

// end is how a server goes, and for how long it is gone.
type end struct {
	text    []byte        // the request it goes with; nil: it does not
	answers int           // how many answers still arrive on that connection
	gone    chan struct{} // closed once it is gone
	is      bool
	refused int // connections since
}

// GoWith has the server go, for everybody, in the midst of a transaction: once a request with that text has arrived, and so many answers
// have come back on its connection, of which that to the COMMIT is the last. What is returned is closed then.
func (p *Proxy) GoWith(text string, answers int) (gone <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end = end{text: []byte(text), answers: answers, gone: make(chan struct{})}
	return p.end.gone
}

// Refused is how many connections were tried since the server went.
func (p *Proxy) Refused() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.end.refused
}

// Return brings the server back, or keeps it from going.
func (p *Proxy) Return() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end = end{}
	for l := range p.links {
		l.ends = 0
	}
}

// isGone tells whether nobody reaches the server, and counts who tries.
func (p *Proxy) isGone() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.end.is {
		p.end.refused++
	}
	return p.end.is
}

// endsWith tells whether the server goes with what was read on a connection.
func (p *Proxy) endsWith(l *link, data []byte, answers bool) bool {
	p.mu.Lock()
	switch {
	case p.end.is, p.end.text == nil:
	case !answers && l.ends == 0 && bytes.Contains(data, p.end.text):
		l.ends = p.end.answers + 1
	case !answers:
		l.commits = l.ends > 0 && bytes.Contains(bytes.ToLower(data), []byte("commit"))
	case l.ends > 0:
		l.ends--
		p.end.is = l.ends == 0
		if l.commits {
			l.ends, p.end.text = 0, nil
		}
	}
	goes := answers && p.end.is
	p.mu.Unlock()
	if goes {
		p.Cut()
		p.tellGone()
	}
	return goes
}

func (p *Proxy) tellGone() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.end.gone:
	default:
		close(p.end.gone)
	}
}

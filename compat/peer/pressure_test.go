//go:build peer

package peer

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// pressure are clients that never rest: they submit tasks, have tasks lock and allocate, and end tasks, and try each of it until some server has
// accepted it.
type pressure struct {
	ctx    context.Context
	client *http.Client
	work   sync.WaitGroup

	mu        sync.Mutex // guards what follows
	ending    bool
	servers   []*contender // that are asked
	called    map[string]*contender
	accepted  []acceptance
	tasks     chan string           // that are to be ended
	allocated map[string]string     // for what, by id
	kept      map[string]acceptance // locks that stay, by interval: the task that has it
	faults    []string
	answers   map[string]int     // by who gave them and their statuses
	open      map[string]string  // what nobody has accepted yet, and how it was answered last
	asking    map[*contender]int // requests without an answer yet
}

// pace is how often a client asks at most.
const pace = 20 * time.Millisecond

// acceptance is a request that a server has accepted.
type acceptance struct {
	kind, id       string
	by             *contender
	sent, answered time.Time
}

// newPressure asks nobody yet, and nobody any more once ctx has ended.
func newPressure(ctx context.Context) *pressure {
	return &pressure{
		ctx: ctx, client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		called: map[string]*contender{}, allocated: map[string]string{}, kept: map[string]acceptance{}, tasks: make(chan string, 1000),
		asking: map[*contender]int{}, open: map[string]string{}, answers: map[string]int{},
	}
}

// on has the clients of a place ask this server from now on. Each place has as many.
func (p *pressure) on(place int, server *contender) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.servers) <= place {
		p.servers = append(p.servers, nil)
	}
	p.servers[place] = server
	p.called[server.url()] = server
}

// begin begins. Those that submit are not redirected, so that one of them soon asks who leads next; the others are.
func (p *pressure) begin() {
	const each = 3
	for client := range each * len(p.servers) {
		p.work.Go(func() { p.submit(client) })
		p.work.Go(func() { p.act(client) })
		p.work.Go(func() { p.endTasks(client) })
	}
}

// end has the clients ask for nothing more, and returns what nobody has accepted yet.
func (p *pressure) end() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ending = true
	return maps.Clone(p.open)
}

func (p *pressure) ended() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ending || p.ctx.Err() != nil
}

// at is whom a client asks.
func (p *pressure) at(client int) *contender {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.servers[client%len(p.servers)]
}

func (p *pressure) fault(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, fmt.Sprintf(format, args...))
}

// note notes how it is with what nobody has accepted yet; "" is that it has come to an end.
func (p *pressure) note(what, how string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if how == "" {
		delete(p.open, what)
	} else {
		p.open[what] = how
	}
}

// notes counts what is answered, by the kind of server. A client of ovate meets no error of the server's but that nobody leads, or nobody yet.
func (p *pressure) notes(by *contender, status int, answer []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := fmt.Sprintf("%s %d", by.kind(), status)
	p.answers[key]++
	if status >= http.StatusInternalServerError && status != http.StatusServiceUnavailable && !by.isJava {
		p.faults = append(p.faults, fmt.Sprintf("%s answers %d: %.300s", by.user, status, answer))
	}
}

// takeFaults are those since the last time.
func (p *pressure) takeFaults() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	faults := p.faults
	p.faults = nil
	return faults
}

// insist asks the client's server, and whom that tells of if it may, until one accepts, and returns the answer.
func (p *pressure) insist(client int, redirected bool, kind, id, path, body string) (answer []byte) {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	p.note(kind+" "+id, "nobody has answered")
	defer p.note(kind+" "+id, "")
	for {
		select {
		case <-ticker.C:
		case <-p.ctx.Done():
			return nil
		}
		status, answer, by := p.ask(p.at(client), redirected || p.ended(), kind, id, path, body)
		p.note(kind+" "+id, fmt.Sprintf("%s answers %d %.300s", by.user, status, answer))
		p.notes(by, status, answer)
		switch {
		case status == http.StatusOK:
			return answer
		case status == http.StatusBadRequest && kind == "submit" && strings.Contains(string(answer), "already exists"):
			return answer // an answer before was lost
		case status == 0, status == http.StatusTemporaryRedirect, status >= http.StatusInternalServerError:
		default:
			p.fault("%s %s is answered with %d: %.300s", kind, id, status, answer)
			return nil
		}
	}
}

// ask asks once, and notes who has accepted. There is no limit of time: a server that is frozen answers later. Without an answer the status is 0.
func (p *pressure) ask(server *contender, redirected bool, kind, id, path, body string) (status int, answer []byte, by *contender) {
	target := server.url() + path
	for range 3 {
		p.counts(server, 1)
		sent := time.Now()
		response, answer, err := p.post(target, body)
		p.counts(server, -1)
		if err != nil {
			return 0, nil, server
		}
		if response.StatusCode == http.StatusOK {
			p.mu.Lock()
			p.accepted = append(p.accepted, acceptance{kind, id, server, sent, time.Now()})
			p.mu.Unlock()
		}
		location, err := url.Parse(response.Header.Get("Location"))
		if response.StatusCode != http.StatusTemporaryRedirect || !redirected || err != nil {
			return response.StatusCode, answer, server
		}
		p.mu.Lock()
		next := p.called[location.Scheme+"://"+location.Host]
		p.mu.Unlock()
		if next == nil {
			return response.StatusCode, answer, server
		}
		server, target = next, location.String()
	}
	return http.StatusTemporaryRedirect, nil, server
}

func (p *pressure) post(target, body string) (response *http.Response, answer []byte, err error) {
	request, err := http.NewRequestWithContext(p.ctx, http.MethodPost, target, strings.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	if response, err = p.client.Do(request); err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	return response, answer, err
}

func (p *pressure) counts(server *contender, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asking[server] += n
}

// waitsFor is how many requests a server has not answered yet.
func (p *pressure) waitsFor(server *contender) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asking[server]
}

// since is what a server has accepted of what was sent since a time.
func (p *pressure) since(server *contender, begun time.Time) (accepted []acceptance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.accepted) - 1; i >= 0 && p.accepted[i].answered.After(begun); i-- {
		if a := p.accepted[i]; a.by == server && a.sent.After(begun) {
			accepted = append(accepted, a)
		}
	}
	return accepted
}

// first is the first acceptance of a server that was sent since a time.
func (p *pressure) first(server *contender, begun time.Time) (first acceptance, found bool) {
	for _, a := range p.since(server, begun) {
		if !found || a.answered.Before(first.answered) {
			first, found = a, true
		}
	}
	return first, found
}

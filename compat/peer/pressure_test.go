//go:build peer

package peer

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"ovate/compat/replay"
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
	tasks     chan string       // that are to be ended
	allocated map[string]string // for what, by id
	kept      map[string]string // locks that stay, by interval: whose they are
	faults    []string
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
		called: map[string]*contender{}, allocated: map[string]string{}, kept: map[string]string{}, tasks: make(chan string, 1000), asking: map[*contender]int{}, open: map[string]string{},
	}
}

// on has the clients of a place ask this server from now on.
func (p *pressure) on(place int, server *contender) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.servers) <= place {
		p.servers = append(p.servers, nil)
	}
	p.servers[place] = server
	p.called[server.url()] = server
}

// begin begins, with clients for each server: those that submit go where they are sent, and are not redirected, so that one of them soon asks who
// leads next; the others are.
func (p *pressure) begin() {
	for place := range p.servers {
		p.work.Go(func() { p.submit(place) })
		p.work.Go(func() { p.act(place) })
		p.work.Go(func() { p.endTasks(place) })
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

func (p *pressure) at(place int) *contender {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.servers[place]
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

// takeFaults are those since the last time.
func (p *pressure) takeFaults() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	faults := p.faults
	p.faults = nil
	return faults
}

// insist asks the server at a place, and whom it tells of if it may, until one accepts, and returns the answer.
func (p *pressure) insist(place int, redirected bool, kind, id, path, body string) (answer []byte) {
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
		status, answer, by := p.ask(p.at(place), redirected || p.ended(), kind, id, path, body)
		p.note(kind+" "+id, fmt.Sprintf("%s answers %d %.300s", by.user, status, answer))
		switch {
		case status == http.StatusOK:
			return answer
		case status == http.StatusBadRequest && kind == "submit" && strings.Contains(string(answer), "already exists"):
			return answer // an answer before was lost
		case status == 0, status == http.StatusServiceUnavailable, status == http.StatusTemporaryRedirect, status >= http.StatusInternalServerError:
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

// shortTask can run in ovate's own process, and ends at once there.
func shortTask(id string) string {
	return fmt.Sprintf(`{"type":"noop","id":%q,"dataSource":"short","runTime":1,"context":{"ovateRunner":"local"}}`, id)
}

// longTask waits for a worker for ever.
func longTask(id, dataSource string) string {
	return fmt.Sprintf(`{"type":"noop","id":%q,"groupId":%q,"dataSource":%q,"runTime":3600000,"context":{"priority":50}}`, id, id, dataSource)
}

const tasksPath, actionPath = "/druid/indexer/v1/task", "/druid/indexer/v1/action"

// submit submits tasks in turn, of which one ends by itself and one waits for somebody to end it.
func (p *pressure) submit(place int) {
	for n := 0; !p.ended(); n++ {
		id := fmt.Sprintf("short-%d-%d", place, n)
		p.insist(place, false, "submit", id, tasksPath, shortTask(id))
		id = fmt.Sprintf("long-%d-%d", place, n)
		p.insist(place, false, "submit", id, tasksPath, longTask(id, "long"))
		select {
		case p.tasks <- id:
		default: // others will do
		}
	}
}

// endTasks ends those that wait.
func (p *pressure) endTasks(place int) {
	for !p.ended() {
		select {
		case id := <-p.tasks:
			p.insist(place, true, "end", id, tasksPath+"/"+id+"/shutdown", "")
		case <-time.After(pace):
		}
	}
}

// act has two tasks, those of this place, lock and allocate what those of the other place would have as well.
func (p *pressure) act(place int) {
	locks, allocates := fmt.Sprint("locks-", place), fmt.Sprint("allocates-", place)
	p.insist(place, true, "submit", locks, tasksPath, longTask(locks, "locked"))
	p.insist(place, true, "submit", allocates, tasksPath, longTask(allocates, "allocated"))
	action := func(task, dataSource, kind, id, action string) []byte {
		return p.insist(place, true, kind, id, actionPath, fmt.Sprintf(`{"task":%s,"action":%s}`, longTask(task, dataSource), action))
	}
	const layout = "2006-01-02T15:04:05.000Z"
	for n := 0; !p.ended(); n++ {
		day := time.Date(2000, 1, 1+n, 0, 0, 0, 0, time.UTC)
		interval := day.Format(layout) + "/" + day.AddDate(0, 0, 1).Format(layout)
		got := action(locks, "locked", "lock", locks+" "+interval, fmt.Sprintf(`{"type":"lockTryAcquire","lockType":"EXCLUSIVE","interval":%q}`, interval))
		if version := replay.Dotted(got, "result.version"); version != "" && n%10 > 0 {
			action(locks, "locked", "release", locks+" "+interval, fmt.Sprintf(`{"type":"lockRelease","interval":%q}`, interval))
		} else if version != "" {
			p.keep(interval, locks)
		}
		sequence := fmt.Sprint(allocates, "-", n)
		request := fmt.Sprintf(`{"type":"segmentAllocate","dataSource":"allocated","timestamp":%q,"queryGranularity":"NONE","preferredSegmentGranularity":"DAY",`+
			`"sequenceName":%q,"skipSegmentLineageCheck":true,"taskLockType":"APPEND"}`, day.AddDate(0, 0, n/20-n).Format(layout), sequence)
		for range 2 { // with the same id
			p.allocate(sequence, action(allocates, "allocated", "allocate", sequence, request))
		}
	}
}

func (p *pressure) keep(interval, task string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if other := p.kept[interval]; other != "" && other != task {
		p.faults = append(p.faults, fmt.Sprintf("%s and %s have both locked %s", task, other, interval))
	}
	p.kept[interval] = task
}

// allocate notes for what an id was allocated.
func (p *pressure) allocate(sequence string, answer []byte) {
	var got struct {
		Result struct {
			DataSource, Interval, Version string
			ShardSpec                     struct{ PartitionNum int }
		}
	}
	if err := json.Unmarshal(answer, &got); err != nil || got.Result.Version == "" {
		p.fault("%s is allocated as %s", sequence, answer)
		return
	}
	id := got.Result.DataSource + "_" + strings.Replace(got.Result.Interval, "/", "_", 1) + "_" + got.Result.Version
	if n := got.Result.ShardSpec.PartitionNum; n > 0 {
		id += fmt.Sprint("_", n)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if other := p.allocated[id]; other != "" && other != sequence {
		p.faults = append(p.faults, fmt.Sprintf("%s was allocated for %s and for %s", id, other, sequence))
	}
	p.allocated[id] = sequence
}

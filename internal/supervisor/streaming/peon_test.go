package streaming_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/clock"
	"ovate/internal/runner"
	"ovate/internal/stream"
	"ovate/internal/supervisor/plan"
)

// peon is a task that reads a stream, as one of Druid does.
type peon struct {
	fleet            *fleet
	number           int
	id, sequence     string
	group            int
	location         druid.TaskLocation
	life             context.Context
	end              context.CancelFunc
	good             bool
	phase            string
	began            druid.Instant
	current, endAt   plan.Offsets
	parts            []plan.Offsets
	first, published int
	pausing          bool
	hangs, stuck     bool // it does not publish; it does not read
	waits            bool // it does not end once it has published
	upgraded         []string
}

// begin has a task run. The caller holds mu.
func (f *fleet) begin(id string, payload []byte) *peon {
	t, err := readTask(payload)
	if err != nil {
		panic(err)
	}
	f.next++
	host := fmt.Sprintf("h%d", f.next)
	p := &peon{
		fleet: f, number: f.next, id: id, sequence: t.Sequence, group: t.Group, phase: "STARTING", location: druid.TaskLocation{Host: host, Port: 8100, TLSPort: -1},
		current: t.Checkpoints.At[0].Clone(), first: t.Checkpoints.First, published: t.Checkpoints.First, stuck: f.stuck,
	}
	for _, at := range t.Checkpoints.At {
		p.parts = append(p.parts, at.Clone())
	}
	p.life, p.end = context.WithCancel(context.Background())
	f.peons[id] = p
	f.network.Serve(host+":8100", p)
	f.work.Go(p.work)
	return p
}

func (p *peon) status() druid.TaskStatus {
	p.fleet.mu.Lock()
	defer p.fleet.mu.Unlock()
	s := druid.TaskStatus{ID: p.id, State: druid.Failed, Location: p.location, ErrorMsg: "it has died"}
	if p.good {
		s.State, s.ErrorMsg = druid.Success, ""
	}
	return s
}

// work gets on once in a moment, until the task has ended.
func (p *peon) work() {
	for clock.Pause(p.life, time.Second) {
		p.fleet.mu.Lock()
		doomed := p.fleet.doomed[p.group]
		publish := !doomed && p.step()
		p.fleet.mu.Unlock()
		if doomed || publish && p.publish() && !p.stays() {
			p.leave()
		}
	}
}

// step is what a task does in a moment; it tells whether it has to publish. The caller holds mu.
func (p *peon) step() (publish bool) {
	switch {
	case p.phase == "STARTING":
		p.phase, p.began = "READING", druid.Now()+p.fleet.ahead
	case p.phase == "READING" && p.pausing:
		p.phase, p.pausing = "PAUSED", false
	case p.phase == "READING" && !p.stuck:
		p.fleet.topic.read(p.current, p.endAt)
		if p.endAt != nil && maps.Equal(p.current, p.endAt) {
			p.phase = "PUBLISHING"
		}
	}
	return !p.hangs && (p.phase == "PUBLISHING" || len(p.parts) > 1 && p.published < p.first+len(p.parts)-1)
}

// publish publishes what is to be published, and tells whether that is all.
func (p *peon) publish() (all bool) {
	for {
		p.fleet.mu.Lock()
		i := p.published - p.first
		last := i == len(p.parts)-1
		if i >= len(p.parts) || last && p.phase != "PUBLISHING" || !last && !p.hasRead(p.parts[i+1]) || p.fleet.lead == nil {
			done := i >= len(p.parts)
			p.fleet.mu.Unlock()
			return done
		}
		from, to := p.parts[i], p.endAt
		if !last {
			to = p.parts[i+1]
		}
		a := p.fleet.lead.given[p.id]
		p.fleet.mu.Unlock()
		if a == nil {
			return false
		}
		end := metadataOf("end", to)
		answer, err := action.Do(p.life, a.Client(), action.SegmentTransactionalInsert{DataSource: "wiki", Start: metadataOf("start", from), End: end})
		if err != nil || !answer.Success && !p.isPublished(a, to) {
			if err == nil && !strings.Contains(answer.ErrorMsg, "later") {
				p.leave() // it does not follow
			}
			return false
		}
		p.fleet.at(func() { p.published++ })
	}
}

// stays tells whether the task waits until others answer for what it has published.
func (p *peon) stays() (waits bool) {
	p.fleet.at(func() { waits = p.waits })
	return waits
}

// hasRead tells whether the task has come to some places.
func (p *peon) hasRead(to plan.Offsets) bool {
	for name, at := range to {
		if number(p.current[name]) < number(at) {
			return false
		}
	}
	return true
}

// isPublished tells whether a replica has published up to some places, or farther.
func (p *peon) isPublished(_ runner.Assignment, to plan.Offsets) bool {
	return p.fleet.topic.covered != nil && p.fleet.topic.covered(to)
}

// leave ends the task: well if it has published all.
func (p *peon) leave() {
	p.fleet.mu.Lock()
	p.good = p.published == p.first+len(p.parts)
	lead := p.fleet.lead
	p.end()
	var a runner.Assignment
	if lead != nil && !lead.stop {
		if a = lead.given[p.id]; a != nil {
			lead.calls.Add(1)
			defer lead.calls.Done()
		}
	}
	p.fleet.mu.Unlock()
	if a != nil {
		lead.events.Done(a, runner.Result{Status: p.status()})
	}
}

// die ends the task before it has published all.
func (p *peon) die() { p.leave() }

func (p *peon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	asked, _ := strings.CutPrefix(r.URL.Path, "/druid/worker/v1/chat/")
	id, path, _ := strings.Cut(asked, "/")
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	question := r.Method + " " + path
	p.fleet.mu.Lock()
	defer p.fleet.mu.Unlock()
	w.Header().Set("X-Druid-Task-Id", url.QueryEscape(p.id))
	p.fleet.asked = append(p.fleet.asked, question+" of "+id)
	if p.fleet.fault != nil {
		switch code := p.fleet.fault(p, question); {
		case code < 0:
			panic(http.ErrAbortHandler)
		case code > 0:
			http.Error(w, `{"error":"as the test says"}`, code)
			return
		}
	}
	if p.life.Err() != nil || p.phase == "STARTING" || id != p.id {
		http.Error(w, `{"error":"Can't find chatHandler for handler"}`, http.StatusServiceUnavailable)
		return
	}
	p.answer(w, question, body)
}

// answer answers as a task of Druid.
func (p *peon) answer(w http.ResponseWriter, question string, body []byte) {
	write := func(v any) {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		_, _ = w.Write(text)
	}
	switch question {
	case "GET status":
		write(p.phase)
	case "GET time/start":
		write(p.began)
	case "GET offsets/current":
		write(numbers(p.current))
	case "GET offsets/end":
		end := p.endAt
		if end == nil {
			end = plan.Offsets{}
			for name := range p.current {
				end[name] = noEnd
			}
		}
		write(numbers(end))
	case "GET checkpoints":
		all := map[string]any{}
		for i, at := range p.parts {
			all[strconv.Itoa(p.first+i)] = numbers(at)
		}
		write(all)
	case "GET rowStats":
		write(map[string]any{"totals": p.group})
	case "GET unparseableEvents":
		write([]map[string]any{{"input": p.id, "timeOfExceptionMillis": p.number}})
	case "POST pause":
		switch {
		case p.phase != "READING" && p.phase != "PAUSED":
			http.Error(w, `{"error":"Can't pause, task is not in a pausable state"}`, http.StatusConflict)
		case p.fleet.slow && p.phase == "READING":
			p.pausing = true
			http.Error(w, `"Request accepted but task has not yet paused"`, http.StatusAccepted)
		default:
			p.phase, p.pausing = "PAUSED", false
			write(numbers(p.current))
		}
	case "POST resume":
		if p.phase == "PAUSED" {
			p.phase = "READING"
		}
	case "POST offsets/end?finish=true", "POST offsets/end?finish=false":
		if err := p.setEnd(body, strings.HasSuffix(question, "true")); err != nil {
			http.Error(w, fmt.Sprintf(`{"error":%q}`, err), http.StatusBadRequest)
			return
		}
		_, _ = w.Write(body)
	case "POST pendingSegmentVersion":
		p.upgraded = append(p.upgraded, string(body))
	default:
		http.NotFound(w, nil)
	}
}

// setEnd has the task publish up to some places.
func (p *peon) setEnd(body []byte, finish bool) error {
	var given map[string]json.Number
	if err := json.Unmarshal(body, &given); err != nil {
		return err
	}
	end := plan.Offsets{}
	for name, n := range given {
		end[name] = stream.Sequence(n)
	}
	last := p.parts[len(p.parts)-1]
	if finish && maps.Equal(end, p.endAt) || !finish && maps.Equal(end, last) {
		if p.phase == "PAUSED" {
			p.phase = "READING"
		}
		return nil
	}
	switch {
	case p.phase != "PAUSED":
		return fmt.Errorf("Task must be paused before changing the end sequences")
	case p.endAt != nil:
		return fmt.Errorf("End sequences were set already")
	case len(end) != len(p.current):
		return fmt.Errorf("Request contains not exactly the partitions")
	}
	for name, at := range p.current {
		if number(end[name]) < number(at) {
			return fmt.Errorf("End sequence must be >= current sequence for partition [%s]", name)
		}
		if number(end[name]) < number(last[name]) { // which Druid's tasks do not look at
			p.fleet.wrong = append(p.fleet.wrong, fmt.Sprintf("%s is told to end a part at %v that begins at %v", p.id, end, last))
		}
	}
	if finish {
		p.endAt = end
	} else {
		p.parts = append(p.parts, end)
	}
	p.phase = "READING"
	return nil
}

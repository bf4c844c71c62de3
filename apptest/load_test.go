package apptest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ovate/client"
	"ovate/druid"
)

// Data sources of the load. Those that hold segments are read and compared in the end.
const (
	quiet    = "quiet"    // noop tasks
	doomed   = "doomed"   // noop tasks that end by being shut down
	vanished = "vanished" // its segments become unused and are removed
)

var kept = [...]string{"kept-1", "kept-2", "kept-3"} // appended to and overwritten

// load is clients that do all kinds of things at once.
type load struct {
	t       testing.TB
	ctx     context.Context
	ledger  *ledger
	files   string // folder for local input
	turns   chan struct{}
	server  atomic.Pointer[server]
	numbers atomic.Int64
	clients sync.WaitGroup
}

func newLoad(t testing.TB, ctx context.Context) *load {
	return &load{t: t, ctx: ctx, ledger: newLedger(), files: t.TempDir(), turns: make(chan struct{})}
}

// run starts the clients. Each asks for its turn before it does anything, so that whoever hands out the turns knows when
// how much is under way.
func (l *load) run(seed uint64) {
	for n := range 6 {
		random := rand.New(rand.NewPCG(seed, uint64(n)))
		l.clients.Go(func() {
			for {
				select {
				case l.turns <- struct{}{}:
					l.act(random, l.server.Load())
				case <-l.ctx.Done():
					return
				}
			}
		})
	}
}

func (l *load) act(random *rand.Rand, s *server) {
	switch random.IntN(5) {
	case 0:
		l.shutDown(random, s)
	case 1:
		l.look(random, s)
	default:
		l.submit(random, s)
	}
}

// submit sends a new task, or once more one that got no answer.
func (l *load) submit(random *rand.Rand, s *server) {
	doubtful := l.ledger.known(func(e *entry) bool { return e.doubtful && !e.accepted })
	if len(doubtful) > 0 && random.IntN(3) == 0 {
		l.send(s, doubtful[random.IntN(len(doubtful))])
		return
	}
	id, task, n := l.invent(random)
	l.ledger.sending(id, fmt.Sprint(task["type"]), n, encode(l.t, task))
	l.send(s, id)
}

// invent makes a task, and tells how many rows it ingests.
func (l *load) invent(random *rand.Rand) (id string, task object, n int) {
	id = fmt.Sprintf("task-%d", l.numbers.Add(1))
	switch choice := random.IntN(10); {
	case choice < 3:
		return id, noop(id, quiet, 1+random.IntN(50)), 0
	case choice < 4:
		return id, noop(id, doomed, 3_600_000), 0
	case choice < 5:
		return id, kill(id, vanished), 0
	}
	n = 1 + random.IntN(60)
	if random.IntN(8) == 0 {
		n = 3000 + random.IntN(3000)
	}
	data := rows(id, n, 1+random.IntN(3))
	i := ingestion{id: id, dataSource: kept[random.IntN(len(kept))], source: inline(data), append: random.IntN(3) > 0}
	if random.IntN(4) == 0 {
		i.dataSource, i.append = vanished, false
	}
	if random.IntN(3) == 0 {
		i.source = local(l.write(id, data))
	}
	if random.IntN(4) == 0 {
		i.tuning = object{"partitionsSpec": object{"type": "dynamic", "maxRowsPerSegment": 1 + n/3}, "maxRowsInMemory": 1 + n/7}
	}
	return id, i.task(), n
}

func (l *load) write(id string, data []byte) string {
	path := filepath.Join(l.files, id+".json")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		l.ledger.fault("%v", err)
	}
	return path
}

func (l *load) send(s *server, id string) {
	var body []byte
	again := false
	l.ledger.note(id, func(e *entry) { body, again = e.body, e.doubtful })
	got, err := s.Submit(l.ctx, body)
	switch {
	case err == nil && got == id:
		l.ledger.note(id, func(e *entry) { e.accepted = true })
	case err == nil:
		l.ledger.fault("task %s was accepted as %q", id, got)
	case unanswered(err):
		l.ledger.note(id, func(e *entry) { e.doubtful = true })
	case again && strings.Contains(err.Error(), "already exists"):
		l.ledger.note(id, func(e *entry) { e.accepted = true }) // the first time, then
	default:
		l.ledger.fault("submit %s: %v", id, err)
	}
}

// shutDown ends a task that may be running, or all of a data source.
func (l *load) shutDown(random *rand.Rand, s *server) {
	alive := l.ledger.known(func(e *entry) bool { return e.accepted && e.end == nil && !e.stopping })
	if len(alive) == 0 {
		return
	}
	if random.IntN(6) == 0 {
		l.shutDownAll(s)
		return
	}
	id := alive[random.IntN(len(alive))]
	l.ledger.note(id, func(e *entry) { e.stopping = true })
	switch err := s.Shutdown(l.ctx, id); {
	case err == nil:
		l.ledger.note(id, func(e *entry) { e.stopped = time.Now() })
	case !unanswered(err):
		l.ledger.fault("shut down %s: %v", id, err)
	}
}

func (l *load) shutDownAll(s *server) {
	isDoomed := func(e *entry) bool { return strings.Contains(string(e.body), `"dataSource":"`+doomed+`"`) }
	accepted := l.ledger.known(func(e *entry) bool { return e.accepted && isDoomed(e) })
	for _, id := range l.ledger.known(isDoomed) {
		l.ledger.note(id, func(e *entry) { e.stopping = true })
	}
	switch err := s.ShutdownAll(l.ctx, doomed); {
	case err == nil:
		for _, id := range accepted {
			l.ledger.note(id, func(e *entry) { e.stopped = time.Now() })
		}
	case !unanswered(err) && !client.IsNotFound(err):
		l.ledger.fault("shut down all of %s: %v", doomed, err)
	}
}

// look asks about tasks and holds the answers against the ones before.
func (l *load) look(random *rand.Rand, s *server) {
	ids := l.ledger.known(func(e *entry) bool { return e.accepted })
	if len(ids) == 0 {
		return
	}
	var err error
	asked := time.Now()
	id := ids[random.IntN(len(ids))]
	switch random.IntN(5) {
	case 0:
		var tasks []druid.TaskStatusPlus
		tasks, err = s.Tasks(l.ctx, client.Filter{State: "complete"})
		for _, task := range tasks {
			l.ledger.saw("the list of complete tasks", asked, plain(task))
		}
	case 1:
		var status druid.TaskStatusPlus
		if status, err = s.Status(l.ctx, id); err == nil {
			l.ledger.saw("the status", asked, plain(status))
		}
	case 2:
		var log io.ReadCloser
		if log, err = s.Log(l.ctx, id, random.Int64N(200)-100); err == nil {
			_, err = io.Copy(io.Discard, log)
			err = errors.Join(err, log.Close())
		}
		if client.IsNotFound(err) {
			err = nil // not begun
		}
	case 3:
		if _, err = s.Ingestion(l.ctx, id); client.IsNotFound(err) {
			err = nil
		}
	default:
		var statuses map[string]druid.TaskStatus
		statuses, err = s.Statuses(l.ctx, ids...)
		for _, id := range ids {
			status, found := statuses[id]
			if found {
				l.ledger.saw("the statuses", asked, status)
			} else if err == nil {
				l.ledger.fault("task %s was accepted, and is unknown", id)
			}
		}
	}
	if err != nil && !unanswered(err) {
		l.ledger.fault("look at %s: %v", id, err)
	}
}

// plain is the part of a status that all answers share.
func plain(s druid.TaskStatusPlus) druid.TaskStatus {
	return druid.TaskStatus{ID: s.ID, State: s.State, Duration: s.Duration, ErrorMsg: s.ErrorMsg, Location: s.Location}
}

// unanswered tells whether the server went away before it answered.
func unanswered(err error) bool {
	var gone *client.UnreachableError
	return errors.As(err, &gone) || errors.Is(err, context.Canceled) || errors.Is(err, io.ErrUnexpectedEOF)
}

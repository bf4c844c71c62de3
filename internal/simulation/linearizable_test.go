package simulation

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/queue"
)

// operation notes what somebody asked for and was answered, of whom others may have been asked the same meanwhile. An answer that never came
// may still be that of something that happens later.
func (h *history) operation(client int, asked any, call time.Time, answer any) {
	h.change(func() {
		ended := time.Now().UnixNano()
		if answer == nil {
			ended = math.MaxInt64
		}
		h.operations = append(h.operations, porcupine.Operation{ClientId: client, Input: asked, Call: call.UnixNano(), Output: answer, Return: ended})
	})
}

// linearizable fails the test unless each operation can have happened at one instant between the question and the answer.
func linearizable(t *testing.T, w *world, m porcupine.Model) {
	t.Helper()
	w.count("histories")
	w.happened["operations"] += len(w.history.operations)
	if result := porcupine.CheckOperationsTimeout(m, w.history.operations, time.Minute); result != porcupine.Ok {
		w.fail("the history is %s:", result)
		for _, o := range w.history.operations {
			t.Logf("%d to %d: client %d: %+v: %v", o.Call, o.Return, o.ClientId, o.Input, o.Output)
		}
	}
}

// wanted is a segment id that is asked for.
type wanted struct{ day, sequence, previous string }

// reservers are the tasks that reserve ids of the same sequences.
const reservers = 5

// reserve reserves segment ids in the sequences that it shares with others, each after one that is known already. It begins once all of them are
// active: ids that no active task of the group may ask for are forgotten.
func (p *peon) reserve() error {
	const first = ""
	known := map[string][]string{}
	for p.world.history.taken() < reservers && p.ctx.Err() == nil {
		clock.Pause(p.ctx, time.Second)
	}
	for range p.work.Steps {
		if err := p.step(); err != nil {
			return err
		}
		sequence := fmt.Sprint(p.work.Day.Start, " ", p.random.IntN(2)) // a sequence is of one day, or its ids end there
		before := append([]string{first}, known[sequence]...)
		asked := wanted{p.work.Day.String(), sequence, before[p.random.IntN(len(before))]}
		call := time.Now()
		got, err := p.allocate(asked.sequence, asked.previous)
		if err != nil {
			p.world.history.operation(p.number(), asked, call, nil)
			return err
		}
		p.world.history.operation(p.number(), asked, call, got.ID.String())
		known[sequence] = append(known[sequence], got.ID.String())
	}
	return nil
}

func (p *peon) number() (n int) {
	_, _ = fmt.Sscanf(p.id, "t%d", &n)
	return n
}

// reservations is how segment ids are handed out one after the other: the same for the same question, else one that nobody has.
var reservations = porcupine.Model{
	Partition: func(all []porcupine.Operation) (parts [][]porcupine.Operation) {
		byDay := map[string][]porcupine.Operation{}
		for _, o := range all {
			day := o.Input.(wanted).day
			byDay[day] = append(byDay[day], o)
		}
		for _, part := range byDay {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return map[wanted]string{} },
	Step: func(state, input, output any) (bool, any) {
		given, asked := state.(map[wanted]string), input.(wanted)
		if output == nil {
			return true, state // if it has happened at all, the id is nobody else's all the same
		}
		id := output.(string)
		if had, known := given[asked]; known {
			return had == id, state
		}
		for _, other := range given {
			if other == id {
				return false, state
			}
		}
		next := maps.Clone(given)
		next[asked] = id
		return true, next
	},
	Equal: func(a, b any) bool { return maps.Equal(a.(map[wanted]string), b.(map[wanted]string)) },
}

// Segment ids are handed out as if by one that does so one after the other: replicas get the same ones, others never do.
func TestReservations(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) *world {
		var users []func(*world)
		for i := range reservers {
			users = append(users, func(w *world) {
				random := w.random("use", fmt.Sprint(i))
				time.Sleep(time.Duration(random.IntN(60_000)) * time.Millisecond)
				w.submit(random, fmt.Sprint("t", i), "index", 50, work{Script: "reserve", Day: day(random.IntN(2)), Steps: 6, Pace: 30_000})
			})
		}
		w := live(t, seed, users, []disturbance{leadLost, leadLostUnknown, leaderKilled, stormBegins, stormEnds, databaseGone})
		linearizable(t, w, reservations)
		return w
	})
}

// registered is a question about a task.
type registered struct{ what, id string }

// register is how tasks come and go one after the other. One that is submitted twice is there already; one that has ended stays so.
var register = porcupine.Model{
	Partition: func(all []porcupine.Operation) (parts [][]porcupine.Operation) {
		byID := map[string][]porcupine.Operation{}
		for _, o := range all {
			id := o.Input.(registered).id
			byID[id] = append(byID[id], o)
		}
		for _, part := range byID {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		now := state.(string)
		switch input.(registered).what {
		case "submit": // until it is there
			if now == "" {
				now = string(druid.Running)
			}
		case "shut down", "fail": // it may do so by itself at any time
			if now == string(druid.Running) {
				now = string(druid.Failed)
			}
		case "succeed": // it may do so at any time
			if now == string(druid.Running) {
				now = string(druid.Success)
			}
		case "look":
			return output == nil || output.(string) == now, now
		}
		return true, now
	},
}

// What servers tell of tasks is as if there were one, to which all is told one after the other: who has been told of something finds it, and
// who has seen an end sees it again, whoever answers. Of a server that does not know yet that another leads, more cannot be said.
func TestTaskRegister(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64) *world {
		var users []func(*world)
		for i := range 9 {
			users = append(users, func(w *world) { w.handle(i, fmt.Sprint("t", i%3)) })
		}
		w := live(t, seed, users, []disturbance{leadLost, leaderKilled, stormBegins, stormEnds, databaseGone})
		linearizable(t, w, register)
		return w
	})
}

// handle submits a task that others submit too, looks at it again and again, and perhaps shuts it down.
func (w *world) handle(client int, id string) {
	random := w.random("handle", fmt.Sprint(client))
	time.Sleep(time.Duration(random.IntN(100_000)) * time.Millisecond)
	for i := range 12 {
		call := time.Now()
		switch n := random.IntN(10); {
		case i == 0:
			w.submit(random, id, "index_parallel", 50, work{Script: "append", Day: day(0), Steps: 3, Pace: 20_000})
			w.history.operation(client, registered{"submit", id}, call, "")
			w.history.operation(client, registered{"succeed", id}, call, nil)
			w.history.operation(client, registered{"fail", id}, call, nil)
		case n == 0 && i > 6:
			w.shutDown(random, id)
			w.history.operation(client, registered{"shut down", id}, call, "")
		default:
			if state, seen := w.look(client, id); seen {
				w.history.operation(client, registered{"look", id}, call, state)
			}
		}
		time.Sleep(time.Duration(random.IntN(20_000)) * time.Millisecond)
	}
}

// look asks the leader for a task; seen is false if there is no answer.
func (w *world) look(client int, id string) (state string, seen bool) {
	q, at := w.leader(w.random("look", fmt.Sprint(client)))
	if q == nil {
		return "", false
	}
	ctx, cancel := at.call(w.ctx)
	defer cancel()
	s, err := q.Status(ctx, id)
	switch {
	case at.dead():
		return "", false
	case errors.Is(err, queue.ErrNotFound):
		return "", true
	case err != nil:
		return "", false
	}
	return string(s.State), true
}

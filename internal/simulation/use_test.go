package simulation

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/clock"
	"ovate/internal/task"
)

// someTasks are users who submit tasks, which work beside each other or not, and perhaps shut them down again.
func someTasks(n int, beside bool) (users []func(*world)) {
	for i := range n {
		users = append(users, func(w *world) { w.use(fmt.Sprintf("t%d", i), beside) })
	}
	return users
}

// use submits a task, and perhaps shuts it down again.
func (w *world) use(id string, beside bool) {
	random := w.random("use", id)
	time.Sleep(time.Duration(random.IntN(200_000)) * time.Millisecond)
	does := work{Script: "append", Day: day(random.IntN(2)), Steps: 1 + random.IntN(3), Pace: 1 + random.IntN(30_000), Dies: max(0, random.IntN(12)-6), Beside: beside}
	typ := []string{"index", "index_parallel"}[random.IntN(2)]
	if random.IntN(3) == 0 {
		does.Script, typ = "replace", "index_parallel"
	}
	w.submit(random, id, typ, 50+random.IntN(2), does)
	if random.IntN(6) == 0 {
		time.Sleep(time.Duration(random.IntN(60_000)) * time.Millisecond)
		w.shutDown(random, id)
	}
}

// day is one of the days to which segments belong.
func day(n int) druid.Interval {
	const ms = 24 * 3600 * 1000
	return druid.Interval{Start: druid.Instant(n * ms), End: druid.Instant((n + 1) * ms)}
}

// submit submits a task until it is accepted.
func (w *world) submit(random *rand.Rand, id, typ string, priority int, does work) {
	for {
		decoded, err := task.DecodeRemote(fmt.Appendf(nil, `{"type":%q,"id":%q,"spec":{"dataSchema":{"dataSource":%q},"ioConfig":{"appendToExisting":%t}},"context":{"priority":%d,"useConcurrentLocks":%t},`+
			`"work":{"script":%q,"day":%q,"steps":%d,"pace":%d,"dies":%d,"beside":%t}}`, typ, id, dataSource, does.Script != "replace", priority, does.Beside,
			does.Script, does.Day, does.Steps, does.Pace, does.Dies, does.Beside), druid.Now())
		if err != nil {
			w.fail("%v", err)
			return
		}
		err = errors.New("503")
		if q, at := w.leader(random); q != nil {
			ctx, cancel := at.call(w.ctx)
			if err = q.Add(ctx, decoded); at.dead() {
				err = errors.New("no answer")
			}
			cancel()
		}
		var deliberate *druid.Error
		if err == nil || errors.As(err, &deliberate) && strings.Contains(err.Error(), "already exists") {
			break
		}
		clock.Pause(w.ctx, time.Duration(1000+random.IntN(4000))*time.Millisecond)
	}
	w.history.change(func() { w.history.accepted[id] = time.Now() })
	w.count("tasks")
}

func (w *world) shutDown(random *rand.Rand, id string) {
	w.history.change(func() { w.history.mayBeShut[id] = true })
	for {
		if q, at := w.leader(random); q != nil {
			ctx, cancel := at.call(w.ctx)
			err := q.Shutdown(ctx, id, "enough")
			cancel()
			if err == nil && !at.dead() {
				break
			}
		}
		clock.Pause(w.ctx, time.Duration(1000+random.IntN(4000))*time.Millisecond)
	}
	w.count("shutdowns")
	w.history.change(func() { w.history.shutDown[id] = time.Now() })
}

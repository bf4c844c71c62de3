package queue_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/ingest"
)

// A task that asks for a REPLACE lock runs beside those that append, and carries over what they append meanwhile. It fails rather than hide
// what was appended since it was submitted, but before it got its lock; whatever else was done to the chunk meanwhile it replaces, as in
// Druid, and so does a task that asks for no such lock.
func TestReplaceDoesNotHideWhatWasAppendedMeanwhile(t *testing.T) {
	const concurrent, replace, carried = `'useConcurrentLocks':true`, `'taskLockType':'REPLACE'`, "1 0/1,1 1/1,1 0/1,1 1/1"
	for name, c := range map[string]struct {
		first    string // what runs on day 1 as the replacing task is submitted
		days     []int  // what it builds
		replacer string
		defaults map[string]json.RawMessage
		waits    bool
		fails    bool
		used     string // by day, partition and core partitions, in the order of versions
	}{
		"append beside":                   {first: index("first", 1, 2, "append"+concurrent), replacer: index("r", 1, 2, concurrent), used: carried},
		"without intervals":               {first: index("first", 0, 0, "append"+concurrent), replacer: index("r", 0, 0, concurrent), fails: true},
		"to a chunk of its own":           {first: index("first", 1, 3, "append"+concurrent), days: []int{2}, replacer: index("r", 1, 3, concurrent), used: "1 0/1,1 0/1,2 0/0"},
		"by the type of the lock":         {first: index("first", 1, 2, "append"), replacer: index("r", 1, 2, replace), waits: true, fails: true},
		"by the type of both locks":       {first: index("first", 1, 2, `append'taskLockType':'APPEND'`), replacer: index("r", 1, 2, replace), used: carried},
		"as text":                         {first: index("first", 1, 2, "append"), replacer: index("r", 1, 2, `'useConcurrentLocks':'true'`), waits: true, fails: true},
		"by the context of all tasks":     {first: index("first", 1, 2, "append"), replacer: index("r", 1, 2, ""), defaults: map[string]json.RawMessage{"useConcurrentLocks": json.RawMessage("true")}, used: carried},
		"of one group":                    {first: grouped(index("first", 1, 2, "append"+concurrent)), replacer: grouped(index("r", 1, 2, concurrent)), used: carried},
		"two replacing tasks":             {first: index("first", 1, 2, concurrent), replacer: index("r", 1, 2, concurrent), waits: true},
		"an append that asks for SHARED":  {first: index("first", 1, 2, "append'useSharedLock':true"), replacer: index("r", 1, 2, concurrent), waits: true, fails: true},
		"a replacing task of the old way": {first: index("first", 1, 2, "append"+concurrent), replacer: index("r", 1, 2, ""), waits: true},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.options.DefaultContext = c.defaults
				q := w.start()
				w.ingest = builds(1)
				w.add(q, index("before", 1, 2, ""))
				synctest.Wait()
				if c.days == nil {
					c.days = []int{1}
				}
				w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
					time.Sleep(6 * time.Second)
					return builds(c.days...)(ctx, job)
				}
				w.add(q, c.first)
				synctest.Wait()
				time.Sleep(time.Second)
				w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
					time.Sleep(7 * time.Second)
					return builds(1)(ctx, job)
				}
				w.add(q, c.replacer)
				synctest.Wait()
				if got := w.status(q, "r"); (got == "RUNNING/WAITING") != c.waits {
					t.Errorf("the replacing task is %s", got)
				}
				time.Sleep(30 * time.Second)
				synctest.Wait()
				w.expect(q, "first", "SUCCESS")
				got := w.status(q, "r")
				if !c.fails {
					if got != "SUCCESS" {
						t.Errorf("the replacing task is %s", got)
					}
					if used := w.used(); c.used != "" && used != c.used {
						t.Errorf("used %s, want %s", used, c.used)
					}
					w.clean()
					return
				}
				for _, part := range []string{"FAILED: 1 segments were appended", "interval[2026-02-01T00:00:00.000Z/2026-02-02T00:00:00.000Z]", "useConcurrentLocks", "Submit the task again"} {
					if !strings.Contains(got, part) {
						t.Errorf("the replacing task is %s, want %q in it", got, part)
					}
				}
				if got, want := w.used(), "1 0/1,1 1/1"; got != want {
					t.Errorf("used %s, want %s", got, want)
				}
				w.clean()
				w.add(q, strings.Replace(c.replacer, "'id':'r'", "'id':'again'", 1))
				time.Sleep(30 * time.Second)
				synctest.Wait()
				w.expect(q, "again", "SUCCESS")
			})
		})
	}
}

// That holds also if the machine's clock is set back meanwhile, by however much, and whether the server is started again. Where a start goes by
// a clock that is far behind, nobody can tell what was appended before the task got its lock, and it fails. Tasks that are submitted then are
// not held up by what was published before.
func TestReplaceDoesNotHideWhatWasAppendedAfterTheClockWasSetBack(t *testing.T) {
	const concurrent = `'useConcurrentLocks':true`
	for _, c := range []struct {
		name     string
		back     time.Duration
		restarts bool
		fails    bool
	}{
		{"while the server runs", 10 * time.Minute, false, false},
		{"by much, while the server runs", 1000 * time.Hour, false, false},
		{"while the server is down", 10 * time.Minute, true, false},
		{"by much, while the server is down", 1000 * time.Hour, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.ahead.Store(int64(c.back))
				q := w.start()
				w.ingest = builds(1)
				w.add(q, index("before", 1, 2, ""))
				synctest.Wait()
				w.add(q, index("early", 1, 2, "append"+concurrent))
				time.Sleep(time.Second)
				w.expect(q, "early", "SUCCESS")
				w.ingest = func(ctx context.Context, job ingest.Job) (*ingest.Result, error) {
					select {
					case <-time.After(6 * time.Second):
						return builds(1)(ctx, job)
					case <-ctx.Done():
						return nil, ctx.Err()
					}
				}
				w.add(q, index("append", 1, 2, "append"+concurrent))
				time.Sleep(time.Second)
				w.add(q, index("replace", 1, 2, concurrent))
				time.Sleep(time.Second)
				w.ahead.Store(0)
				if c.restarts {
					q.Stop()
					q = w.start()
				}
				time.Sleep(time.Minute)
				w.expect(q, "append", "SUCCESS")
				got, used := w.status(q, "replace"), w.used()
				switch {
				case c.fails && strings.HasPrefix(got, "FAILED: ") && strings.Contains(got, "were appended"):
				case c.fails || got != "SUCCESS" || used != "1 0/1,1 1/1,1 2/1,1 0/1,1 1/1" && used != "1 0/1,1 1/1,1 0/1,1 1/1": // whoever was first
					t.Errorf("the replacing task is %s; used %s", got, used)
				}
				w.add(q, index("again", 1, 2, concurrent))
				time.Sleep(time.Minute)
				w.expect(q, "again", "SUCCESS")
				w.clean()
			})
		})
	}
}

func grouped(text string) string { return strings.Replace(text, `'id'`, `'groupId':'g','id'`, 1) }

package remote_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/runner/remote"
)

// What gets lost on the way of a task to its worker does not run it twice.
func TestLostOnTheWay(t *testing.T) {
	for _, test := range []struct {
		name              string
		requests, answers int
		end               string
	}{
		{"an answer", 0, 1, "SUCCESS"},
		{"all answers", 0, 3, "SUCCESS"},
		{"two requests", 2, 0, "SUCCESS"},
		{"all requests", 3, 0, "FAILED"},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, 2, func(c *cluster) {
				c.start()
				c.network.Lose("h1:8091", test.requests, test.answers)
				c.run(noop("a", time.Minute))
				pass(c.settings.TaskAssignmentTimeout - time.Minute)
				if test.end == "FAILED" {
					c.expect()
					pass(2 * time.Minute)
					if msg := c.end("a").ErrorMsg; !strings.Contains(msg, "h1:8091") || !strings.Contains(msg, "5m0s") {
						t.Errorf("message %q", msg)
					}
				}
				c.expect("running a", "done a "+test.end)
				c.run(noop("b", time.Minute), noop("c", time.Minute), noop("d", time.Minute)) // the worker gets tasks again
				pass(2 * time.Minute)
				c.expect("running b", "done b SUCCESS", "running c", "done c SUCCESS", "running d", "done d SUCCESS")
			})
		})
	}
}

// A worker's process that ends while it is sent a task, and another that begins there without it, hold up neither the task nor those behind it.
func TestWorkerDiesWhileItIsSentATask(t *testing.T) {
	for name, cancelled := range map[string]bool{"the task is wanted": false, "the task is given up": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 1, func(c *cluster) {
				c.start()
				c.network.Lose("h1:8091", 1, 0) // the request, with the process
				c.run(noop("a", time.Minute))
				synctest.Wait()
				c.network.Cut("h1:8091", true)
				c.workers["h1"].Restart(true)
				c.run(noop("b", time.Minute))
				pass(20 * time.Second)
				if cancelled {
					c.runner.Cancel("a", errGivenUp)
				}
				c.expect()
				c.network.Cut("h1:8091", false)
				pass(90 * time.Second)
				if cancelled {
					c.expect("running a", "done a FAILED", "running b", "done b SUCCESS")
				} else {
					c.expect("running a", "running b", "done a SUCCESS", "done b SUCCESS")
				}
			})
		})
	}
}

// A worker that took a task right before its process ended has it on its disk, and runs it once.
func TestWorkerDiesWithATaskOnItsDisk(t *testing.T) {
	inBubble(t, 2, func(c *cluster) {
		c.start()
		c.workers["h1"].SetGap(time.Minute) // between taking a task and running it
		c.workers["h2"].SetGap(time.Minute)
		c.network.Lose("h1:8091", 0, 3)
		c.network.Lose("h2:8091", 0, 3)
		c.run(noop("a", time.Minute))
		synctest.Wait()
		for _, name := range []string{"h1", "h2"} {
			c.network.Cut(name+":8091", true)
			c.workers[name].Restart(true)
		}
		pass(20 * time.Second)
		for _, name := range []string{"h1", "h2"} {
			c.network.Cut(name+":8091", false)
		}
		pass(5 * time.Minute)
		c.expect("running a", "done a SUCCESS")
		if n := c.starts("a"); n != 1 {
			t.Errorf("begun %d times", n)
		}
	})
}

func TestSilentWorker(t *testing.T) {
	inBubble(t, 1, func(c *cluster) {
		c.start()
		c.run(noop("a", 24*time.Hour))
		c.expect("running a")
		c.network.Cut("h1:8091", true)
		c.run(noop("b", time.Second)) // finds no worker
		pass(c.settings.TaskCleanupTimeout - time.Minute)
		c.expect()
		pass(4 * time.Minute)
		c.expect("done a FAILED")
		if got := c.end("a"); !strings.Contains(got.ErrorMsg, "h1:8091") || !strings.Contains(got.ErrorMsg, "15m0s") || got.Location.Host != "h1" {
			t.Errorf("ended with %+v", got)
		}
		c.network.Cut("h1:8091", false)
		pass(5 * time.Minute)
		c.expect("running b", "done b SUCCESS")
		if state, ended := c.workers["h1"].Ran("a"); !ended || state != druid.Failed {
			t.Error("the worker still runs the task that has failed")
		}
	})
}

// A worker that is not shown for a while, or comes back in time, keeps its tasks.
func TestWorkerComesBack(t *testing.T) {
	inBubble(t, 1, func(c *cluster) {
		c.start()
		c.run(noop("a", time.Hour))
		c.expect("running a")
		c.sees(nil)
		c.network.Cut("h1:8091", true)
		c.run(noop("b", time.Minute))
		pass(10 * time.Minute)
		c.network.Cut("h1:8091", false)
		c.sees(c.nodes)
		pass(time.Second)
		c.expect("running b")
		pass(time.Hour)
		c.expect("done b SUCCESS", "done a SUCCESS")
		c.sees(nil)
		pass(time.Second)
		if got := c.runner.Workers(); len(got) != 0 {
			t.Errorf("workers %+v", got)
		}
	})
}

func TestWorkerRestarts(t *testing.T) {
	for _, restore := range []bool{true, false} {
		t.Run(fmt.Sprint(restore), func(t *testing.T) {
			inBubble(t, 1, func(c *cluster) {
				c.start()
				c.run(noop("a", time.Hour))
				c.expect("running a")
				c.workers["h1"].Restart(restore)
				pass(time.Minute)
				if !restore {
					c.expect("done a FAILED")
					return
				}
				c.expect()
				pass(time.Hour)
				c.expect("done a SUCCESS")
			})
		})
	}
}

func TestRemovedAtWorker(t *testing.T) {
	inBubble(t, 1, func(c *cluster) {
		c.start()
		c.run(noop("a", time.Hour))
		c.expect("running a")
		if err := c.workers["h1"].Lose("a"); err != nil {
			t.Fatal(err)
		}
		c.expect("done a FAILED")
	})
}

// A worker that has not begun a task says that it has ended it, and begins it all the same.
func TestCancelTooEarly(t *testing.T) {
	inBubble(t, 1, func(c *cluster) {
		c.workers["h1"].SetGap(10 * time.Second)
		c.start()
		c.run(noop("a", time.Hour))
		c.expect("running a")
		if !c.runner.Cancel("a", errGivenUp) {
			t.Error("the task is said not to be running")
		}
		pass(5 * time.Second)
		c.expect()
		pass(time.Minute)
		c.expect("done a FAILED")
		if got := c.end("a").ErrorMsg; got != errGivenUp.Error() {
			t.Errorf("message %q", got)
		}
	})
}

func TestCancelAtSilentWorker(t *testing.T) {
	inBubble(t, 1, func(c *cluster) {
		c.start()
		c.run(noop("a", 24*time.Hour))
		c.expect("running a")
		c.network.Cut("h1:8091", true)
		if !c.runner.Cancel("a", errGivenUp) {
			t.Error("the task is said not to be running")
		}
		pass(10 * time.Minute)
		c.expect()
		c.network.Cut("h1:8091", false)
		pass(3 * time.Minute)
		c.expect("done a FAILED")
	})
}

// Whatever a worker answers, it is not asked again and again without a pause.
func TestWrongAnswers(t *testing.T) {
	full := `{"resetCounter":false,"counter":{"counter":7,"hash":1},"requests":[{"type":"metadata","disabled":false}]}`
	for name, answer := range map[string]func(since string) (int, string){
		"no JSON":                     func(string) (int, string) { return 200, "<html>" },
		"nothing":                     func(string) (int, string) { return 200, "" },
		"no counter":                  func(string) (int, string) { return 200, `{"requests":[]}` },
		"an item of an unknown type":  func(string) (int, string) { return 200, strings.Replace(full, "metadata", "other", 1) },
		"always that it has to reset": func(string) (int, string) { return 200, `{"resetCounter":true,"resetCause":"x"}` },
		"a reset after each snapshot": func(since string) (int, string) {
			return 200, map[bool]string{true: full, false: `{"resetCounter":true}`}[since == "-1"]
		},
		"no news at once": func(since string) (int, string) { return map[bool]int{true: 200, false: 204}[since == "-1"], full },
		"the same at once": func(since string) (int, string) {
			const again = `,{"type":"taskUpdate","taskAnnouncement":{"id":"x","taskStatus":{"id":"x","status":"SUCCESS","duration":1}}}]`
			return 200, map[bool]string{true: full, false: strings.Replace(full, "]", again, 1)}[since == "-1"]
		},
		"all, and then nothing that can be understood": func(since string) (int, string) {
			return 200, map[bool]string{true: full}[since == "-1"]
		},
		"an error":                      func(string) (int, string) { return 500, "x" },
		"that it is another's business": func(string) (int, string) { return 302, "" },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 0, func(c *cluster) {
				var asked atomic.Int64
				c.network.Serve("odd:8091", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method != http.MethodGet {
						w.WriteHeader(http.StatusNotFound)
						return
					}
					asked.Add(1)
					code, body := answer(r.URL.Query().Get("counter"))
					w.WriteHeader(code)
					if code == 200 {
						_, _ = w.Write([]byte(body))
					}
				}))
				c.nodes = []remote.Node{{Scheme: "http", Host: "odd:8091", Capacity: 1, Version: "0"}}
				c.start()
				c.run(noop("a", time.Second))
				pass(time.Hour)
				c.expect()
				if n := asked.Load(); n < 20 || n > 100 {
					t.Errorf("asked %d times in an hour", n)
				}
			})
		})
	}
}

// A worker that always has something new does not keep everybody busy.
func TestWorkerThatNeverRests(t *testing.T) {
	inBubble(t, 0, func(c *cluster) {
		var asked atomic.Int64
		c.network.Serve("odd:8091", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n := asked.Add(1)
			_, _ = fmt.Fprintf(w, `{"counter":{"counter":%d,"hash":1},"requests":[{"type":"metadata","disabled":%t}]}`, n, n%2 == 0)
		}))
		c.nodes = []remote.Node{{Scheme: "http", Host: "odd:8091", Capacity: 1, Version: "0"}}
		c.begin()
		time.Sleep(time.Minute)
		c.runner.Stop()
		if n := asked.Load(); n < 1000 || n > 1300 {
			t.Errorf("asked %d times in a minute", n)
		}
	})
}

func TestBlacklist(t *testing.T) {
	inBubble(t, 1, func(c *cluster) {
		c.settings.MaxPercentageBlacklistWorkers = 100
		c.start()
		var want []string
		for i := range c.settings.MaxRetriesBeforeBlacklist + 1 {
			f := noop(fmt.Sprint("f", i), time.Second)
			f.JSON = strings.Replace(f.JSON, "{", `{"fails":true,`, 1)
			c.run(f)
			pass(2 * time.Second)
			want = append(want, "running "+f.ID(), "done "+f.ID()+" FAILED")
		}
		c.expect(want...)
		if got := c.runner.Workers(); got[0].BlacklistedUntil == 0 {
			t.Errorf("workers %+v", got)
		}
		c.run(noop("a", time.Second))
		pass(c.settings.WorkerBlackListBackoffTime - time.Minute)
		c.expect()
		pass(2 * time.Minute)
		c.expect("running a", "done a SUCCESS")
		if got := c.runner.Workers(); got[0].BlacklistedUntil != 0 {
			t.Errorf("workers %+v", got)
		}
	})
}

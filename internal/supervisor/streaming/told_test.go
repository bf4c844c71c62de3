package streaming_test

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ovate/internal/supervisor"
)

// writer is a function to write to.
type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

// The log tells of each task that is made and that fails, and when a supervisor goes on again.
func TestLog(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		var mu sync.Mutex
		var text bytes.Buffer
		w.log = slog.New(slog.NewTextHandler(writer(func(b []byte) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			return text.Write(b)
		}), nil))
		w.restart()
		says := func(words ...string) {
			w.Helper()
			w.until(strings.Join(words, " "), func() bool {
				mu.Lock()
				defer mu.Unlock()
				return slices.ContainsFunc(strings.Split(text.String(), "\n"), func(line string) bool {
					return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(line, word) })
				})
			})
		}
		w.submit(1, 0)
		says("a supervisor has submitted a task", "task=index_kafka_wiki_")
		w.become(`0 READING {"0":0}-{"0":10}`)
		w.tasks()[0].die()
		says("WARN", "a task of a supervisor has failed", "it has died")
		w.topic.at(func() { w.topic.cut = true })
		says("WARN", "supervisor cannot go on", "the test says so")
		w.topic.at(func() { w.topic.cut = false })
		says("supervisor goes on again", "supervisor=wiki")
	})
}

// That no worker has room for tasks is told, and they run once there is one.
func TestNoWorker(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.fleet.full = true
		w.submit(1, 0)
		w.until("told", func() bool {
			return slices.ContainsFunc(w.at().State.Recent, func(m supervisor.Mishap) bool { return strings.Contains(m.Message, "Of 1 tasks 1 wait for a worker") })
		})
		if s := w.at().State; s.Stage != supervisor.Running || s.Why != "" {
			w.Errorf("%+v", s)
		}
		if status, err := w.at().AtWork.Status(w.Context()); err != nil || !strings.Contains(string(status), `"minimumLag":{"0":10},"aggregateLag":10`) {
			w.Errorf("where nobody has read the status is %s, %v", status, err)
		}
		if lag := w.at().AtWork.(supervisor.Lagging).Lag(); len(lag) != 1 || lag["0"] != 10 {
			w.Errorf("the lag is %v", lag)
		}
		w.fleet.at(func() { w.fleet.full = false })
		w.become(`0 READING {"0":0}-{"0":10}`)
		w.until("nothing to be told", func() bool { return len(w.at().State.Recent) == 0 })
	})
}

// That a replica has no worker of its own is told, and not that workers have too few slots.
func TestReplicaWithoutWorker(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		w.settings.Rules.Replicas, w.fleet.single = 2, true
		w.submit(1, 0)
		const want = "Of 2 tasks 1 wait for a worker, one since "
		w.until("told", func() bool {
			return slices.ContainsFunc(w.at().State.Recent, func(m supervisor.Mishap) bool {
				return strings.HasPrefix(m.Message, want) && strings.Contains(m.Message, "replicas of tasks that run") && strings.Contains(m.Message, "ioConfig.replicas, which is 2")
			})
		})
		w.fleet.at(func() { w.fleet.single = false })
		w.become(`0 READING {"0":0}-{"0":10}, 0 READING {"0":0}-{"0":10}`)
	})
}

// Of a task that has never answered is told what would help one that is slow to start, and how it is noticed that it does not answer.
func TestTaskThatIsSlowToStart(t *testing.T) {
	inWorld(t, []int64{10}, func(w *world) {
		says := func(word string) {
			w.Helper()
			w.until(word, func() bool {
				return slices.ContainsFunc(w.at().State.Recent, func(m supervisor.Mishap) bool { return strings.Contains(m.Message, word) })
			})
		}
		silent := func(is bool) {
			w.fleet.at(func() {
				if w.fleet.fault = nil; is {
					w.fleet.fault = func(*peon, string) int { return -1 }
				}
			})
		}
		silent(true)
		w.submit(1, 0)
		says("has not answered since it was given to a worker, and was asked 4 times (")
		says("set tuningConfig.chatRetries higher")
		silent(false)
		w.become(`0 READING {"0":0}-{"0":10}`)
		time.Sleep(time.Minute)
		silent(true)
		says("does not answer any more, and was asked 4 times: ")
	})
}

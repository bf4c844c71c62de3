package streaming_test

import (
	"fmt"
	"log/slog"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/race"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/streaming"
)

// footprint is the memory that is in use.
func footprint() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// A supervisor that has nothing to do is one goroutine and little memory, looks twice in a minute, and does so when others do: a thousand of them cost
// nothing that counts. No other test runs meanwhile.
func TestManySupervisors(t *testing.T) {
	inSerialWorld(t, []int64{}, func(w *world) {
		const many = 200
		goroutines, memory := runtime.NumGoroutine(), footprint()
		var all []*streaming.Supervisor
		for i := range many {
			spec := &supervisor.Spec{ID: fmt.Sprint("s", i), DataSource: fmt.Sprint("s", i), Payload: []byte(`{}`)}
			source, err := w.source(spec)
			if err != nil {
				w.Fatal(err)
			}
			host := supervisor.Host{Tasks: w.queue, Store: w.term, Now: w.clock.Now, Wall: w.wall, Log: slog.New(slog.DiscardHandler), Meter: supervisor.Unmetered{}}
			s := streaming.New(spec, host, source, &w.process)
			s.Start()
			all = append(all, s)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := runtime.NumGoroutine() - goroutines; got > many {
			w.Errorf("%d goroutines for %d supervisors", got, many)
		}
		if got := (int64(footprint()) - int64(memory)) / many; got > 50<<10 && !race.Enabled {
			w.Errorf("%d bytes for one supervisor", got)
		} else {
			w.Logf("%d bytes for one supervisor", got)
		}
		w.topic.at(func() {
			clear(w.topic.asked)
			clear(w.topic.moments)
		})
		time.Sleep(10 * time.Minute)
		w.topic.at(func() {
			if got := w.topic.asked["partitions"]; got < many*18 || got > many*22 {
				w.Errorf("%d supervisors have listed partitions %d times in ten minutes", many, got)
			}
			if got := len(w.topic.moments); got < 20*8 || got > 21*16 {
				w.Errorf("%d supervisors have asked at %d moments in ten minutes", many, got)
			}
		})
		for _, s := range all {
			if word := s.State().Word(); word != "RUNNING" {
				w.Errorf("one is %s", word)
			}
			s.Stop(w.Context(), false)
		}
	})
}

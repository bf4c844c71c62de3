//go:build peer

package peer

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

var streamKills = flag.Int("stream-kills", 100, "how often TestStreamKills kills something; with -short 3 times")

// TestStreamKills: who leads, the broker and the worker are killed again and again while rows flow, and started again. Whatever was acknowledged answers in
// SQL again each time, and in the end every row is there once, and the offsets in the database are those of the segments.
func TestStreamKills(t *testing.T) {
	kills := *streamKills
	if testing.Short() {
		kills = min(kills, 3)
	}
	eachLeader(t, 8*time.Minute+time.Duration(kills)*time.Minute, func(s *streamSite) {
		random := rand.New(rand.NewPCG(drawn(s.t), 3))
		const name = "killed"
		f := s.flowInto(name, 4)
		stop := f.run(200)
		s.supervise(supervision{dataSource: name, topic: name, tuning: map[string]any{"maxRowsPerSegment": 3000}})
		s.awaitMoreRows(name, 1)
		victims := []string{"leader", "broker", "worker"}
		for i := range kills {
			// An instant that nobody chose, while rows are sent.
			more := f.acknowledged() + random.Int64N(2000)
			until(s.ctx, s.t, "rows are sent", func() bool { return f.acknowledged() > more })
			if i%len(victims) == 0 {
				random.Shuffle(len(victims), func(a, b int) { victims[a], victims[b] = victims[b], victims[a] })
			}
			victim := victims[i%len(victims)]
			began := time.Now()
			s.killAndStart(victim)
			s.awaitMoreRows(name, f.acknowledged())
			fmt.Fprintf(os.Stderr, "kill %d, of the %s: rows answer again after %.1f s\n", i+1, victim, time.Since(began).Seconds())
		}
		stop()
		s.awaitRows(name, f.acknowledged())
		s.suspend(name)
		s.checkAll(name, f)
	})
}

// killAndStart ends a part of the site, as kill -9 does, and starts it again.
func (s *streamSite) killAndStart(part string) {
	s.t.Helper()
	var err error
	switch part {
	case "leader":
		s.leader.kill()
		s.leader = leaders[s.kind](s.site)
		s.awaitLead(s.leader)
	case "broker":
		s.kafka.Kill()
		err = s.kafka.Start(s.ctx)
	case "worker":
		if s.worker, err = s.worker.again(); err == nil {
			s.t.Cleanup(s.worker.kill)
		}
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

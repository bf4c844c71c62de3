//go:build peer

package peer

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"
)

// TestStreamFigures tells what supervisors cost who leads: memory and CPU of 1, 10, 100 and 1,000 that have nothing to read, and how long it takes until one that
// was submitted has its first task. It compares nothing.
func TestStreamFigures(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes minutes, and tells figures only")
	}
	eachLeader(t, 20*time.Minute, func(s *streamSite) {
		f := s.flowInto("first", 1)
		f.send(100)
		began := time.Now()
		s.supervise(supervision{dataSource: "first", topic: "first", io: one})
		s.awaitTask("first")
		s.said(began, "the first task is there")
		s.awaitRows("first", 100)
		s.said(began, "rows answer")
		s.suspend("first")
		s.end("first")
		s.flowInto("quiet", 4)
		n := 0
		counts := []int{0, 1, 10, 100}
		if s.kind == "ovate" {
			counts = append(counts, 1000) // for each of which a Java Overlord has threads
		}
		for _, supervisors := range counts {
			from := n
			for ; n < supervisors; n++ {
				s.supervise(supervision{dataSource: fmt.Sprint("quiet-", n), topic: "quiet", io: map[string]any{
					"taskCount": 1, "period": "PT30S", "idleConfig": map[string]any{"enabled": true, "inactiveAfterMillis": 1},
				}})
			}
			for i := from; i < n; i++ {
				s.awaitState(fmt.Sprint("quiet-", i), "IDLE")
			}
			measure(s.ctx, s.t, s.leader.cmd.Process.Pid, supervisors)
		}
	})
}

// measure tells what a leader uses during a minute, which begins once all supervisors have looked twice.
func measure(ctx context.Context, t *testing.T, pid, supervisors int) {
	t.Helper()
	const span = time.Minute
	pass := func(d time.Duration) {
		select {
		case <-time.After(d): // that is what is measured
		case <-ctx.Done():
		}
	}
	pass(span)
	before := cpu(t, pid)
	pass(span)
	rss, err := residentBytes(pid)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(os.Stderr, "%s: %d supervisors: %d MB, %.2f %% of a CPU\n", t.Name(), supervisors, rss>>20, 100*(cpu(t, pid)-before).Seconds()/span.Seconds())
}

// cpu is the time that a process has used, by the kernel's ticks of 10 ms.
func cpu(t *testing.T, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	var ticks int
	for _, field := range fields[11:13] { // in user mode, and in the kernel
		n, err := strconv.Atoi(string(field))
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

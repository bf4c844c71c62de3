//go:build peer

package peer

import (
	"context"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var swapLeaders = flag.String("leaders", "java,ovate,java", "who leads in turn in TestStreamSwap")

// TestStreamSwap: a Java Overlord is stopped while rows flow, ovate takes its place and is killed, and a Java Overlord comes back. Each goes on with the
// tasks that the one before it has started, and publishes; no task fails, and every row is there once.
func TestStreamSwap(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 25*time.Minute)
	defer cancel()
	all := strings.Split(*swapLeaders, ",")
	if slices.Contains(all, "ovate") {
		requireStreams(ctx, t)
	}
	s := newStreamSite(ctx, t, all[0])
	const name = "swapped"
	f := s.flowInto(name, 4)
	stop := f.run(200)
	s.supervise(supervision{dataSource: name, topic: name})
	s.awaitMoreRows(name, 1)
	for i, next := range all[1:] {
		s.leadsOn(name, func() *overlord {
			if i%2 == 1 {
				s.leader.kill()
			} else if err := s.leader.terminate(); err != nil {
				t.Error(err)
			}
			return leaders[next](s.site)
		})
	}
	stop()
	s.awaitRows(name, f.acknowledged())
	s.suspend(name)
	s.checkAll(name, f)
	for _, failed := range textsOf(ctx, t, s.db, "SELECT id || ' ' || convert_from(status_payload, 'UTF8') FROM druid_tasks WHERE convert_from(status_payload, 'UTF8') LIKE '%\"FAILED\"%'") {
		t.Error("a task has failed:", failed)
	}
}

// leadsOn has another lead while rows flow, who publishes what tasks have read that the former one has started, and starts others.
func (s *streamSite) leadsOn(dataSource string, change func() *overlord) {
	s.t.Helper()
	before := textsOf(s.ctx, s.t, s.db, "SELECT id FROM druid_tasks WHERE active AND datasource = '"+dataSource+"'")
	began := time.Now()
	s.leader = change()
	s.awaitLead(s.leader)
	s.said(began, fmt.Sprintf("%s leads (at %s)", s.leader.name, time.Now().UTC().Format(time.RFC3339)))
	until(s.ctx, s.t, "it supervises", func() bool { return len(s.status(dataSource).Payload.ActiveTasks) > 0 })
	s.said(began, "it supervises")
	s.awaitMoreRows(dataSource, s.rowsOf(dataSource)+1)
	s.said(began, "rows flow")
	s.handOff(dataSource, 0, 1)
	for _, id := range before {
		until(s.ctx, s.t, id+" ends well", func() bool {
			return s.count("SELECT COUNT(*) FROM druid_tasks WHERE NOT active AND id = '"+id+"'") == 1
		})
	}
	s.said(began, "what the former leader has started is published")
	until(s.ctx, s.t, "it has started tasks", func() bool { return len(s.status(dataSource).Payload.ActiveTasks) > 0 })
}

// handOff has tasks publish what they have read, with -short; else they do when they have run for a minute.
func (s *streamSite) handOff(dataSource string, groups ...int) {
	s.t.Helper()
	if !testing.Short() {
		return
	}
	ids := strings.Join(strings.Fields(strings.Trim(fmt.Sprint(groups), "[]")), ",")
	if answer := s.leader.post(supervisorPath+"/"+dataSource+"/taskGroups/handoff", `{"taskGroupIds":[`+ids+`]}`); answer != "" {
		s.t.Errorf("that tasks are to publish early is answered %s", answer)
	}
}

// rowsOf is what SQL tells; 0 if it tells nothing.
func (s *streamSite) rowsOf(dataSource string) int64 {
	n, err := strconv.ParseInt(s.exact(fmt.Sprintf(`SELECT COUNT(*) FROM "%s"`, dataSource)), 10, 64)
	if err != nil {
		return 0 // it does not know of the data source
	}
	return n
}

// awaitMoreRows returns once SQL tells of so many rows, or more.
func (s *streamSite) awaitMoreRows(dataSource string, rows int64) {
	s.t.Helper()
	until(s.ctx, s.t, fmt.Sprintf("%d rows of %s answer", rows, dataSource), func() bool { return s.rowsOf(dataSource) >= rows })
}

// away: the broker is gone for a while, during which rows wait to be sent, and comes back.
func (s *streamSite) away() {
	const name = "away"
	gone := time.Minute
	if testing.Short() {
		gone = 10 * time.Second
	}
	f := s.flowInto(name, 2)
	stop := f.run(100)
	s.supervise(supervision{dataSource: name, topic: name, io: one})
	s.awaitMoreRows(name, 100)
	s.kafka.Kill()
	select {
	case <-time.After(gone): // that it is gone for so long is what is tried
	case <-s.ctx.Done():
	}
	s.t.Logf("status: %s", s.leader.get(supervisorPath+"/"+name+"/status"))
	if err := s.kafka.Start(s.ctx); err != nil {
		s.t.Fatal(err)
	}
	s.awaitMoreRows(name, f.acknowledged()+100)
	stop()
	s.awaitRows(name, f.acknowledged())
	until(s.ctx, s.t, "the supervisor is well again", func() bool { return s.status(name).Payload.Healthy })
	s.suspend(name)
	s.checkAll(name, f)
	if failed := s.leader.get("/druid/indexer/v1/tasks?datasource=" + name); strings.Contains(failed, "FAILED") {
		s.t.Logf("tasks have failed: %s", failed)
	}
	s.end(name)
}

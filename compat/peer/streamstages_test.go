//go:build peer

package peer

import (
	"fmt"
	"strings"
)

// stages: what a leader answers, and what the database has, in each stage of a supervisor's life. With -record that of Java is kept.
func (s *streamSite) stages() {
	n := &notes{streamSite: s, last: map[string]string{}, fixed: strings.NewReplacer(s.kafka.Address(), "127.0.0.1:9092", s.leader.overlord.URL(), "http://overlord", fmt.Sprint(s.conf.ports[Indexer]), "8091",
		s.conf.dir, "/site")}
	const name = "stages"
	n.post("nowhere", "", supervision{dataSource: "nowhere", topic: "nowhere"}.spec(s.kafka.Address()))
	s.flowInto("idles", 1)
	n.post("idles", "", supervision{dataSource: "idles", topic: "idles", io: map[string]any{"idleConfig": map[string]any{"enabled": true, "inactiveAfterMillis": 5000}}}.spec(s.kafka.Address()))

	f := s.flowInto(name, 4)
	spec := supervision{dataSource: name, topic: name, io: map[string]any{"taskDuration": "PT1H"}}.spec(s.kafka.Address())
	n.post("submitted", "", spec)
	n.look("submitted", name)
	f.send(100)
	s.awaitRows(name, 100)
	s.awaitRead(name, 100)
	n.look("reading", name)
	n.post("submitted again", "", spec)
	n.post("submitted again, but not restarted", "?skipRestartIfUnmodified=true", spec)
	f.send(100)
	s.awaitRead(name, 200)

	// What they publish is loaded by nobody, for which tasks wait.
	if err := s.historical.freeze(); err != nil {
		s.t.Fatal(err)
	}
	n.post("suspended", "/"+name+"/suspend", "")
	until(s.ctx, s.t, "both tasks have published", func() bool {
		return len(s.status(name).Payload.PublishingTasks) == 2 && s.published(name) == 8
	})
	n.look("publishing", name)
	s.reservedBySequence(name)
	if err := s.historical.thaw(); err != nil {
		s.t.Fatal(err)
	}
	s.awaitNoTasks(name)
	until(s.ctx, s.t, "nothing publishes", func() bool {
		status := s.status(name).Payload
		return len(status.PublishingTasks) == 0 && status.DetailedState == "SUSPENDED"
	})
	n.look("suspended", name)
	n.post("suspended again", "/"+name+"/suspend", "")

	n.post("resumed", "/"+name+"/resume", "")
	s.awaitRead(name, 200)
	n.look("resumed", name)
	n.post("resumed again", "/"+name+"/resume", "")
	n.post("handoff", "/"+name+"/taskGroups/handoff", `{"taskGroupIds":[0,1]}`)
	n.post("handoff of none", "/"+name+"/taskGroups/handoff", `{"taskGroupIds":[]}`)
	n.look("handed off", name)
	n.post("offsets reset", "/"+name+"/resetOffsets", `{"type":"kafka","partitions":{"type":"end","stream":"stages","partitionSequenceNumberMap":{"0":25,"1":25}}}`)
	n.look("offsets reset", name)
	n.post("reset", "/"+name+"/reset", "")
	n.look("reset", name)
	s.awaitRead(name, 200)
	n.look("read again", name)
	n.post("terminated", "/"+name+"/terminate", "")
	n.look("terminating", name)
	s.awaitNoTasks(name)
	n.look("terminated", name)
	n.post("terminated again", "/"+name+"/terminate", "")

	s.awaitState("idles", "IDLE")
	n.look("idle", "idles")
	n.post("idle", "/idles/terminate", "")
	s.awaitState("nowhere", "UNABLE_TO_CONNECT_TO_STREAM")
	n.look("unable to connect", "nowhere")
	n.post("nowhere", "/nowhere/terminate", "")
	if s.kind == "java" && *recordActions {
		n.save()
	} else if s.kind == "ovate" {
		n.compare()
	}
}

// reservedBySequence fails the test unless segments are reserved for the sequence of a task, by which the next leader frees them, be it a Java Overlord.
func (s *streamSite) reservedBySequence(dataSource string) {
	s.t.Helper()
	reserved := "SELECT COUNT(*) FROM druid_pendingsegments WHERE datasource = '" + dataSource + "'"
	if all, rightly := s.count(reserved), s.count(reserved+" AND sequence_name = task_allocator_id || '_0'"); all == 0 || rightly != all {
		s.t.Errorf("%d segments are reserved, and for a sequence of tasks %d: %s", all, rightly,
			textsOf(s.ctx, s.t, s.db, "SELECT sequence_name || ' for ' || task_allocator_id FROM druid_pendingsegments WHERE datasource = '"+dataSource+"'"))
	}
}

// awaitRead returns once the supervisor tells that its tasks have read so many records.
func (s *streamSite) awaitRead(dataSource string, records int64) {
	s.t.Helper()
	until(s.ctx, s.t, fmt.Sprintf("%d records of %s are read", records, dataSource), func() bool {
		status, read := s.status(dataSource), int64(0)
		for _, task := range status.Payload.ActiveTasks {
			for _, offset := range task.CurrentOffsets {
				read += offset
			}
		}
		return read == records && status.Payload.State == "RUNNING"
	})
}

//go:build peer

package peer

import (
	"bytes"
	"fmt"
	"maps"
	"strings"
	"testing"
)

// badCases: what happens to streams and to those who read them, at the same time, each to a data source of its own.
func (s *streamSite) badCases() {
	cases := map[string]func(s *streamSite, name string){
		"grows":          (*streamSite).grows,
		"unparsed":       (*streamSite).unparsed,
		"too_many_bad":   (*streamSite).tooManyBad,
		"trimmed":        (*streamSite).trimmed,
		"trimmed_resets": (*streamSite).trimmedResets,
		"large":          (*streamSite).large,
		"changes":        (*streamSite).changes,
		"second":         (*streamSite).second,
		"deleted":        (*streamSite).deleted,
	}
	if !testing.Short() {
		maps.Copy(cases, longCases)
	}
	for name, bad := range cases {
		s.t.Run(name, func(t *testing.T) {
			t.Parallel()
			within := s.in(t)
			bad(within, name)
			within.end(name)
		})
	}
}

// one reads with one task.
var one = map[string]any{"taskCount": 1}

// grows: a topic gets more partitions while it is read; they are read from their beginning.
func (s *streamSite) grows(name string) {
	f := s.flowInto(name, 2)
	s.supervise(supervision{dataSource: name, topic: name, io: map[string]any{"taskCount": 1, "useEarliestOffset": false}})
	s.awaitTask(name)
	f.send(200)
	s.awaitRows(name, 200)
	f.grow(s.kafka, 4)
	f.send(200)
	until(s.ctx, s.t, "the supervisor knows of all partitions", func() bool { return s.status(name).Payload.Partitions == 4 })
	s.handOff(name, 0)
	s.awaitRows(name, 400)
	s.suspend(name)
	s.checkAll(name, f)
}

// awaitTask returns once the supervisor has a task.
func (s *streamSite) awaitTask(dataSource string) {
	s.t.Helper()
	until(s.ctx, s.t, "a task of "+dataSource+" is there", func() bool {
		return s.count("SELECT COUNT(*) FROM druid_tasks WHERE datasource = '"+dataSource+"'") > 0
	})
}

// unparsed: records that are not JSON, that are no rows and that have no time are counted, and passed by.
func (s *streamSite) unparsed(name string) {
	f := s.flowInto(name, 1)
	f.send(100)
	for _, bad := range []string{"not JSON", "", "[1]", `{"id":7}`, `{"t":"yesterday","id":8}`} {
		f.sendText(0, []byte(bad))
	}
	f.send(100)
	s.supervise(supervision{dataSource: name, topic: name, io: one})
	s.awaitRows(name, 200)
	until(s.ctx, s.t, "bad records are counted", func() bool {
		return strings.Contains(s.leader.get(supervisorPath+"/"+name+"/stats"), `"processed":200,"processedBytes":21563,"processedWithError":0,"thrownAway":0,"unparseable":5}`)
	})
	s.suspend(name)
	s.checkAll(name, f)
}

// tooManyBad: more bad records than are allowed make each task fail, and the supervisor tells that its tasks are not well; nothing is published.
func (s *streamSite) tooManyBad(name string) {
	f := s.flowInto(name, 1)
	f.send(10)
	for range 3 {
		f.sendText(0, []byte("not JSON"))
	}
	s.supervise(supervision{dataSource: name, topic: name, io: one, tuning: map[string]any{"maxParseExceptions": 2}})
	s.awaitState(name, "UNHEALTHY_TASKS")
	if offsets, segments := s.offsets(name), s.published(name); offsets["0"] != 0 || segments != 0 {
		s.t.Errorf("published is up to %v, with %d segments", offsets, segments)
	}
}

// cut has rows published, and more in the topic, of which the first are gone, which nobody has read; 150 are or were there to be read.
func (s *streamSite) cut(name string, tuning map[string]any) *flow {
	s.t.Helper()
	f := s.flowInto(name, 1)
	f.send(100)
	s.supervise(supervision{dataSource: name, topic: name, io: one, tuning: tuning})
	s.awaitRows(name, 100)
	s.suspend(name)
	s.checkAll(name, f)
	f.send(100)
	if err := s.kafka.Trim(s.ctx, name, map[int32]int64{0: 150}); err != nil {
		s.t.Fatal(err)
	}
	s.tell(name, "resume")
	return f
}

// trimmed: records that were not read are gone; the supervisor tells so until somebody resets it.
func (s *streamSite) trimmed(name string) {
	f := s.cut(name, nil)
	s.awaitState(name, "UNHEALTHY_SUPERVISOR")
	if said := fmt.Sprint(s.status(name).Payload.RecentErrors); !strings.Contains(said, "100") { // the offset that is gone
		s.t.Errorf("it tells %s", said)
	}
	s.suspendAfterReset(name, f, 150)
}

// trimmedResets: with resetOffsetAutomatically reading goes on at what is there.
func (s *streamSite) trimmedResets(name string) {
	f := s.cut(name, map[string]any{"resetOffsetAutomatically": true})
	s.awaitRows(name, 150)
	s.suspend(name)
	s.awaitRows(name, 150)
	s.checkOffsets(name, f)
	s.nothingLeft(name)
}

// large: a record of 50 MB is a row as others are.
func (s *streamSite) large(name string) {
	f := s.flowInto(name, 1)
	s.supervise(supervision{dataSource: name, topic: name, io: one})
	f.send(100)
	s.awaitRows(name, 100)
	id := f.ids
	f.ids++
	text := append(bytes.TrimSuffix(flight(id), []byte("}")), fmt.Sprintf(`,"note":"%s"}`, strings.Repeat("x", 50<<20))...)
	f.produce(0, text, ledger{rows: 1, ids: id, distance: distance(id)})
	f.send(100)
	s.awaitRows(name, 201)
	s.suspend(name)
	s.checkAll(name, f)
}

// changes: the spec changes while tasks run and rows flow, also by how many tasks read. Those that run publish, or what they have read is read again; others
// go on as the new spec says.
func (s *streamSite) changes(name string) {
	f := s.flowInto(name, 2)
	stop := f.run(100)
	s.supervise(supervision{dataSource: name, topic: name, io: one, without: "carrier"})
	s.awaitMoreRows(name, 100)
	s.supervise(supervision{dataSource: name, topic: name})
	until(s.ctx, s.t, "rows of the new spec answer", func() bool {
		return s.sql(`SELECT COUNT(*) > 100 FROM "changes" WHERE "carrier" IS NOT NULL`) == "true"
	})
	stop()
	s.awaitRows(name, f.acknowledged())
	s.suspend(name)
	s.checkAll(name, f)
}

// second: a data source has one supervisor, whose place another takes that reads another topic. Its tasks cannot publish, as the offsets that are stored are
// the first topic's, until it was reset.
func (s *streamSite) second(name string) {
	f, g := s.flowInto(name, 1), s.flowInto(name+"_other", 1)
	f.send(100)
	s.supervise(supervision{dataSource: name, topic: name, io: one})
	s.awaitRows(name, 100)
	s.suspend(name)
	s.checkAll(name, f)
	g.send(50)
	s.supervise(supervision{dataSource: name, topic: g.topic, io: one})
	s.awaitRows(name, 150)
	s.suspendAfterReset(name, g, 150)
}

// suspendAfterReset resets a supervisor, which then reads all that is in the topic, has it published, and checks that so many rows are there.
func (s *streamSite) suspendAfterReset(name string, f *flow, rows int64) {
	s.t.Helper()
	tasks := "SELECT COUNT(*) FROM druid_tasks WHERE datasource = '" + name + "'"
	before := s.count(tasks)
	if answer := s.tell(name, "reset"); answer != `{"id":"`+name+`"}` {
		s.t.Fatalf("the reset of %s is answered %s", name, answer)
	}
	until(s.ctx, s.t, "another task is there", func() bool { return s.count(tasks) > before })
	var ends int64
	for _, end := range f.ledger.ends {
		ends += end
	}
	s.awaitRead(name, ends)
	s.suspend(name)
	s.awaitRows(name, rows)
	s.checkOffsets(name, f)
	s.nothingLeft(name)
}

// deleted: the topic goes while it is read, and comes back with other records, which are read once somebody has reset the supervisor.
func (s *streamSite) deleted(name string) {
	f := s.flowInto(name, 2)
	f.send(100)
	s.supervise(supervision{dataSource: name, topic: name, io: one})
	s.awaitRows(name, 100)
	s.suspend(name)
	s.checkAll(name, f)
	s.tell(name, "resume")
	s.awaitRead(name, 100)
	if err := s.kafka.Delete(s.ctx, name); err != nil {
		s.t.Fatal(err)
	}
	s.awaitState(name, "LOST_CONTACT_WITH_STREAM")
	g := s.flowInto(name, 2)
	g.send(50)
	s.suspendAfterReset(name, g, 150)
}

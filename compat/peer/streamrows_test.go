//go:build peer

package peer

import (
	"testing"
	"time"
)

// TestStream: a real Kafka, of which a real Druid's workers read, supervised by each kind of leader.
func TestStream(t *testing.T) {
	eachLeader(t, 40*time.Minute, func(s *streamSite) {
		s.run("stages", (*streamSite).stages)
		s.run("rows", (*streamSite).rows)
		s.run("cases", (*streamSite).badCases)
		s.run("away", (*streamSite).away)
	})
}

// rows: four partitions of flights, half of which are there before the supervisor is. All rows answer in SQL before any is published, and each is there
// once when the supervisor was suspended, resumed and suspended again.
func (s *streamSite) rows() {
	rows := 2_000_000
	if testing.Short() {
		rows = 200_000
	}
	const name = "flights"
	f := s.flowInto(name, 4)
	f.send(rows / 2)
	began := time.Now()
	// No task ends of itself, and none publishes before.
	s.supervise(supervision{dataSource: name, topic: name, io: map[string]any{"taskDuration": "PT1H"}, tuning: map[string]any{"maxRowsPerSegment": 5 * rows}})
	s.awaitTask("flights")
	s.said(began, "the first task is there")
	until(s.ctx, s.t, "rows answer", func() bool { n := s.sql(`SELECT COUNT(*) > 0 FROM "flights"`); return n == "true" })
	s.said(began, "the first rows answer")
	s.awaitRows(name, int64(rows/2))
	s.said(began, "half of the rows answer")
	if n := s.published(name); n != 0 {
		s.t.Errorf("%d segments were published before all rows answered", n)
	}
	s.suspend(name)
	s.said(began, "suspended")
	s.checkAll(name, f)
	f.send(rows / 2)
	s.tell(name, "resume")
	s.awaitRows(name, int64(rows))
	s.said(began, "all rows answer")
	s.suspend(name)
	s.checkAll(name, f)
	s.said(began, "all rows are published")
	s.end(name)
}

// end has a supervisor go.
func (s *streamSite) end(dataSource string) {
	s.t.Helper()
	if answer := s.tell(dataSource, "terminate"); answer != `{"id":"`+dataSource+`"}` {
		s.t.Errorf("the end of the supervisor of %s is answered %s", dataSource, answer)
	}
}

//go:build peer

package peer

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// longCases are cases that take a minute or more.
var longCases = map[string]func(s *streamSite, name string){
	"topics":      (*streamSite).topics,
	"wakes":       (*streamSite).wakes,
	"scales":      (*streamSite).scales,
	"late":        (*streamSite).late,
	"one_by_one":  (*streamSite).oneByOne,
	"many_groups": (*streamSite).manyGroups,
}

// topics: those that a pattern names are read into one data source. One comes while tasks run, and is read from its beginning, and one goes.
func (s *streamSite) topics(name string) {
	first, second := s.flowInto(name+".1", 1), s.flowInto(name+".2", 2)
	other := s.flowInto("no."+name+".1", 1)
	second.ids, other.ids = 1000, 9000
	first.send(100)
	second.send(100)
	other.send(1)
	io := map[string]any{"topic": nil, "topicPattern": name + `\.\d`}
	s.supervise(supervision{dataSource: name, io: io, tuning: map[string]any{"repartitionTransitionDuration": "PT5S"}})
	s.awaitRows(name, 200)
	third := s.flowInto(name+".3", 2)
	third.ids = 2000
	third.send(100)
	s.awaitRows(name, 300)
	s.suspend(name)
	s.awaitRows(name, 300)
	if err := s.kafka.Delete(s.ctx, first.topic); err != nil {
		s.t.Fatal(err)
	}
	s.tell(name, "resume")
	second.send(100)
	third.send(100)
	s.awaitRows(name, 500)
	s.suspend(name)
	s.awaitAnswer(fmt.Sprintf(`SELECT COUNT(*), COUNT(DISTINCT "id"), SUM("id") FROM "%s"`, name),
		fmt.Sprintf("500,500,%d", first.ledger.ids+second.ledger.ids+third.ledger.ids))
	stored := s.offsets(name)
	for _, f := range []*flow{second, third} {
		for partition, end := range f.ledger.ends {
			if at := stored[f.topic+":"+partition]; at != end {
				s.t.Errorf("partition %s of %s is stored to be read up to %d, and ends at %d", partition, f.topic, at, end)
			}
		}
	}
	s.nothingLeft(name)
}

// wakes: a supervisor to which nothing comes has no tasks, and has them again once something comes.
func (s *streamSite) wakes(name string) {
	f := s.flowInto(name, 2)
	f.send(100)
	s.supervise(supervision{dataSource: name, topic: name, io: map[string]any{"idleConfig": map[string]any{"enabled": true, "inactiveAfterMillis": 5000}}})
	for range 2 {
		s.awaitRows(name, f.acknowledged())
		s.awaitState(name, "IDLE")
		s.awaitNoTasks(name)
		s.checkAll(name, f)
		f.send(100)
	}
	s.awaitRows(name, f.acknowledged())
	s.suspend(name)
	s.checkAll(name, f)
}

// taskCount is how many tasks the spec has a supervisor make, whoever has set it.
func (s *streamSite) taskCount(name string) int {
	var stored struct {
		Spec struct{ IoConfig struct{ TaskCount int } }
	}
	_ = json.Unmarshal([]byte(s.leader.get(supervisorPath+"/"+name)), &stored) // 0 while nobody leads
	return stored.Spec.IoConfig.TaskCount
}

// scales: more tasks read while there is a lag, and fewer once there is none, while rows flow.
func (s *streamSite) scales(name string) {
	f := s.flowInto(name, 4)
	f.send(50_000)
	s.supervise(supervision{dataSource: name, topic: name, io: map[string]any{"autoScalerConfig": map[string]any{
		"enableTaskAutoScaler": true, "taskCountMin": 1, "taskCountMax": 2, "lagCollectionIntervalMillis": 200, "lagCollectionRangeMillis": 10_000,
		"scaleActionStartDelayMillis": 1000, "scaleActionPeriodMillis": 500, "minTriggerScaleActionFrequencyMillis": 1000, "scaleOutStep": 1, "scaleInStep": 1,
		"scaleOutThreshold": 10_000, "triggerScaleOutFractionThreshold": 0.1, "scaleInThreshold": 5000, "triggerScaleInFractionThreshold": 1,
	}}})
	until(s.ctx, s.t, "two tasks read", func() bool {
		f.send(20_000) // a lag that lasts until it is looked at, however fast they read
		return len(s.readers(name)) == 2
	})
	stop := f.run(100)
	s.awaitMoreRows(name, f.acknowledged())
	until(s.ctx, s.t, "one task reads", func() bool { return s.taskCount(name) == 1 && len(s.readers(name)) == 1 })
	s.awaitMoreRows(name, f.acknowledged())
	stop()
	s.awaitRows(name, f.acknowledged())
	s.suspend(name)
	s.checkAll(name, f)
}

// late: records that are older or younger than the spec allows are thrown away, and counted.
func (s *streamSite) late(name string) {
	f := s.flowInto(name, 1)
	f.send(30) // of 2024
	for _, age := range []time.Duration{0, 30 * time.Minute, -30 * time.Minute, 3 * time.Hour, -3 * time.Hour} {
		for range 10 {
			row := fmt.Appendf(nil, `{"t":%q,"id":%d}`, time.Now().Add(-age).UTC().Format(time.RFC3339), f.ids)
			f.ids++
			f.sendText(0, row)
		}
	}
	s.supervise(supervision{dataSource: name, topic: name, io: map[string]any{"lateMessageRejectionPeriod": "PT1H", "earlyMessageRejectionPeriod": "PT1H"}})
	s.awaitRows(name, 30)
	until(s.ctx, s.t, "50 records are thrown away", func() bool {
		stats := s.leader.get(supervisorPath + "/" + name + "/stats")
		return strings.Contains(stats, `"processed":30,`) && strings.Contains(stats, `"thrownAway":50,`)
	})
	s.suspend(name)
	s.awaitAnswer(fmt.Sprintf(`SELECT COUNT(*), MIN("id"), MAX("id") FROM "%s"`, name), "30,30,59")
	s.checkOffsets(name, f)
	s.nothingLeft(name)
}

// oneByOne: with stopTaskCount of 1 no group ends of its age while another publishes.
func (s *streamSite) oneByOne(name string) {
	f := s.flowInto(name, 3)
	stop := f.run(30)
	s.supervise(supervision{dataSource: name, topic: name, io: map[string]any{"taskCount": 3, "stopTaskCount": 1}})
	until(s.ctx, s.t, "each group has published, and others read", func() bool {
		if n := len(s.status(name).Payload.PublishingTasks); n > 1 {
			s.t.Fatalf("%d groups publish", n)
		}
		return s.count("SELECT COUNT(*) FROM druid_tasks WHERE NOT active AND datasource = '"+name+"'") >= 3
	})
	stop()
	s.awaitRows(name, f.acknowledged())
	s.suspend(name)
	s.checkAll(name, f)
}

// manyGroups: there are more tasks than partitions, whose number grows to that of tasks.
func (s *streamSite) manyGroups(name string) {
	f := s.flowInto(name, 1)
	stop := f.run(30)
	s.supervise(supervision{dataSource: name, topic: name, io: map[string]any{"taskCount": 3}})
	s.awaitMoreRows(name, 30)
	stop()
	f.grow(s.kafka, 3)
	f.send(90)
	s.awaitRows(name, f.acknowledged())
	until(s.ctx, s.t, "three tasks read", func() bool { return len(s.status(name).Payload.ActiveTasks) == 3 })
	s.suspend(name)
	s.checkAll(name, f)
}

//go:build peer

package peer

import (
	"context"
	"encoding/json"
	"maps"
	"strings"
	"time"
)

// supervision is a supervisor's spec, but for what all have.
type supervision struct {
	dataSource, topic string
	without           string         // a dimension
	io, tuning        map[string]any // what is set beside or otherwise
	context           map[string]any
	suspended         bool
}

func (v supervision) spec(kafka string) string {
	dimensions := []any{map[string]any{"type": "long", "name": "id"}, map[string]any{"type": "long", "name": "flight"}, map[string]any{"type": "long", "name": "distance"}}
	for _, name := range []string{"carrier", "origin", "dest"} {
		if name != v.without {
			dimensions = append(dimensions, name)
		}
	}
	io := map[string]any{"topic": v.topic, "inputFormat": map[string]any{"type": "json"}, "consumerProperties": map[string]any{"bootstrap.servers": kafka},
		"taskCount": 2, "replicas": 1, "taskDuration": "PT1M", "startDelay": "PT1S", "period": "PT2S", "useEarliestOffset": true, "completionTimeout": "PT10M"}
	maps.Copy(io, v.io)
	tuning := map[string]any{"type": "kafka", "offsetFetchPeriod": "PT5S"}
	maps.Copy(tuning, v.tuning)
	text, err := json.Marshal(map[string]any{"type": "kafka", "suspended": v.suspended, "context": v.context, "spec": map[string]any{
		"dataSchema": map[string]any{"dataSource": v.dataSource, "timestampSpec": map[string]any{"column": "t", "format": "iso"},
			"dimensionsSpec":  map[string]any{"dimensions": dimensions},
			"granularitySpec": map[string]any{"segmentGranularity": "DAY", "queryGranularity": "NONE", "rollup": false}},
		"ioConfig": io, "tuningConfig": tuning,
	}})
	if err != nil {
		panic(err) // it is maps of texts and numbers
	}
	return string(text)
}

// supervise submits a supervisor.
func (s *streamSite) supervise(v supervision) {
	s.t.Helper()
	if answer := s.leader.post(supervisorPath, v.spec(s.kafka.Address())); !strings.Contains(answer, `"id":`) || strings.Contains(answer, "warning") {
		s.t.Fatalf("the supervisor of %s is answered %s", v.dataSource, answer)
	}
}

// tell tells a supervisor to do something.
func (s *streamSite) tell(dataSource, verb string) (answer string) {
	s.t.Helper()
	return s.leader.post(supervisorPath+"/"+dataSource+"/"+verb, "")
}

// supervisorStatus is what the tests look at.
type supervisorStatus struct {
	Payload struct {
		State, DetailedState         string
		Suspended, Healthy           bool
		Partitions                   int
		ActiveTasks, PublishingTasks []struct {
			ID              string
			StartingOffsets map[string]int64
			CurrentOffsets  map[string]int64
		}
		LatestOffsets map[string]int64
		RecentErrors  []struct{ ExceptionClass, Message string }
	}
}

func (s *streamSite) status(dataSource string) (status supervisorStatus) {
	_ = json.Unmarshal([]byte(s.leader.get(supervisorPath+"/"+dataSource+"/status")), &status) // none while nobody leads
	return status
}

// awaitState returns once the supervisor is in a state, or in one of greater detail.
func (s *streamSite) awaitState(dataSource, state string) {
	s.t.Helper()
	var status supervisorStatus
	ctx, cancel := context.WithTimeout(s.ctx, 4*time.Minute)
	defer cancel()
	if err := Poll(ctx, func() (bool, error) {
		status = s.status(dataSource)
		return status.Payload.State == state || status.Payload.DetailedState == state, nil
	}); err != nil {
		s.t.Fatalf("the supervisor of %s does not become %s: %+v", dataSource, state, status)
	}
}

// suspend has the supervisor's tasks publish what they have read, and returns when they have.
func (s *streamSite) suspend(dataSource string) {
	s.t.Helper()
	until(s.ctx, s.t, dataSource+" is suspended", func() bool {
		return strings.Contains(s.tell(dataSource, "suspend"), `"suspended":true`) || s.status(dataSource).Payload.Suspended
	})
	s.awaitNoTasks(dataSource)
}

func (s *streamSite) awaitNoTasks(dataSource string) {
	s.t.Helper()
	until(s.ctx, s.t, "no task of "+dataSource+" is active", func() bool {
		return s.count("SELECT COUNT(*) FROM druid_tasks WHERE active AND datasource = '"+dataSource+"'") == 0
	})
}

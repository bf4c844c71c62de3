package config

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRetention(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	c := load(t, Sources{})
	want := Retention{
		Tasks: TaskRetention{Period: 6 * time.Hour}, Orphans: day, Coordinator: true, Period: time.Minute, IndexingPeriod: 30 * time.Minute, Pending: true,
		Audit:       AgeRetention{On: true, Period: day, Retain: 90 * day},
		Supervisors: AgeRetention{On: true, Period: day, Retain: 90 * day},
		Unused:      UnusedRetention{Period: 30 * time.Minute, Retain: 90 * day, Buffer: 30 * day, MaxSegments: 100, MaxInterval: 30 * day},
	}
	if diff := cmp.Diff(want, c.Retention); diff != "" {
		t.Errorf("defaults differ from Druid's (-want +got):\n%s", diff)
	}
	c = load(t, Sources{Environ: []string{
		"druid_indexer_logs_kill_enabled=true", "druid_indexer_logs_kill_durationToRetain=60000", "druid_indexer_logs_kill_initialDelay=1",
		"druid_coordinator_kill_on=true", "druid_coordinator_kill_durationToRetain=P-7D", "druid_coordinator_kill_period=PT1H",
		"ovate_orphans_period=PT0S",
	}})
	if r := c.Retention; r.Tasks.Retain != time.Minute || r.Tasks.InitialDelay != time.Millisecond || r.Unused.Retain != -7*day || r.Unused.Period != time.Hour || r.Orphans != 0 {
		t.Errorf("given: %+v", r)
	}
	for _, wrong := range []string{
		"druid.indexer.logs.kill.enabled=true", "druid.indexer.logs.kill.durationToRetain=0", "druid.indexer.logs.kill.delay=PT1H",
		"druid.coordinator.kill.period=PT0S", "druid.coordinator.kill.maxSegments=0",
		"druid.coordinator.kill.durationToRetain=P1M", "druid.coordinator.kill.on=yes", "ovate.orphans.period=PT1S", "druid.coordinator.period=soon",
	} {
		if _, err := Load(Sources{Files: []string{file(t, wrong)}}); err == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
}

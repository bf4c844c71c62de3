package telemetry

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ovate/internal/emitter"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/supervisor"
)

// What supervisors do, what workers and ZooKeeper tell, and what is changed is counted, and told to Druid's emitters; of a change that is not stored nothing is.
func TestOutside(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var h heard
		events := emitter.New(func() emitter.Service { return emitter.Service{} }, slog.New(slog.DiscardHandler), &h)
		telemetry := New(Options{Leading: func() Leading { return nil }, Emitter: events})
		events.Start()
		s := &supervisor.Spec{ID: "s", Type: "kafka", DataSource: "wiki", Source: "edits"}
		telemetry.FetchedOffsets(s, 20*time.Millisecond)
		telemetry.Required(s, 3)
		telemetry.SubmittedBatch(s, nil)
		telemetry.SubmittedBatch(s, errors.New("no Broker"))
		telemetry.Compacts("wiki")
		telemetry.Discovered("t")
		telemetry.Reconnected(2 * time.Second)
		store := telemetry.Store(sqlitetest.Open(t))
		row := metadata.AuditRow{Key: "k", Type: "kind", Author: "anna", Comment: "why", Created: 1000, Payload: []byte(`{}`)}
		insert := func(err error) error {
			return store.Update(t.Context(), func(tx metadata.Tx) error { return errors.Join(tx.InsertAudit(row), err) })
		}
		if err := insert(nil); err != nil {
			t.Error(err)
		}
		if err := insert(errors.New("taken back")); err == nil {
			t.Error("it is stored")
		}
		events.Stop()
		const one = `"dataSource":"wiki","stream":"edits","supervisorId":"s"`
		want := []string{
			`"ingest/kafka/fetchOffsets/time","value":20,` + one,
			`"task/autoScaler/requiredCount","value":3,` + one,
			`"task/scheduledBatch/submit/success","value":1,"dataSource":"wiki","supervisorId":"s"`,
			`"task/scheduledBatch/submit/failed","value":1,"dataSource":"wiki","supervisorId":"s"`,
			`"compact/task/count","value":1,"dataSource":"wiki"`,
			`"task/discovered/count","value":1,"taskId":"t"`,
			`"zk/reconnect/time","value":2000`,
			`"config/audit","value":1,"author":"anna","comment":"why","created_date":"1970-01-01T00:00:01.000Z","key":"k","type":"kind"`,
		}
		if got := strings.Join(h, "\n"); got != strings.Join(want, "\n") {
			t.Errorf("told is\n%s\nwant\n%s", got, strings.Join(want, "\n"))
		}
		families, err := telemetry.registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		counted := map[string]float64{}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				counted[f.GetName()] += m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
		for _, name := range []string{
			"druid_ingest_fetch_offsets_time_seconds", "druid_task_auto_scaler_required_total", "druid_task_scheduled_batch_submit_success_total",
			"druid_task_scheduled_batch_submit_failed_total", "druid_compact_task_total", "druid_task_discovered_total", "druid_zk_reconnect_time_seconds",
			"druid_config_audit_total",
		} {
			if counted[name] != 1 {
				t.Errorf("%s is %v", name, counted[name])
			}
		}
	})
}

// What has not happened yet is counted as 0, so that the first time is a change that alerts see.
func TestCountersBegin(t *testing.T) {
	t.Parallel()
	events := emitter.New(func() emitter.Service { return emitter.Service{} }, slog.New(slog.DiscardHandler), new(heard))
	telemetry := New(Options{Leading: func() Leading { return nil }, Emitter: events})
	families, err := telemetry.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, f := range families {
		there[f.GetName()] = true
	}
	for _, d := range telemetry.Definitions() {
		if len(d.Labels) == 0 && (d.Type == "counter" || d.Type == "histogram") && !there[d.Name] {
			t.Errorf("%s is not there", d.Name)
		}
	}
}

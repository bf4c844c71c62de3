package telemetry

import (
	"slices"

	"ovate/internal/compaction/choice"
	"ovate/internal/compaction/scheduler"
)

// compaction is a metric of how far data sources are compacted, which Druid's Overlord has where supervisors compact.
type compaction struct {
	druid   string
	of      func(*scheduler.Snapshot) int64
	reading *reading
}

func newCompaction(m *maker) (all []compaction) {
	for _, part := range []struct {
		name, druid, what string
		tally             func(*scheduler.Snapshot) choice.Tally
	}{
		{"wait_compact", "waitCompact", "that are to be compacted", func(s *scheduler.Snapshot) choice.Tally { return s.Awaiting }},
		{"skip_compact", "skipCompact", "that are left as they are, or are being compacted", func(s *scheduler.Snapshot) choice.Tally { return s.Skipped }},
		{"compacted", "compacted", "that are compacted", func(s *scheduler.Snapshot) choice.Tally { return s.Compacted }},
	} {
		for _, figure := range []struct {
			name, druid, what string
			of                func(choice.Tally) int64
		}{
			{"segment_" + part.name + "_bytes", "segment/" + part.druid + "/bytes", "Bytes of segments ", func(t choice.Tally) int64 { return t.Bytes }},
			{"segment_" + part.name + "_count", "segment/" + part.druid + "/count", "Segments ", func(t choice.Tally) int64 { return t.Segments }},
			{"interval_" + part.name + "_count", "interval/" + part.druid + "/count", "Intervals with segments ", func(t choice.Tally) int64 { return t.Intervals }},
		} {
			all = append(all, compaction{
				figure.druid, func(s *scheduler.Snapshot) int64 { return figure.of(part.tally(s)) },
				m.read("gauge", "druid_"+figure.name, figure.druid, figure.what+part.what+", by supervisors of compaction.", "dataSource"),
			})
		}
	}
	return all
}

// compacting are the data sources of which it is known how far they are compacted.
func compacting(l Leading) []*scheduler.Snapshot {
	return slices.DeleteFunc(l.Compaction(), func(s *scheduler.Snapshot) bool { return s.Status != scheduler.Running })
}

// tellCompaction tells how far data sources are compacted.
func (t *Telemetry) tellCompaction() {
	leading := t.options.Leading()
	if leading == nil {
		return
	}
	for _, s := range compacting(leading) {
		for _, c := range t.compaction {
			t.emit(c.druid, float64(c.of(s)), dims("dataSource", s.DataSource)...)
		}
	}
}

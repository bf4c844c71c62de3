package scheduler

import (
	"context"
	"fmt"
	"strconv"

	"ovate/druid"
	"ovate/internal/compaction"
	"ovate/internal/compaction/choice"
)

// tables are what becomes of candidates, by verdict, as Druid names it, and with the columns that it has.
var tables = [...]struct{ name, columns string }{
	choice.Complete: {"COMPLETE", `"dataSource","interval","numSegments","bytes"`},
	choice.Waiting:  {"PENDING", `"dataSource","interval","numSegments","bytes","maxTaskSlots","reasonToCompact"`},
	choice.Skipped:  {"SKIPPED", `"dataSource","interval","numSegments","bytes","reasonToSkip"`},
}

// Simulate is what would become of all candidates by another config of the cluster, with slots for all, as Druid's JSON. Nothing is done. The error wraps
// compaction.ErrInvalid if nobody can compact by such a config.
func (s *Scheduler) Simulate(ctx context.Context, config []byte) ([]byte, error) {
	cluster, err := compaction.CheckCluster(config)
	if err != nil {
		return nil, err
	}
	var rows [len(tables)][]byte
	enabled, err := s.Enabled(ctx)
	if err != nil {
		return nil, err
	}
	if enabled {
		if err := s.simulate(ctx, cluster, &rows); err != nil {
			return nil, err
		}
	}
	dst, some := []byte(`{"compactionStates":{`), false
	for v, table := range tables {
		if len(rows[v]) == 0 {
			continue
		}
		if some {
			dst = append(dst, ',')
		}
		some = true
		dst = fmt.Appendf(dst, `%q:{"columnNames":[%s],"rows":[`, table.name, table.columns)
		dst = append(append(dst, rows[v]...), "]}"...)
	}
	return append(dst, "}}"...), nil
}

func (s *Scheduler) simulate(ctx context.Context, cluster *compaction.Cluster, rows *[len(tables)][]byte) error {
	s.round.Lock()
	defer s.round.Unlock()
	if s.tasks == nil {
		return nil
	}
	all, err := s.look(ctx, s.Now())
	if err != nil {
		return err
	}
	working := s.working()
	for _, l := range all {
		by := choice.Circumstances{Policy: &cluster.Policy, Busy: s.busy(l, working[l.goal.DataSource]), Failed: l.failed, Now: s.Now()}
		slots := l.goal.Slots()
		choice.Judge(l.survey, &by, func(c *choice.Candidate, v choice.Verdict, why string) {
			rows[v] = appendRow(rows[v], c, v, slots, why)
		})
	}
	return nil
}

func appendRow(dst []byte, c *choice.Candidate, v choice.Verdict, slots int, why string) []byte {
	if len(dst) > 0 {
		dst = append(dst, ',')
	}
	dst = druid.AppendString(append(dst, '['), c.DataSource)
	dst = c.Interval.AppendTo(append(dst, `,"`...))
	dst = strconv.AppendInt(append(dst, `",`...), int64(c.Segments), 10)
	dst = strconv.AppendInt(append(dst, ','), c.Bytes, 10)
	if v == choice.Waiting {
		dst = strconv.AppendInt(append(dst, ','), int64(slots), 10)
	}
	if v != choice.Complete {
		dst = druid.AppendString(append(dst, ','), why)
	}
	return append(dst, ']')
}

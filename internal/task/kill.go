package task

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
)

// Kill removes unused segments for good: their rows, then their files.
type Kill struct {
	header       druid.Task
	interval     druid.Interval
	versions     []string // nil: all
	batchSize    int
	limit        int // 0: none
	updatedUntil *druid.Instant
}

func decodeKill(h druid.Task, raw []byte, now druid.Instant) (*Kill, error) {
	var wire struct {
		Interval     *druid.Interval `json:"interval"`
		Versions     []string        `json:"versions"`
		BatchSize    *int            `json:"batchSize"`
		Limit        *int            `json:"limit"`
		UpdatedUntil *druid.Instant  `json:"maxUsedStatusLastUpdatedTime"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return nil, wrongType(typeKill, err)
	}
	if err := druid.ValidateID("dataSource", h.DataSource); err != nil {
		return nil, err
	}
	t := &Kill{header: h, versions: wire.Versions, batchSize: 100, updatedUntil: wire.UpdatedUntil}
	if wire.Interval == nil {
		return nil, fmt.Errorf("kill: field [interval] must not be null: it is the span of time to clear, such as 2026-01-01/2026-02-01")
	}
	t.interval = *wire.Interval
	if wire.BatchSize != nil {
		if t.batchSize = *wire.BatchSize; t.batchSize <= 0 {
			return nil, fmt.Errorf("batchSize[%d] must be a positive integer.", t.batchSize)
		}
	}
	if wire.Limit != nil {
		if t.limit = *wire.Limit; t.limit <= 0 {
			return nil, fmt.Errorf("limit[%d] must be a positive integer.", t.limit)
		}
	}
	if t.header.ID == "" {
		t.header.ID = druid.NewTaskID(typeKill, h.DataSource, wire.Interval, now)
	}
	t.header.Complete()
	return t, nil
}

// Header is the common part.
func (t *Kill) Header() *druid.Task { return &t.header }

// Priority is 0 unless the context says otherwise.
func (t *Kill) Priority() int { return priority(&t.header) }

// Locks is the whole interval: concurrent appends are no obstacle if the context allows them.
func (t *Kill) Locks() lockbox.Request {
	typ := contextLockType(&t.header.Context, druid.Exclusive)
	if concurrentLocks(&t.header.Context) {
		typ = druid.Replace
	}
	return lockbox.Request{Type: typ, Intervals: []druid.Interval{t.interval}}
}

// Ready takes the lock.
func (t *Kill) Ready(ctx context.Context, c action.Client) (bool, error) { return lockAll(ctx, c, t) }

// Run removes the segments batch by batch. Rows go first: a crash may leave files that nobody knows of, but never a
// segment without its file.
func (t *Kill) Run(ctx context.Context, tools *Toolbox) error {
	used, err := action.Do(ctx, tools.Actions, action.SegmentListUsed{
		DataSource: t.header.DataSource, Intervals: []druid.Interval{t.interval}, IncludeOvershadowed: true,
	})
	if err != nil {
		return err
	}
	shared := map[string]bool{} // files that used segments rely on, too
	for _, s := range used {
		shared[string(s.LoadSpec)] = true
	}
	killed, batches := 0, 0
	for t.limit == 0 || killed < t.limit && batches < (t.limit+t.batchSize-1)/t.batchSize {
		size := t.batchSize
		if t.limit > 0 {
			size = min(size, t.limit-killed)
		}
		found, n, err := t.killBatch(ctx, tools, size, shared)
		if err != nil {
			return err
		}
		batches++
		killed += n
		if found == 0 {
			break
		}
	}
	tools.Log.Info("removed unused segments", "segments", killed, "batches", batches)
	return tools.Publish(ctx, nil, t.report(killed, batches))
}

// killBatch removes at most size segments; it tells how many it found, and of how many the files were removed.
func (t *Kill) killBatch(ctx context.Context, tools *Toolbox, size int, shared map[string]bool) (found, killed int, err error) {
	unused, err := action.Do(ctx, tools.Actions, action.SegmentListUnused{
		DataSource: t.header.DataSource, Interval: t.interval, Versions: t.versions, Limit: size, UpdatedUntil: t.updatedUntil,
	})
	if err != nil || len(unused) == 0 {
		return 0, 0, err
	}
	if _, err := action.Do(ctx, tools.Actions, action.SegmentNuke{Segments: unused}); err != nil {
		return 0, 0, err
	}
	for _, s := range unused {
		if shared[string(s.LoadSpec)] {
			tools.Log.Info("kept the files of a segment that another one uses", "segment", s.ID())
			continue
		}
		if err := tools.Storage.Delete(ctx, s.LoadSpec); err != nil {
			return 0, 0, fmt.Errorf("remove the files of segment[%s]: %w", s.ID(), err)
		}
		killed++
	}
	return len(unused), killed, nil
}

func (t *Kill) report(killed, batches int) []byte {
	dst := druid.AppendString([]byte(`{"killUnusedSegments":{"type":"killUnusedSegments","taskId":`), t.header.ID)
	dst = strconv.AppendInt(append(dst, `,"payload":{"numSegmentsKilled":`...), int64(killed), 10)
	dst = strconv.AppendInt(append(dst, `,"numBatchesProcessed":`...), int64(batches), 10)
	return append(dst, `}}}`...)
}

// AppendJSON appends the fields in Druid's order.
func (t *Kill) AppendJSON(dst []byte) []byte {
	h := &t.header
	dst = appendHead(dst, h)
	dst = druid.AppendString(append(dst, `,"dataSource":`...), h.DataSource)
	dst = t.interval.AppendTo(append(dst, `,"interval":"`...))
	dst = append(dst, `","versions":`...)
	if t.versions == nil {
		dst = append(dst, `null`...)
	} else {
		dst = append(dst, '[')
		for i, v := range t.versions {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = druid.AppendString(dst, v)
		}
		dst = append(dst, ']')
	}
	dst = h.Context.AppendJSON(append(dst, `,"context":`...))
	dst = strconv.AppendInt(append(dst, `,"batchSize":`...), int64(t.batchSize), 10)
	dst = append(dst, `,"limit":`...)
	if t.limit == 0 {
		dst = append(dst, `null`...)
	} else {
		dst = strconv.AppendInt(dst, int64(t.limit), 10)
	}
	dst = append(dst, `,"maxUsedStatusLastUpdatedTime":`...)
	if t.updatedUntil == nil {
		dst = append(dst, `null`...)
	} else {
		dst = append(t.updatedUntil.AppendTo(append(dst, '"')), '"')
	}
	dst = druid.AppendString(append(dst, `,"groupId":`...), h.GroupID)
	dst = h.Resource.AppendJSON(append(dst, `,"resource":`...))
	return append(dst, '}')
}

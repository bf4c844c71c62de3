package task

import (
	"context"
	"fmt"
	"log/slog"
	"math"

	"ovate/druid"
	"ovate/internal/ingest"
)

// LongestSampled is how many bytes a line may have of an input that is sampled, and sampleMemory the memory that lets it.
const (
	LongestSampled = 16 << 20
	sampleMemory   = 4 * LongestSampled
)

// Sample is what a task makes of the first rows of its input.
type Sample struct {
	Segments []ingest.Built
	Read     ingest.Snapshot
}

// Sample has a task of batch ingestion ingest the first rows of its input into segments below folder, and nothing else: by the same path as a run, with what
// the same policy lets it read. Rows that do not parse end it never, however few the task allows; the last keep of them are told. Rows of all time chunks share
// one segment, as far as the spec's intervals allow.
func (k *Kit) Sample(ctx context.Context, t Task, folder string, most ingest.Limit, keep int) (*Sample, error) {
	index, is := t.(*Index)
	if !is {
		return nil, fmt.Errorf("a task of type [%s] reads no rows that could be shown: those of type %s and %s do", t.Header().Type, typeIndex, typeIndexParallel)
	}
	s := *index.spec
	all, err := druid.ParseGranularity("ALL")
	if err != nil {
		return nil, err
	}
	s.Schema.Granularity.Segment = all
	s.Tuning.MaxParseExceptions, s.Tuning.MaxSavedParseExceptions, s.Tuning.LogParseExceptions = math.MaxInt32, keep, false
	s.Tuning.MaxBytesInMemory = 0 // that of the kit
	var progress ingest.Progress
	built, err := k.Ingest(ctx, ingest.Job{
		Spec: &s, Staging: folder, Policy: k.policy(index.proxied), Workers: 1, MemoryBudget: sampleMemory, Most: most,
		OmitEmpty: !contextBool(&index.header.Context, "storeEmptyColumns", !k.OmitEmptyColumns),
		Log:       slog.New(slog.DiscardHandler), Progress: &progress,
	})
	if err != nil {
		return nil, err
	}
	return &Sample{built.Segments, progress.Snapshot()}, nil
}

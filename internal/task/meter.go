package task

import "ovate/internal/ingest"

// Meter hears what tasks read, for figures of it.
type Meter interface {
	// Read tells what has been counted since it was told last, in one of the stages of an ingestion by their names in reports.
	Read(stage string, more ingest.Counters)
}

// Stages of an ingestion.
const (
	StageDetermine = "determinePartitions"
	StageBuild     = "buildSegments"
)

// read is what a meter was told of one run.
type read struct {
	meter            Meter
	determine, build ingest.Counters
}

// tell tells the meter, if there is one, what has been counted since.
func (r *read) tell(s ingest.Snapshot) {
	if r.meter == nil {
		return
	}
	r.meter.Read(StageDetermine, since(s.Determine, r.determine))
	r.meter.Read(StageBuild, since(s.Build, r.build))
	r.determine, r.build = s.Determine, s.Build
}

func since(now, before ingest.Counters) ingest.Counters {
	return ingest.Counters{
		Processed:          now.Processed - before.Processed,
		ProcessedBytes:     now.ProcessedBytes - before.ProcessedBytes,
		ProcessedWithError: now.ProcessedWithError - before.ProcessedWithError,
		ThrownAway:         now.ThrownAway - before.ThrownAway,
		Unparseable:        now.Unparseable - before.Unparseable,
	}
}

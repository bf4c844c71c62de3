package task

import (
	"errors"
	"strconv"

	"ovate/druid"
	"ovate/internal/ingest"
	"ovate/internal/ingest/row"
	"ovate/internal/ingest/source"
)

// ingestionState is the name that reports give to a phase.
func ingestionState(p ingest.Phase) string {
	switch p {
	case ingest.DeterminePartitions:
		return "DETERMINE_PARTITIONS"
	case ingest.BuildSegments:
		return "BUILD_SEGMENTS"
	case ingest.Completed:
		return "COMPLETED"
	default:
		return "NOT_STARTED"
	}
}

// report is the one that is stored at the end (IngestionStatsAndErrors): err is why the task failed, if it did.
func (r *ingestion) report(err error) []byte {
	s := r.progress.Snapshot()
	state := ingestionState(s.Phase)
	switch {
	case r.done >= 0:
		state = ingestionState(ingest.Completed)
	case err != nil && s.Phase == ingest.Completed:
		state = ingestionState(ingest.BuildSegments) // what it built was not published
	}
	dst := r.appendHead(make([]byte, 0, 1024), state, s)
	dst = appendCounters(append(dst, `{"determinePartitions":`...), s.Determine)
	dst = appendCounters(append(dst, `,"buildSegments":`...), s.Build)
	dst = append(dst, `},"errorMsg":`...)
	if err == nil {
		dst = append(dst, `null`...)
	} else {
		dst = druid.AppendString(dst, err.Error())
	}
	dst = append(dst, `,"segmentAvailabilityConfirmed":false,"segmentAvailabilityWaitTimeMs":0,"recordsProcessed":{}`...)
	if r.done >= 0 {
		dst = strconv.AppendInt(append(dst, `,"segmentsPublished":`...), int64(r.done), 10)
	}
	var (
		lost   *loss
		unread *source.UnreadableError
	)
	if errors.As(err, &lost) {
		dst = lost.append(dst)
	}
	if errors.As(err, &unread) { // another key that Druid's reports do not have
		dst = druid.AppendString(append(dst, `,"unreadable":`...), unread.Path)
	}
	return r.appendTail(dst)
}

// liveReport is the one shown while the task runs: of the present phase alone, with its rates.
func (r *ingestion) liveReport() []byte {
	s := r.progress.Snapshot()
	phase, counters := "buildSegments", s.Build
	if s.Phase == ingest.DeterminePartitions {
		phase, counters = "determinePartitions", s.Determine
	}
	dst := r.appendHead(make([]byte, 0, 1024), ingestionState(s.Phase), s)
	dst = append(dst, `{"movingAverages":{`...)
	if s.Phase != ingest.NotStarted {
		dst = r.rates.append(append(append(append(dst, '"'), phase...), `":`...))
	}
	dst = append(dst, `},"totals":{`...)
	if s.Phase != ingest.NotStarted {
		dst = appendCounters(append(append(append(dst, '"'), phase...), `":`...), counters)
	}
	dst = append(dst, `}},"errorMsg":`...)
	if s.Waiting == "" {
		dst = append(dst, `null`...)
	} else {
		dst = druid.AppendString(dst, s.Waiting)
	}
	dst = append(dst, `,"segmentAvailabilityConfirmed":false,"segmentAvailabilityWaitTimeMs":0,"recordsProcessed":null`...)
	if s.Step != "" { // a key that Druid's reports do not have
		dst = append(append(append(dst, `,"progress":{"step":"`...), s.Step...), '"')
		dst = strconv.AppendInt(append(dst, `,"segmentsBegun":`...), int64(s.SegmentsBegun), 10)
		dst = strconv.AppendInt(append(dst, `,"segmentsBuilt":`...), int64(s.Segments), 10)
		if s.InputSize >= 0 {
			dst = strconv.AppendInt(append(dst, `,"inputBytes":`...), s.InputSize, 10)
			dst = strconv.AppendInt(append(dst, `,"inputBytesRead":`...), s.InputRead, 10)
		}
		dst = append(dst, '}')
	}
	return r.appendTail(dst)
}

// appendHead appends a report up to the value of rowStats.
func (r *ingestion) appendHead(dst []byte, state string, s ingest.Snapshot) []byte {
	dst = druid.AppendString(append(dst, `{"ingestionStatsAndErrors":{"type":"ingestionStatsAndErrors","taskId":`...), r.header.ID)
	dst = append(append(append(dst, `,"payload":{"ingestionState":"`...), state...), `","unparseableEvents":{`...)
	if r.spec.Tuning.MaxSavedParseExceptions > 0 {
		dst = appendFaults(append(dst, `"determinePartitions":`...), s.DetermineFaults)
		dst = appendFaults(append(dst, `,"buildSegments":`...), s.BuildFaults)
		if s.DetermineLeftOut+s.BuildLeftOut > 0 { // a key that Druid's reports do not have
			dst = strconv.AppendInt(append(dst, `,"leftOut":{"determinePartitions":`...), s.DetermineLeftOut, 10)
			dst = append(strconv.AppendInt(append(dst, `,"buildSegments":`...), s.BuildLeftOut, 10), '}')
		}
	}
	return append(dst, `},"rowStats":`...)
}

// appendTail closes the statistics and appends the task's context, the other half of every report.
func (r *ingestion) appendTail(dst []byte) []byte {
	dst = druid.AppendString(append(dst, `}},"taskContext":{"type":"taskContext","taskId":`...), r.header.ID)
	dst = r.header.Context.AppendJSON(append(dst, `,"payload":`...))
	return append(dst, `}}`...)
}

func appendCounters(dst []byte, c ingest.Counters) []byte {
	dst = strconv.AppendInt(append(dst, `{"processed":`...), c.Processed, 10)
	dst = strconv.AppendInt(append(dst, `,"processedBytes":`...), c.ProcessedBytes, 10)
	dst = strconv.AppendInt(append(dst, `,"processedWithError":`...), c.ProcessedWithError, 10)
	dst = strconv.AppendInt(append(dst, `,"thrownAway":`...), c.ThrownAway, 10)
	dst = strconv.AppendInt(append(dst, `,"unparseable":`...), c.Unparseable, 10)
	return append(dst, '}')
}

func appendFaults(dst []byte, faults []row.Fault) []byte {
	dst = append(dst, '[')
	for i, f := range faults {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"input":`...)
		if f.NoInput {
			dst = append(dst, `null`...)
		} else {
			dst = druid.AppendString(dst, f.Input)
		}
		dst = append(dst, `,"errorType":`...)
		if f.Kind == row.Unparseable {
			dst = append(dst, `"unparseable"`...)
		} else {
			dst = append(dst, `"processedWithError"`...)
		}
		dst = append(dst, `,"details":[`...)
		for j, d := range f.Details {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = druid.AppendString(dst, d)
		}
		dst = strconv.AppendInt(append(dst, `],"timeOfExceptionMillis":`...), f.Time.UnixMilli(), 10)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

package spec

import "strconv"

// appendJSON appends the tuningConfig with all that Druid fills in. That of index_parallel has more fields, and some in
// another place.
func (t *Tuning) appendJSON(dst []byte) []byte {
	in := &t.inert
	parallel := t.typ != "index"
	e := beginObject(dst)
	e.text("type", t.typ)
	e.raw("maxRowsPerSegment", t.partitions.rowsJSON())
	e.raw("appendableIndexSpec", `{"type":"onheap","preserveExistingMetrics":false}`)
	e.number("maxRowsInMemory", int64(t.MaxRowsInMemory))
	e.number("maxBytesInMemory", t.MaxBytesInMemory)
	e.boolean("skipBytesInMemoryOverheadCheck", in.skipOverheadCheck)
	e.raw("maxTotalRows", t.partitions.totalJSON())
	e.raw("numShards", "null")
	if parallel {
		e.raw("splitHintSpec", in.splitHint)
	} else {
		e.raw("partitionDimensions", "[]")
	}
	e.value("partitionsSpec", t.partitions)
	e.value("indexSpec", &t.IndexSpec)
	e.value("indexSpecForIntermediatePersists", &t.spillIndexSpec)
	e.number("maxPendingPersists", int64(in.maxPendingPersists))
	e.boolean("forceGuaranteedRollup", false)
	e.boolean("reportParseExceptions", t.ReportParseExceptions)
	e.number("pushTimeout", in.pushTimeout)
	e.raw("segmentWriteOutMediumFactory", in.writeOutMedium)
	if parallel {
		in.appendSubTasks(&e)
	}
	e.boolean("logParseExceptions", t.LogParseExceptions)
	e.number("maxParseExceptions", int64(t.MaxParseExceptions))
	e.number("maxSavedParseExceptions", int64(t.MaxSavedParseExceptions))
	e.number("maxColumnsToMerge", int64(in.maxColumnsToMerge))
	e.number("awaitSegmentAvailabilityTimeoutMillis", 0)
	if parallel {
		e.number("maxAllowedLockCount", int64(t.MaxLocks))
	}
	e.number("numPersistThreads", int64(in.persistThreads))
	if parallel {
		e.raw("partitionDimensions", "[]")
	}
	return e.end()
}

func (in *inert) appendSubTasks(e *echo) {
	e.number("maxNumConcurrentSubTasks", int64(in.concurrentSubTasks))
	e.number("maxRetry", int64(in.maxRetry))
	e.number("taskStatusCheckPeriodMs", in.statusCheckMillis)
	e.text("chatHandlerTimeout", durationText(in.chatTimeoutMillis))
	e.number("chatHandlerNumRetries", int64(in.chatRetries))
	e.number("maxNumSegmentsToMerge", int64(in.segmentsToMerge))
	e.number("totalNumMergeTasks", int64(in.mergeTasks))
}

// durationText writes milliseconds as Joda-Time's Duration: in seconds, with three digits after the point if needed.
func durationText(millis int64) string {
	dst := []byte("PT")
	if millis < 0 {
		dst = append(dst, '-')
	}
	seconds, rest := abs(millis/1000), abs(millis%1000)
	dst = strconv.AppendUint(dst, seconds, 10)
	if rest != 0 {
		dst = append(dst, '.', byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
	}
	return string(append(dst, 'S'))
}

func abs(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

package spec

import (
	"math"
	"strings"

	"ovate/druid"
)

const (
	defaultRowsPerSegment = 5_000_000
	defaultTotalRows      = 20_000_000
	defaultRowsInMemory   = 1_000_000
)

// tuning reads a tuningConfig, of which every field may be left out, and all of it.
func (r *reader) tuning(v value) Tuning {
	t := Tuning{typ: r.taskType}
	if !v.missing() {
		t.typ = r.tuningType(v)
	}
	t.partitions = r.partitionsSpec(v)
	t.MaxRowsPerSegment, t.MaxTotalRows = t.partitions.limits()
	r.memory(v, &t)
	r.indexSpecs(v, &t)
	r.parseExceptions(v, &t)
	r.noWait(v.field("awaitSegmentAvailabilityTimeoutMillis"))
	t.MaxLocks = -1
	if t.typ != "index" {
		t.MaxLocks = r.int(v.field("maxAllowedLockCount"), -1)
	}
	t.inert = r.inert(v, t.typ)
	return t
}

func (r *reader) tuningType(v value) string {
	if t := v.field("type"); r.text(t, "") == "compaction" {
		r.unsupported(t, `use "`+r.taskType+`"`)
	}
	if r.taskType == "index" {
		return r.typeOf(v, "org.apache.druid.indexing.common.task.IndexTask$IndexTuningConfig", "compaction", "index", "index_parallel")
	}
	return r.typeOf(v, "org.apache.druid.indexing.common.task.batch.parallel.ParallelIndexTuningConfig", "compaction", "index_parallel")
}

// memory reads how many rows and bytes are gathered before they are spilled. An index task knows maxRowsInMemory by
// an older name, too.
func (r *reader) memory(v value, t *Tuning) {
	rows := v.field("maxRowsInMemory")
	if t.typ == "index" {
		rows = r.either(rows, v.field("rowFlushBoundary"))
	}
	t.RowsInMemoryGiven = !rows.missing()
	t.MaxRowsInMemory = r.atLeast(rows, 1, r.int(rows, defaultRowsInMemory))
	t.MaxBytesInMemory = r.long(v.field("maxBytesInMemory"), 0)
}

// either returns the first of two fields if it is there, else the second, after a look at both.
func (r *reader) either(v, old value) value {
	r.int(old, 0)
	if v.missing() {
		return old
	}
	return v
}

// parseExceptions reads what becomes of rows that cannot be read. Reporting them means to give up at the first one.
func (r *reader) parseExceptions(v value, t *Tuning) {
	t.LogParseExceptions = r.boolean(v.field("logParseExceptions"), false)
	t.MaxParseExceptions = r.int(v.field("maxParseExceptions"), math.MaxInt32)
	t.MaxSavedParseExceptions = r.int(v.field("maxSavedParseExceptions"), 0)
	t.ReportParseExceptions = r.boolean(v.field("reportParseExceptions"), false)
	if t.ReportParseExceptions {
		t.MaxParseExceptions = 0
		t.MaxSavedParseExceptions = min(t.MaxSavedParseExceptions, 1)
	}
}

// noWait refuses to wait until segments can be queried: there is nobody here who loads them, and nobody to ask.
func (r *reader) noWait(v value) {
	if r.long(v, 0) > 0 {
		r.unsupported(v, "leave it out or set it to 0, as segments are only published here and loaded elsewhere")
	}
}

// inert is what Druid needs to run a task in a cluster: read, checked and echoed, and without effect in one process.
type inert struct {
	skipOverheadCheck  bool
	splitHint          string // JSON
	maxPendingPersists int
	pushTimeout        int64
	writeOutMedium     string // JSON
	concurrentSubTasks int
	maxRetry           int
	statusCheckMillis  int64
	chatTimeoutMillis  int64
	chatRetries        int
	segmentsToMerge    int
	mergeTasks         int
	maxColumnsToMerge  int
	persistThreads     int
}

func (r *reader) inert(v value, typ string) inert {
	r.appendableIndexSpec(v.field("appendableIndexSpec"))
	in := inert{
		skipOverheadCheck:  r.boolean(v.field("skipBytesInMemoryOverheadCheck"), false),
		maxPendingPersists: r.int(v.field("maxPendingPersists"), 0),
		pushTimeout:        r.long(v.field("pushTimeout"), 0),
		writeOutMedium:     r.writeOutMedium(v.field("segmentWriteOutMediumFactory")),
		maxColumnsToMerge:  r.int(v.field("maxColumnsToMerge"), -1),
		persistThreads:     max(1, r.int(v.field("numPersistThreads"), 1)),
	}
	if typ == "index" {
		r.texts(v.field("partitionDimensions"))
		return in
	}
	subTasks := v.field("maxNumConcurrentSubTasks")
	if old := v.field("maxNumSubTasks"); !old.missing() {
		if !subTasks.missing() {
			r.refuse(old, "is the old name of maxNumConcurrentSubTasks, which is there, too: leave it out")
		}
		subTasks = old
	}
	in.splitHint = r.splitHintSpec(v.field("splitHintSpec"))
	in.concurrentSubTasks = r.atLeast(subTasks, 1, r.int(subTasks, 1))
	in.maxRetry = r.int(v.field("maxRetry"), 3)
	in.statusCheckMillis = r.long(v.field("taskStatusCheckPeriodMs"), 1000)
	in.chatTimeoutMillis = r.duration(v.field("chatHandlerTimeout"), 10_000)
	in.chatRetries = r.int(v.field("chatHandlerNumRetries"), 5)
	in.segmentsToMerge = r.atLeast(v.field("maxNumSegmentsToMerge"), 1, r.int(v.field("maxNumSegmentsToMerge"), 100))
	in.mergeTasks = r.atLeast(v.field("totalNumMergeTasks"), 1, r.int(v.field("totalNumMergeTasks"), 10))
	return in
}

// appendableIndexSpec takes any type for the only one that there is, as Druid does.
func (r *reader) appendableIndexSpec(v value) {
	if !r.object(v) {
		return
	}
	if preserve := v.field("preserveExistingMetrics"); r.boolean(preserve, false) {
		r.unsupported(preserve, "leave it out")
	}
}

// writeOutMedium returns the JSON of where Druid keeps columns while it writes them. A type that nobody knows is a
// temporary file.
func (r *reader) writeOutMedium(v value) string {
	if !r.object(v) {
		return "null"
	}
	switch t := r.text(v.field("type"), ""); t {
	case "offHeapMemory", "onHeapMemory":
		return `{"type":"` + t + `"}`
	}
	return `{"type":"tmpFile"}`
}

// duration reads an ISO-8601 period of fixed length, or milliseconds.
func (r *reader) duration(v value, fallback int64) int64 {
	millis := fallback
	if !v.missing() && v.kind == number && !strings.ContainsAny(v.text, ".eE") {
		millis = r.long(v, fallback)
	} else if given := strings.TrimSpace(r.text(v, "")); given != "" {
		millis = r.period(v, given)
	}
	if seconds := millis / 1000; seconds < math.MinInt32 || seconds > math.MaxInt32 {
		r.refuse(v, "must be no longer than %d seconds, but is %s", math.MaxInt32, v.shown())
	}
	return millis
}

// period returns the milliseconds of a period.
func (r *reader) period(v value, given string) int64 {
	p, err := druid.ParsePeriod(given)
	switch {
	case err != nil:
		r.refuse(v, "must be an ISO-8601 duration such as PT10S, but is %s: %v", v.shown(), err)
	case p.Years != 0 || p.Months != 0:
		r.refuse(v, "must be a duration in weeks, days, hours, minutes or seconds, but is %s: years and months vary in length", v.shown())
	}
	days := int64(p.Weeks)*7 + int64(p.Days)
	seconds := (days*24+int64(p.Hours))*3600 + int64(p.Minutes)*60 + int64(p.Seconds)
	return seconds*1000 + int64(p.Millis)
}

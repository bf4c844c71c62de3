package detect

import "ovate/druid"

// parsedSample is the rows of a file's beginning: rows [first, first+rows) of the samples, which took so many bytes.
type parsedSample struct {
	File
	bytes       int64
	spread      bool // some rows are from here and there up to the end
	first, rows int
}

// measure estimates how many rows there are and which time they span. Rows that come in order of time span more than
// the beginning shows; rows in any order show all of it. Which of the two it is can be seen in the beginning itself.
func (t *Table) measure(samples []parsedSample) {
	var bytes int64
	rows := 0
	span := druid.Interval{Start: druid.MaxInstant, End: druid.MinInstant}
	for _, s := range samples {
		bytes += s.bytes
		rows += s.rows
		own := t.Time.spanOf(s)
		span.Start, span.End = min(span.Start, own.Start), max(span.End, own.End)
	}
	t.Span = span
	t.Rows = int64(rows)
	if all := t.Text(); all > bytes {
		t.Rows = int64(float64(rows) * float64(all) / float64(bytes))
	}
}

// spanOf is the span of a whole file, judged by its beginning.
func (t *Time) spanOf(s parsedSample) druid.Interval {
	whole := t.extent(s.first, s.first+s.rows)
	if s.bytes >= s.Text || s.spread || s.rows < 4 {
		return whole
	}
	middle := s.first + s.rows/2
	half, rest := t.extent(s.first, middle), t.extent(middle, s.first+s.rows)
	if half.Start > half.End || rest.Start > rest.End {
		return whole
	}
	length := float64(whole.End - whole.Start)
	if float64(half.End-half.Start) > 0.75*length {
		return whole // in any order
	}
	further := druid.Instant(length * (float64(s.Text)/float64(s.bytes) - 1))
	if half.Start > rest.Start { // the newest first
		whole.Start -= further
	} else {
		whole.End += further
	}
	return whole
}

// extent is from the first to after the last time of some rows of the samples. It ends before it starts if they have none.
func (t *Time) extent(from, to int) druid.Interval {
	span := druid.Interval{Start: druid.MaxInstant, End: druid.MinInstant}
	for i := from; i < to; i++ {
		if t.known[i] {
			span.Start, span.End = min(span.Start, t.instants[i]), max(span.End, t.instants[i]+1)
		}
	}
	return span
}

// Granularities are those that segments may be cut by, the finest first.
func Granularities() []string {
	return []string{"SECOND", "MINUTE", "FIVE_MINUTE", "TEN_MINUTE", "FIFTEEN_MINUTE", "THIRTY_MINUTE", "HOUR", "SIX_HOUR",
		"EIGHT_HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "ALL"}
}

// granularity chooses the finest cut that leaves segments worth opening: half a million rows and more. Fewer rows than
// that in all are worth two or three segments, or one a year if they span many years.
func granularity(span druid.Interval, rows int64) string {
	const hour = 3_600_000
	cuts := []struct {
		name   string
		length float64
	}{{"HOUR", hour}, {"DAY", 24 * hour}, {"MONTH", 30.44 * 24 * hour}, {"QUARTER", 91.3 * 24 * hour}, {"YEAR", 365.25 * 24 * hour}}
	length := float64(span.End - span.Start)
	for _, cut := range cuts {
		if segments := max(1, length/cut.length); float64(rows)/segments >= 500_000 {
			return cut.name
		}
	}
	for _, cut := range cuts {
		if length <= 2*cut.length {
			return cut.name
		}
	}
	if years := length / cuts[len(cuts)-1].length; float64(rows)/years >= 10_000 {
		return "YEAR"
	}
	return "ALL"
}

package detect

import "ovate/druid"

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

package metadata

import "ovate/druid"

// Druid stores instants as text and compares them as text. That order is the order of time for the years 0 to 9999 ("near"), whose texts all
// have 24 characters; a year before or after ("far") makes a longer one.
const (
	FirstNear = druid.Instant(-62_167_219_200_000) // 0000-01-01T00:00:00.000Z
	LastNear  = druid.Instant(253_402_300_799_999) // 9999-12-31T23:59:59.999Z
)

// Spans are the intervals that were asked for, in order and apart. None given stand for all time.
func Spans(intervals []druid.Interval) []druid.Interval {
	if intervals == nil {
		return []druid.Interval{druid.Eternity}
	}
	return druid.CondenseIntervals(intervals)
}

package action

import (
	"cmp"
	"encoding/json"
	"slices"

	"ovate/druid"
)

// Finer lists the granularities a new time chunk may have, coarse to fine: the preferred one, then the named ones that
// are not longer, on the same clocks. Weeks fit into nothing else and all time into nothing at all, so these two
// are there only if they are the preferred one.
func Finer(preferred druid.Granularity) []druid.Granularity {
	list := []druid.Granularity{preferred}
	if preferred.IsNone() {
		return list
	}
	for _, period := range []string{"P1Y", "P3M", "P1M", "P1D", "PT8H", "PT6H", "PT1H", "PT30M", "PT15M", "PT10M", "PT5M", "PT1M", "PT1S"} {
		g, err := onClocksOf(preferred, period)
		if err == nil && g != preferred && length(g) <= length(preferred) {
			list = append(list, g)
		}
	}
	slices.SortStableFunc(list, func(a, b druid.Granularity) int { return cmp.Compare(length(b), length(a)) })
	return list
}

// length is that of the first bucket of 1970: good enough to tell which of two granularities is finer.
func length(g druid.Granularity) druid.Instant {
	b := g.Bucket(0)
	return b.End - b.Start
}

// onClocksOf makes a period granularity with the time zone and origin of another one.
func onClocksOf(g druid.Granularity, text string) (druid.Granularity, error) {
	var clocks struct {
		TimeZone string         `json:"timeZone"`
		Origin   *druid.Instant `json:"origin"`
	}
	if wire := g.AppendJSON(nil); wire[0] == '{' {
		if err := json.Unmarshal(wire, &clocks); err != nil {
			return druid.None, err
		}
	}
	period, err := druid.ParsePeriod(text)
	if err != nil {
		return druid.None, err
	}
	return druid.PeriodGranularity(period, clocks.TimeZone, clocks.Origin)
}

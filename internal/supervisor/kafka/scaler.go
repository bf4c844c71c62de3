package kafka

import (
	"math"
	"slices"
	"time"
)

// Scaler is how the number of tasks follows the lag. Whether it is Enabled or not, it has Druid's defaults.
type Scaler struct {
	Enabled                          bool
	TaskCountMin, TaskCountMax       int
	Interval, Range                  time.Duration // how often lag is looked at, and for how long it is kept in mind
	StartDelay, Period, MinFrequency time.Duration // when it is first thought of scaling, how often, and how long after the last time at least
	ScaleOutThreshold                int64         // lag that is too much
	ScaleInThreshold                 int64         // lag that is so little that fewer tasks would do
	ScaleOutFraction                 float64       // of what was seen that must be too much
	ScaleInFraction                  float64       // of what was seen that must be so little
	ScaleOutStep, ScaleInStep        int
	Aggregate                        string // SUM, MAX or AVERAGE of the lags of partitions; empty: SUM
}

// scaler reads an autoScalerConfig; nil if there is none.
func scaler(v value) *Scaler {
	if !v.object() {
		return nil
	}
	if strategy := v.field("autoScalerStrategy"); !strategy.missing() {
		if name, _ := strategy.text(); name != "lagBased" {
			strategy.refuse("must be lagBased, but is %s: others are not known here", strategy.shown())
		}
	}
	s := &Scaler{
		Interval: v.millis("lagCollectionIntervalMillis", 30*time.Second), Range: v.millis("lagCollectionRangeMillis", 10*time.Minute),
		StartDelay: v.millis("scaleActionStartDelayMillis", 5*time.Minute), Period: v.millis("scaleActionPeriodMillis", time.Minute),
		MinFrequency:      v.millis("minTriggerScaleActionFrequencyMillis", 10*time.Minute),
		ScaleOutThreshold: v.number("scaleOutThreshold", 0, math.MaxInt64, 6_000_000), ScaleInThreshold: v.number("scaleInThreshold", 0, math.MaxInt64, 1_000_000),
		ScaleOutFraction: v.share("triggerScaleOutFractionThreshold", 0.3), ScaleInFraction: v.share("triggerScaleInFractionThreshold", 0.9),
		ScaleOutStep: int(v.number("scaleOutStep", 1, math.MaxInt32, 2)), ScaleInStep: int(v.number("scaleInStep", 1, math.MaxInt32, 1)),
	}
	s.Enabled, _ = v.field("enableTaskAutoScaler").truth()
	if aggregate := v.field("lagAggregate"); !aggregate.missing() {
		if s.Aggregate, _ = aggregate.text(); !slices.Contains([]string{"SUM", "MAX", "AVERAGE"}, s.Aggregate) {
			aggregate.refuse("must be one of SUM, MAX, AVERAGE, but is %s", aggregate.shown())
		}
	}
	s.counts(v)
	return s
}

// counts reads between which numbers of tasks it chooses. Where it is not enabled it does not matter what they are.
func (s *Scaler) counts(v value) {
	least, most := v.field("taskCountMin"), v.field("taskCountMax")
	if !s.Enabled {
		least.whole(math.MinInt32, math.MaxInt32)
		most.whole(math.MinInt32, math.MaxInt32)
		return
	}
	for _, each := range []value{least, most} {
		if each.missing() {
			each.refuse("is missing: it must be a number of tasks, as enableTaskAutoScaler is true")
		}
	}
	s.TaskCountMin = int(v.number("taskCountMin", 1, math.MaxInt32, 1))
	s.TaskCountMax = int(v.number("taskCountMax", 1, math.MaxInt32, 1))
	if s.TaskCountMax < s.TaskCountMin {
		most.refuse("must be at least taskCountMin, which is %d, but is %s", s.TaskCountMin, most.shown())
	}
}

// number reads a member that is a whole number.
func (v value) number(name string, least, most, unset int64) int64 {
	if n, there := v.field(name).whole(least, most); there {
		return n
	}
	return unset
}

// millis reads a member that is a number of milliseconds, one at least.
func (v value) millis(name string, unset time.Duration) time.Duration {
	const longest = math.MaxInt64 / int64(time.Millisecond)
	return time.Duration(min(v.number(name, 1, math.MaxInt64, unset.Milliseconds()), longest)) * time.Millisecond
}

// share reads a member that is a part of 1.
func (v value) share(name string, unset float64) float64 {
	if f, there := v.field(name).fraction(); there {
		return f
	}
	return unset
}

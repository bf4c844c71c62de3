package routine

import (
	"math"
	"slices"
	"time"

	"ovate/internal/supervisor/document"
	"ovate/internal/supervisor/plan"
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
func scaler(v document.Value) *Scaler {
	if !v.Object() {
		return nil
	}
	if strategy := v.Field("autoScalerStrategy"); !strategy.Missing() {
		if name, _ := strategy.Text(); name != "lagBased" {
			strategy.Refuse("must be lagBased, but is %s: others are not known here", strategy.Shown())
		}
	}
	s := &Scaler{
		Interval: v.Millis("lagCollectionIntervalMillis", 30*time.Second), Range: v.Millis("lagCollectionRangeMillis", 10*time.Minute),
		StartDelay: v.Millis("scaleActionStartDelayMillis", 5*time.Minute), Period: v.Millis("scaleActionPeriodMillis", time.Minute),
		MinFrequency:      v.Millis("minTriggerScaleActionFrequencyMillis", 10*time.Minute),
		ScaleOutThreshold: v.Number("scaleOutThreshold", 0, math.MaxInt64, 6_000_000), ScaleInThreshold: v.Number("scaleInThreshold", 0, math.MaxInt64, 1_000_000),
		ScaleOutFraction: v.Share("triggerScaleOutFractionThreshold", 0.3), ScaleInFraction: v.Share("triggerScaleInFractionThreshold", 0.9),
		ScaleOutStep: int(v.Number("scaleOutStep", 1, math.MaxInt32, 2)), ScaleInStep: int(v.Number("scaleInStep", 1, math.MaxInt32, 1)),
	}
	s.Enabled, _ = v.Field("enableTaskAutoScaler").Truth()
	if aggregate := v.Field("lagAggregate"); !aggregate.Missing() {
		if s.Aggregate, _ = aggregate.Text(); !slices.Contains([]string{"SUM", "MAX", "AVERAGE"}, s.Aggregate) {
			aggregate.Refuse("must be one of SUM, MAX, AVERAGE, but is %s", aggregate.Shown())
		}
	}
	s.counts(v)
	return s
}

// counts reads between which numbers of tasks it chooses. Where it is not enabled it does not matter what they are.
func (s *Scaler) counts(v document.Value) {
	least, most := v.Field("taskCountMin"), v.Field("taskCountMax")
	if !s.Enabled {
		least.Whole(math.MinInt32, math.MaxInt32)
		most.Whole(math.MinInt32, math.MaxInt32)
		return
	}
	for _, each := range []document.Value{least, most} {
		if each.Missing() {
			each.Refuse("is missing: it must be a number of tasks, as enableTaskAutoScaler is true")
		}
	}
	s.TaskCountMin = int(v.Number("taskCountMin", 1, math.MaxInt32, 1))
	s.TaskCountMax = int(v.Number("taskCountMax", 1, math.MaxInt32, 1))
	if s.TaskCountMax < s.TaskCountMin {
		most.Refuse("must be at least taskCountMin, which is %d, but is %s", s.TaskCountMin, most.Shown())
	}
}

// rules are what the number of tasks follows the lag by; nil: it does not.
func (s *Scaler) rules() *plan.Scaling {
	if s == nil || !s.Enabled {
		return nil
	}
	return &plan.Scaling{
		Min: s.TaskCountMin, Max: s.TaskCountMax, Interval: s.Interval, Range: s.Range, StartDelay: s.StartDelay, Period: s.Period, Rest: s.MinFrequency,
		OutThreshold: s.ScaleOutThreshold, InThreshold: s.ScaleInThreshold, OutShare: s.ScaleOutFraction, InShare: s.ScaleInFraction,
		OutStep: s.ScaleOutStep, InStep: s.ScaleInStep, Aggregate: s.Aggregate,
	}
}

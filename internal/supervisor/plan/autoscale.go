package plan

import (
	"math"
	"time"

	"ovate/internal/stream"
)

// Scaling is by which rules the number of tasks follows the lag.
type Scaling struct {
	// Min and Max are the fewest and the most tasks.
	Min, Max int
	// Interval is how often the lag is looked at, and Range for how long back it counts.
	Interval, Range time.Duration
	// StartDelay is how long a supervisor runs before it looks, Period how often it decides, and Rest how long after one change it makes no other.
	StartDelay, Period, Rest time.Duration
	// There are OutStep tasks more if a share of OutShare of the lags are OutThreshold or above, and InStep less if InShare are InThreshold or below.
	OutThreshold, InThreshold int64
	OutShare, InShare         float64
	OutStep, InStep           int
	// Aggregate is what of the lags of partitions counts: their SUM, which is what no word means, too, MAX or AVERAGE.
	Aggregate string
}

// Lag is what counts of the lags of partitions.
func (s *Scaling) Lag(of stream.Lag) int64 {
	switch {
	case s.Aggregate == "MAX":
		return of.Most()
	case s.Aggregate == "AVERAGE" && len(of) > 0:
		return of.Total() / int64(len(of))
	}
	return of.Total()
}

// Window is how many lags count.
func (s *Scaling) Window() int {
	if s.Interval <= 0 {
		return 1
	}
	return int(s.Range/s.Interval) + 1
}

// Begins is how long after its start a supervisor decides first: its tasks have had time to come, and the lag was looked at for long enough.
func (s *Scaling) Begins() time.Duration {
	looked := s.StartDelay + s.Range
	if looked < 0 { // which is longer than Go can tell
		looked = math.MaxInt64
	}
	return max(looked, s.Rest)
}

// TaskCount is how many tasks there should be, by the lags of late, where there are now so many, for so many partitions. It is the same number if nothing
// is to change: more tasks than partitions are of no use.
func (s *Scaling) TaskCount(now, partitions int, lags []int64) int {
	if len(lags) == 0 || partitions == 0 {
		return now
	}
	high, low := 0, 0
	for _, lag := range lags {
		if lag >= s.OutThreshold {
			high++
		}
		if lag <= s.InThreshold {
			low++
		}
	}
	reads := min(now, partitions)
	share := func(n int) float64 { return float64(n) / float64(len(lags)) }
	switch most, least := min(s.Max, partitions), min(s.Min, partitions); {
	case share(high) >= s.OutShare:
		if want := min(reads+s.OutStep, most); want > reads {
			return want
		}
	case share(low) >= s.InShare:
		if want := max(reads-s.InStep, least); want < reads {
			return want
		}
	}
	return now
}

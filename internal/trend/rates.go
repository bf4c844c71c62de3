package trend

import (
	"sync"

	"ovate/druid"
	"ovate/internal/ingest"
	"ovate/internal/task"
)

// rateStep is over how long a rate is a mean, in milliseconds. Tasks tell what they have read every five seconds.
const rateStep druid.Instant = 30_000

// Rates are how fast the tasks of this process have read over the last hour. It takes 2 kB. Make it with NewRates; it may be used from any goroutines.
type Rates struct {
	now func() druid.Instant

	mu          sync.Mutex // guards the figures
	rows, bytes *series
	begun       druid.Instant
}

var _ task.Meter = (*Rates)(nil)

// NewRates begins to count. now is the time of the machine's clock.
func NewRates(now func() druid.Instant) *Rates {
	t := now()
	return &Rates{now: now, rows: newSeries(rateStep, t, 0), bytes: newSeries(rateStep, t, 0), begun: t}
}

// Read implements task.Meter: rows count once, as the segments are built of them, whatever became of them.
func (r *Rates) Read(stage string, more ingest.Counters) {
	if stage != task.StageBuild {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.now()
	count(r.rows, t, more.Processed+more.ProcessedWithError+more.ThrownAway+more.Unparseable)
	count(r.bytes, t, more.ProcessedBytes)
}

func count(s *series, t druid.Instant, n int64) {
	if at := s.at(t); at != nil {
		*at += max(n, 0) // what a task takes back it has read all the same
	}
}

// Last are the rows and the bytes per second of each step of the last hour that has ended, the oldest first; of the time before the process began they are Unknown.
func (r *Rates) Last() (rows, bytes []Point) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.perSecond(r.rows), r.perSecond(r.bytes)
}

func (r *Rates) perSecond(s *series) []Point {
	points := s.points(r.now()-rateStep, rateStep)
	for i := range points {
		p := &points[i]
		if p.Value = p.Value * 1000 / float64(rateStep); p.At <= r.begun {
			p.Value = Unknown
		}
	}
	return points
}

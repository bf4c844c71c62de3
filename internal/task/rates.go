package task

import (
	"math"
	"strconv"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/ingest"
)

// tick is how often rates are measured, as in the meters that Druid uses (Dropwizard's EWMA).
const tick = 5 * time.Second

// rates are the exponentially weighted moving averages, per second, of a run's row counters: over one, five and
// fifteen minutes, as load averages are.
type rates struct {
	mu    sync.Mutex
	last  ingest.Counters
	begun bool
	means [3]counterRates
}

type counterRates struct {
	processed, processedBytes, processedWithError, unparseable, thrownAway float64
}

// spans are the averages by the names they have in reports.
func spans() [3]struct {
	name    string
	minutes float64
} {
	return [3]struct {
		name    string
		minutes float64
	}{{"1m", 1}, {"5m", 5}, {"15m", 15}}
}

// watch measures until stop is called, which waits for the last measurement. tell hears how far the run is, each time and at last.
func (r *rates) watch(p *ingest.Progress, tell func(ingest.Snapshot)) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(tick)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				fault := Protect(func() error {
					s := p.Snapshot()
					r.measure(counters(s))
					tell(s)
					return nil
				})
				if fault != nil {
					return // the rates stand still, the task goes on
				}
			case <-quit:
				return
			}
		}
	}()
	return func() {
		close(quit)
		<-done
		tell(p.Snapshot())
	}
}

func counters(s ingest.Snapshot) ingest.Counters {
	if s.Phase == ingest.DeterminePartitions {
		return s.Determine
	}
	return s.Build
}

// measure takes the counters a tick after the last ones.
func (r *rates) measure(now ingest.Counters) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, span := range spans() {
		alpha := 1 - math.Exp(-tick.Minutes()/span.minutes)
		if !r.begun {
			alpha = 1 // the first rate is taken as it is
		}
		m := &r.means[i]
		for _, c := range []struct {
			mean      *float64
			now, last int64
		}{
			{&m.processed, now.Processed, r.last.Processed},
			{&m.processedBytes, now.ProcessedBytes, r.last.ProcessedBytes},
			{&m.processedWithError, now.ProcessedWithError, r.last.ProcessedWithError},
			{&m.unparseable, now.Unparseable, r.last.Unparseable},
			{&m.thrownAway, now.ThrownAway, r.last.ThrownAway},
		} {
			*c.mean += alpha * (float64(c.now-c.last)/tick.Seconds() - *c.mean)
		}
	}
	r.begun, r.last = true, now
}

// append appends the averages as reports show them.
func (r *rates) append(dst []byte) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, span := range spans() {
		dst = append(dst, "{,,"[i])
		dst = append(strconv.AppendQuote(dst, span.name), ':')
		m := r.means[i]
		dst = druid.AppendDouble(append(dst, `{"processed":`...), m.processed)
		dst = druid.AppendDouble(append(dst, `,"processedBytes":`...), m.processedBytes)
		dst = druid.AppendDouble(append(dst, `,"processedWithError":`...), m.processedWithError)
		dst = druid.AppendDouble(append(dst, `,"unparseable":`...), m.unparseable)
		dst = druid.AppendDouble(append(dst, `,"thrownAway":`...), m.thrownAway)
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

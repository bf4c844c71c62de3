package trend

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/stream"
	"ovate/internal/supervisor"
)

const (
	// lagStep is how often lags are noted, in milliseconds.
	lagStep druid.Instant = 60_000
	// So many supervisors have a series, and so many partitions of all together: 520 bytes each and its name.
	mostTotals, mostPartitions = 2048, 8192
)

// Lags are how far supervisors of streams were behind over the last hour, as they knew themselves. Of each, and of its partitions, one series is kept, up to a most of all
// together, first come first served: they take less than 8 MB, however many supervisors there are. Make it with NewLags, and Start it; it may be used from any goroutines.
type Lags struct {
	supervisors func() (all []*supervisor.Supervisor, leads bool)
	now         func() druid.Instant

	mu         sync.Mutex // guards everything below
	of         map[string]*lags
	partitions int // that have a series, of all supervisors

	end, done chan struct{} // nil before Start
}

// lags are those of one supervisor.
type lags struct {
	total      *series
	partitions map[string]*series
	left       int // partitions that have no series, when they were noted last
}

// NewLags notes the lags of the supervisors that there are while this server leads. now is the time of the machine's clock.
func NewLags(supervisors func() (all []*supervisor.Supervisor, leads bool), now func() druid.Instant) *Lags {
	return &Lags{supervisors: supervisors, now: now, of: map[string]*lags{}}
}

// Start begins to note lags. It is called once.
func (l *Lags) Start() {
	l.end, l.done = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(l.done)
		for {
			wait := time.NewTimer(l.untilNext())
			select {
			case <-wait.C:
				l.note()
			case <-l.end:
				wait.Stop()
				return
			}
		}
	}()
}

// Stop ends that. It may be called without a Start.
func (l *Lags) Stop() {
	if l.end != nil {
		close(l.end)
		<-l.done
	}
}

// untilNext is how long it is to the middle of the next step: one that comes a little late is still of its step.
func (l *Lags) untilNext() time.Duration {
	return time.Duration(lagStep-l.now()%lagStep+lagStep/2) * time.Millisecond
}

// note notes how far all are behind now. Those that are not there any more are forgotten; while this server does not lead nothing is known, and nothing forgotten.
func (l *Lags) note() {
	all, leads := l.supervisors()
	if !leads {
		return
	}
	now, told := l.now(), map[string]stream.Lag{}
	for _, s := range all {
		if lagging, is := s.AtWork.(supervisor.Lagging); is {
			told[s.ID] = lagging.Lag()
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.of, func(id string, one *lags) bool {
		_, is := told[id]
		if !is {
			l.partitions -= len(one.partitions)
		}
		return !is
	})
	for _, s := range all {
		if lag := told[s.ID]; lag != nil { // else it does not know, or cannot
			l.noteOne(s.ID, now, lag)
		}
	}
}

// noteOne notes the lag of a supervisor. The caller holds mu.
func (l *Lags) noteOne(id string, now druid.Instant, lag stream.Lag) {
	one := l.of[id]
	if one == nil {
		if len(l.of) == mostTotals {
			return
		}
		one = &lags{total: newSeries(lagStep, now, Unknown), partitions: map[string]*series{}}
		l.of[id] = one
	}
	maps.DeleteFunc(one.partitions, func(p string, _ *series) bool {
		_, is := lag[p]
		if !is {
			l.partitions--
		}
		return !is
	})
	one.left = 0
	for _, p := range slices.SortedFunc(maps.Keys(lag), ComparePartitions) {
		s := one.partitions[p]
		if s == nil {
			if l.partitions == mostPartitions {
				one.left++
				continue
			}
			l.partitions++
			s = newSeries(lagStep, now, Unknown)
			one.partitions[p] = s
		}
		set(s, now, lag[p])
	}
	set(one.total, now, lag.Total())
}

func set(s *series, t druid.Instant, n int64) {
	if at := s.at(t); at != nil {
		*at = n
	}
}

// ComparePartitions puts partitions in order: numbers as numbers, before all else.
func ComparePartitions(a, b string) int {
	if isNumber(a) && isNumber(b) {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	}
	if isNumber(a) != isNumber(b) {
		if isNumber(a) {
			return -1
		}
		return 1
	}
	return cmp.Compare(a, b)
}

func isNumber(text string) bool {
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return text != ""
}

// Lag is how many records were not read, at each step of the last hour, the oldest first; Unknown where nothing is known.
type Lag struct {
	Total      []Point
	Partitions []Partition // in their order
	// Left is how many more partitions there are, of which only the total has the lag.
	Left int
}

// Partition is the lag of one.
type Partition struct {
	Name   string
	Points []Point
}

// Last is how a supervisor was behind; ok is false if nothing is known of it.
func (l *Lags) Last(id string) (lag Lag, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.of[id]
	if one == nil {
		return lag, false
	}
	now := l.now() - lagStep/2 // before, nothing was noted in this step
	lag = Lag{Total: one.total.points(now, lagStep/2), Left: one.left}
	for _, name := range slices.SortedFunc(maps.Keys(one.partitions), ComparePartitions) {
		lag.Partitions = append(lag.Partitions, Partition{name, one.partitions[name].points(now, lagStep/2)})
	}
	return lag, true
}

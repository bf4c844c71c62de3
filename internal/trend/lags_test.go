package trend

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/stream"
	"ovate/internal/supervisor"
)

// behind is a supervisor that is so far behind.
type behind struct {
	supervisor.Supervising
	mu  sync.Mutex
	lag map[string]int64
}

func (b *behind) Lag() stream.Lag {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lag
}

func (b *behind) become(lag map[string]int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lag = lag
}

// fleet is the supervisors of a server that leads, or does not.
type fleet struct {
	mu    sync.Mutex
	all   []*supervisor.Supervisor
	leads bool
}

func (f *fleet) now() ([]*supervisor.Supervisor, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.all, f.leads
}

func (f *fleet) become(leads bool, all ...*supervisor.Supervisor) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all, f.leads = all, leads
}

// noted is the lag of a supervisor over the last minutes.
func noted(points []Point, n int) (values []float64) {
	for _, p := range points[len(points)-n:] {
		values = append(values, p.Value)
	}
	return values
}

// Lags are noted each minute while this server leads, in total and by partition; what nobody told is unknown, and who is gone is forgotten.
func TestLags(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stream := &behind{lag: map[string]int64{"2": 5, "10": 7}}
		one, other := &supervisor.Supervisor{ID: "stream", AtWork: stream}, &supervisor.Supervisor{ID: "other"}
		servers := &fleet{all: []*supervisor.Supervisor{one, other}, leads: true}
		l := NewLags(servers.now, druid.Now)
		l.Start()
		defer l.Stop()
		sleep := func(d time.Duration) { time.Sleep(d); synctest.Wait() }
		if _, ok := l.Last("stream"); ok {
			t.Error("a lag is known before it was asked for")
		}
		sleep(2 * time.Minute)
		stream.become(map[string]int64{"2": 6, "3": 0})
		sleep(time.Minute)
		stream.become(nil) // it does not know for a while
		sleep(time.Minute)
		stream.become(map[string]int64{"2": 8, "3": 1})
		sleep(time.Minute)
		lag, ok := l.Last("stream")
		if !ok || lag.Left != 0 || len(lag.Partitions) != 2 || lag.Partitions[0].Name != "2" || lag.Partitions[1].Name != "3" {
			t.Fatalf("%v %+v", ok, lag)
		}
		if got := noted(lag.Total, 5); !slices.Equal(got, []float64{Unknown, 12, 6, Unknown, 9}) {
			t.Error(got)
		}
		if got := noted(lag.Partitions[1].Points, 4); !slices.Equal(got, []float64{Unknown, 0, Unknown, 1}) {
			t.Error(got)
		}
		if _, ok := l.Last("other"); ok {
			t.Error("what reads no stream has a lag")
		}
		servers.become(false) // the lead is lost, and comes back
		sleep(5 * time.Minute)
		if _, ok := l.Last("stream"); !ok {
			t.Error("what was known is forgotten as the lead was lost")
		}
		servers.become(true, other)
		sleep(time.Minute)
		if _, ok := l.Last("stream"); ok || l.partitions != 0 {
			t.Errorf("one that is gone is remembered: %v, %d partitions", ok, l.partitions)
		}
	})
}

// A thousand supervisors of a hundred partitions each take less than 10 MB, each has at least its total, and those that go make room for others.
func TestLagsAreBounded(t *testing.T) {
	clock := 10*Hour + lagStep/2
	var all []*supervisor.Supervisor
	lag := map[string]int64{}
	for p := range 100 {
		lag[fmt.Sprint(p)] = int64(p)
	}
	for i := range 1000 {
		all = append(all, &supervisor.Supervisor{ID: fmt.Sprint("supervisor-", i), AtWork: &behind{lag: lag}})
	}
	l := NewLags(func() ([]*supervisor.Supervisor, bool) { return all, true }, func() druid.Instant { return clock })
	before := heap()
	l.note()
	if took := heap() - before; took > 10<<20 {
		t.Errorf("%d bytes", took)
	}
	if l.partitions != mostPartitions {
		t.Errorf("%d partitions have series, of %d", l.partitions, mostPartitions)
	}
	for _, s := range all {
		lag, ok := l.Last(s.ID)
		if !ok || noted(lag.Total, 1)[0] != 99*100/2 || len(lag.Partitions)+lag.Left != 100 {
			t.Fatalf("%s: %v, %d partitions and %d more", s.ID, ok, len(lag.Partitions), lag.Left)
		}
	}
	all = all[920:] // of 80, all partitions have room
	clock += lagStep
	l.note()
	if l.partitions != 80*100 {
		t.Errorf("%d partitions have series", l.partitions)
	}
	for _, s := range all {
		if lag, ok := l.Last(s.ID); !ok || lag.Left > 0 {
			t.Errorf("%s: %d partitions are left out, and there is room", s.ID, lag.Left)
		}
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func TestComparePartitions(t *testing.T) {
	t.Parallel()
	names := []string{"b", "10", "", "9", "a", "2"}
	slices.SortFunc(names, ComparePartitions)
	if got := strings.Join(names, ","); got != "2,9,10,,a,b" {
		t.Error(got)
	}
}

//go:build peer

package peer

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ovate/apptest/stored"
	"ovate/client"
	"ovate/druid"
	"ovate/internal/timeline"
)

// lane has one thing after another done to a data source of its own with two days, and knows what a query sees after each.
type lane struct {
	*workload
	name   string // of the data source
	random *rand.Rand
	tasks  int // that there were
	rows   int // that there were; each has a time of its own
	sees   content
	done   map[string]int
}

// content is how often a query sees the row of a time.
type content map[string]int

// with is the content with further rows.
func (c content) with(times ...string) content {
	c = maps.Clone(c)
	for _, t := range times {
		c[t]++
	}
	return c
}

// without is the content without the rows of a day.
func (c content) without(day string) content {
	c = maps.Clone(c)
	maps.DeleteFunc(c, func(t string, _ int) bool { return strings.HasPrefix(t, day) })
	return c
}

var days = [...]string{"2024-01-01", "2024-01-02"}

// run does things until there are enough.
func (l *lane) run() error {
	kinds := []struct {
		name string
		do   func() (outcomes []content, err error)
	}{
		{"dynamic", func() ([]content, error) { return l.parallel("") }},
		{"hashed", func() ([]content, error) { return l.parallel(byHash) }},
		{"range", func() ([]content, error) { return l.parallel(byPages) }},
		{"append", l.appends}, {"replace", l.replaces}, {"compact", l.compacts}, {"kill", l.kills}, {"overtake", l.overtakes},
		{"append and replace", func() ([]content, error) { return l.concurrently(true) }},
		{"append and compact", func() ([]content, error) { return l.concurrently(false) }},
	}
	l.done = map[string]int{}
	for !l.enough.Load() {
		kind := kinds[l.random.IntN(len(kinds))]
		outcomes, err := kind.do()
		if err == nil {
			err = l.expect(outcomes)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", kind.name, err)
		}
		l.done[kind.name]++
	}
	return nil
}

// id names the next task.
func (l *lane) id(kind string) string {
	l.tasks++
	return fmt.Sprintf("%s_%03d_%s", l.name, l.tasks, kind)
}

// times are those of n further rows of a day.
func (l *lane) times(day string, n int) (times []string) {
	midnight, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	for range n {
		l.rows++
		times = append(times, druid.InstantOf(midnight.Add(time.Duration(l.rows)*time.Second)).String())
	}
	return times
}

func (l *lane) day() string { return days[l.random.IntN(len(days))] }

// parallel replaces both days by sub-tasks, one for each of two files.
func (l *lane) parallel(tuning string) ([]content, error) {
	id, all := l.id("parallel"), content{}
	folder := filepath.Join(l.site.conf.dir, "input", id)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	for file := range 2 {
		var text strings.Builder
		for i, t := range slices.Concat(l.times(days[0], 2), l.times(days[1], 2)) {
			fmt.Fprintf(&text, `{"t":"%s","page":"p%d%d"}`+"\n", t, file, i)
			all[t]++
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprint(file, ".json")), []byte(text.String()), 0o600); err != nil {
			return nil, err
		}
	}
	if err := l.submit(id, overFiles(id, l.name, folder, tuning)); err != nil {
		return nil, err
	}
	return []content{all}, l.succeed(id)
}

// appends adds to both days.
func (l *lane) appends() ([]content, error) {
	id, times := l.id("append"), slices.Concat(l.times(days[0], 2), l.times(days[1], 1))
	if err := l.submit(id, named(id, ingestionOf(l.name, "", true, times...))); err != nil {
		return nil, err
	}
	return []content{l.sees.with(times...)}, l.succeed(id)
}

// replacing is a task of type index over a day.
func (l *lane) replacing(id, day string, priority int, times ...string) string {
	task := named(id, ingestionOf(l.name, `,"intervals":["`+day+`/P1D"]`, false, times...))
	return strings.TrimSuffix(strings.ReplaceAll(task, `"index_parallel"`, `"index"`), "}") + fmt.Sprintf(`,"context":{"priority":%d}}`, priority)
}

// replaces replaces a day in one task.
func (l *lane) replaces() ([]content, error) {
	id, day := l.id("replace"), l.day()
	times := l.times(day, 3)
	if err := l.submit(id, l.replacing(id, day, 50, times...)); err != nil {
		return nil, err
	}
	return []content{l.sees.without(day).with(times...)}, l.succeed(id)
}

// compacts makes one segment of those of a day.
func (l *lane) compacts() ([]content, error) {
	id, day := l.id("compact"), l.day()
	if maps.Equal(l.sees, l.sees.without(day)) {
		return []content{l.sees}, nil // there is nothing to compact
	}
	if err := l.submit(id, compaction(id, l.name, day, "")); err != nil {
		return nil, err
	}
	return []content{l.sees}, l.succeed(id)
}

// kills marks a day as unused, and removes it, all versions of it.
func (l *lane) kills() ([]content, error) {
	id, day := l.id("kill"), l.day()
	if err := l.markUnused(day); err != nil {
		return nil, err
	}
	if err := l.expect([]content{l.sees.without(day)}); err != nil {
		return nil, fmt.Errorf("marked as unused: %w", err)
	}
	before, err := l.read(l.name)
	if err != nil {
		return nil, err
	}
	if err := l.submit(id, fmt.Sprintf(`{"type":"kill","id":%q,"dataSource":%q,"interval":"%s/P1D"}`, id, l.name, day)); err != nil {
		return nil, err
	}
	if err := l.succeed(id); err != nil {
		return nil, err
	}
	after, err := l.read(l.name)
	if err != nil {
		return nil, err
	}
	for _, s := range before.segments {
		if !strings.HasPrefix(s.Interval.String(), day) {
			continue
		}
		if slices.ContainsFunc(after.segments, func(left stored.Segment) bool { return left.Row == s.Row }) {
			return nil, fmt.Errorf("%s is killed, and its row is there", s.Row)
		}
		path, err := s.Path()
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			return nil, fmt.Errorf("%s is killed, and of its files there is %s: %v", s.Row, path, err)
		}
	}
	return []content{l.sees}, nil
}

// markUnused has the segments of a day marked as unused. That twice is the same as once.
func (l *lane) markUnused(day string) error {
	for {
		answer, err := http.Post(l.overlord.URL()+"/druid/indexer/v1/datasources/"+l.name+"/markUnused", "application/json", strings.NewReader(`{"interval":"`+day+`/P1D"}`))
		said := textOf(answer, err)
		if err == nil && answer.StatusCode == http.StatusOK && strings.Contains(said, "numChangedSegments") {
			return nil
		}
		if err == nil && answer.StatusCode != http.StatusOK && !passes(&client.Error{Status: answer.StatusCode}) {
			return fmt.Errorf("marking %s of %s as unused: %d, %s", day, l.name, answer.StatusCode, said)
		}
		if err := l.pause(); err != nil {
			return err
		}
	}
}

// overtakes has two tasks replace a day. The one of lower priority may lose its lock to the other, and fail.
func (l *lane) overtakes() ([]content, error) {
	low, high, day := l.id("low"), l.id("high"), l.day()
	lows, highs := l.times(day, 2), l.times(day, 2)
	l.mayFail(low)
	if err := l.submit(low, l.replacing(low, day, 10, lows...)); err != nil {
		return nil, err
	}
	if err := l.submit(high, l.replacing(high, day, 75, highs...)); err != nil {
		return nil, err
	}
	if err := l.succeed(high); err != nil {
		return nil, err
	}
	e, err := l.end(low)
	outcomes := []content{l.sees.without(day).with(highs...)}
	if e.state == druid.Success {
		outcomes = append(outcomes, l.sees.without(day).with(lows...))
	} else if !strings.Contains(e.errorMsg, "revoked") {
		err = fmt.Errorf("%s ends %+v", low, e)
	}
	return outcomes, err
}

// concurrently appends twice to a day while it is replaced, or compacted, which loses nothing. What is replaced is what was there when the lock
// was taken: each append whole or not at all.
func (l *lane) concurrently(replace bool) ([]content, error) {
	day := l.day()
	source := func(times []string) string {
		lines := ""
		for i, t := range times {
			lines += fmt.Sprintf(`{\"t\":\"%s\",\"page\":\"p%d\"}\n`, t, i)
		}
		return `{"type":"inline","data":"` + lines + `"}`
	}
	withDay := func(task string) string { return strings.Replace(task, "2024-01-01/2024-01-02", day+"/P1D", 1) }
	first, second, other := l.times(day, 2), l.times(day, 1), l.times(day, 2)
	ids := []string{l.id("appends"), l.id("beside"), l.id("appends")}
	outcomes := []content{l.sees.with(first...).with(second...)}
	beside := compaction(ids[1], l.name, day, `,"useConcurrentLocks":true`)
	if replace {
		beside = withDay(concurrently(ids[1], l.name, false, source(other)))
		alone := l.sees.without(day).with(other...)
		outcomes = []content{alone, alone.with(first...), alone.with(second...), alone.with(first...).with(second...)}
	} else if maps.Equal(l.sees, l.sees.without(day)) {
		return []content{l.sees}, nil // there may be nothing to compact
	}
	for i, task := range []string{withDay(concurrently(ids[0], l.name, true, source(first))), beside, withDay(concurrently(ids[2], l.name, true, source(second)))} {
		if err := l.submit(ids[i], task); err != nil {
			return nil, err
		}
	}
	return outcomes, l.succeed(ids...)
}

// expect compares what a query sees with what it may.
func (l *lane) expect(outcomes []content) error {
	r, err := l.read(l.name)
	if err != nil {
		return err
	}
	byID := map[string]stored.Segment{}
	var used []druid.DataSegment
	for _, s := range r.segments {
		if byID[s.Row] = s; s.Used {
			used = append(used, s.DataSegment)
		}
	}
	sees := content{}
	for _, s := range timeline.New(used).Visible([]druid.Interval{druid.Eternity}) {
		times, err := timesOf(byID[s.ID().String()])
		if err != nil {
			return err
		}
		sees = sees.with(times...)
	}
	for _, outcome := range outcomes {
		if maps.Equal(sees, outcome) {
			l.sees = sees
			return nil
		}
	}
	return fmt.Errorf("a query sees %v, and should see one of %v; there are the segments %v", sees, outcomes, slices.Sorted(maps.Keys(byID)))
}

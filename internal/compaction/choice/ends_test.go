package choice_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/compaction"
	"ovate/internal/compaction/choice"
	"ovate/internal/compaction/goal"
	"ovate/internal/timeline"
)

const hourLong = dayLong / 24

func hours(from, to int) druid.Interval {
	return druid.Interval{Start: druid.Instant(from * hourLong), End: druid.Instant(to * hourLong)}
}

// made is the state of what a compaction of an interval makes.
func made(g string, of druid.Interval) string {
	return fmt.Sprintf(`{"partitionsSpec":{"type":"dynamic","maxRowsPerSegment":5000000,"maxTotalRows":9223372036854775807},"granularitySpec":{"segmentGranularity":%q,"intervals":["%s"]}}`, g, of)
}

func version(at druid.Instant) string { return at.String() }

// Where a compaction as configured has found no rows older segments stay visible, and are left alone: unless it has not read them, was of something else,
// or others have come since.
func TestLeftWhereNoRowsAre(t *testing.T) {
	t.Parallel()
	const hourly, daily = `,"skipOffsetFromLatest":"P0D","granularitySpec":{"segmentGranularity":"HOUR"}`, `,"skipOffsetFromLatest":"P0D"`
	for name, c := range map[string]struct {
		config string
		old    druid.Interval // published at 10, of which a task made something at 20
		made   druid.Interval
		state  string
		came   druid.Instant
		want   string
	}{
		"hours of a day":       {hourly, days(2, 3), hours(50, 51), made("HOUR", days(2, 3)), 10, "0  0 "},
		"another came since":   {hourly, days(2, 3), hours(50, 51), made("HOUR", days(2, 3)), 21, "1 not compacted yet"},
		"of an hour alone":     {hourly, days(2, 3), hours(50, 51), made("HOUR", hours(50, 51)), 10, "1 not compacted yet"},
		"of another config":    {hourly, days(2, 3), hours(50, 51), strings.Replace(made("HOUR", days(2, 3)), "5000000", "7", 1), 10, "1 not compacted yet"},
		"of no compaction":     {hourly, days(2, 3), hours(50, 51), "", 10, "1 not compacted yet"},
		"the first of two":     {daily, days(2, 4), days(2, 3), made("DAY", days(2, 4)), 10, "0  0 "},
		"the first of another": {daily, days(2, 4), days(2, 3), made("DAY", days(2, 3)), 10, "1 not compacted yet 0 "},
	} {
		before, after := piece("a", c.old, 10, ""), piece("a", c.made, 10, c.state)
		before.Version, after.Version = version(10), version(20)
		came := choice.Came{{Interval: c.old, Version: before.Version}: c.came, {Interval: c.made, Version: after.Version}: 25}
		var got []string
		choice.Judge(choice.Of(goalOf(t, "a", c.config), []druid.DataSegment{before, after}, came, choice.States{}, choice.NewLeft()), &choice.Circumstances{Policy: &compaction.Policy{}},
			func(_ *choice.Candidate, v choice.Verdict, why string) {
				got = append(got, fmt.Sprintf("%d %s", v, why))
			})
		if got := strings.Join(got, " "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Whatever segments and rows there are, compaction comes to an end, as does that of what is appended later: also where rows are not in every bucket, where
// all of them are left out, and where segments do not say what was configured. What has rows in each segment the next leader knows for compacted.
func TestComesToAnEnd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		granularity := rapid.SampledFrom([]string{"", "HOUR", "SIX_HOUR", "DAY", "WEEK", "MONTH", "ALL"}).Draw(t, "granularity")
		config := `,"skipOffsetFromLatest":"P0D"`
		if granularity != "" {
			config += fmt.Sprintf(`,"granularitySpec":{"segmentGranularity":%q}`, granularity)
		}
		d := &dataSource{
			goal: goalOf(t, "a", config), rows: make([]bool, 40*24), now: 1_000_000_000_000,
			drops: rapid.Bool().Draw(t, "drop existing"), odd: rapid.Bool().Draw(t, "odd"), came: choice.Came{}, left: choice.NewLeft(),
		}
		every := rapid.SampledFrom([]int{0, 1, 2, 5, 24, 50, 100}).Draw(t, "rows every")
		for i := range d.rows {
			d.rows[i] = every > 0 && i%every == 0
		}
		for range rapid.IntRange(1, 3).Draw(t, "batches") {
			for range rapid.IntRange(1, 5).Draw(t, "segments") {
				from := rapid.IntRange(0, 30).Draw(t, "from")
				d.now++
				s := piece("a", days(from, from+rapid.IntRange(1, 9).Draw(t, "long")), 10, "")
				s.Version = version(d.now)
				d.add(s)
			}
			for n := 0; d.compact(t); n++ {
				if n > 200 {
					t.Fatalf("no end; waiting are %v", d.waiting)
				}
			}
			d.left = choice.NewLeft()
			if !d.odd && every > 0 && every <= 24 && d.compact(t) {
				t.Fatalf("the next leader begins anew: %v", d.waiting)
			}
		}
	})
}

// dataSource is one of which every task ends well.
type dataSource struct {
	goal       *goal.Goal
	rows       []bool // by hour
	drops, odd bool
	now        druid.Instant
	segments   []druid.DataSegment
	came       choice.Came
	left       *choice.Left
	waiting    []string
}

func (d *dataSource) add(s druid.DataSegment) {
	d.segments = append(d.segments, s)
	d.came[timeline.Chunk{Interval: s.Interval, Version: s.Version}] = d.now
}

func (d *dataSource) survey() *choice.Survey {
	return choice.Of(d.goal, d.segments, d.came, choice.States{}, d.left)
}

// compact has a candidate compacted that waits; false if none does.
func (d *dataSource) compact(t *rapid.T) bool {
	j := choice.Judge(d.survey(), &choice.Circumstances{Policy: &compaction.Policy{}}, nil)
	d.waiting = rows(j)
	if len(j.Waiting) == 0 {
		return false
	}
	c := rapid.SampledFrom(j.Waiting).Draw(t, "compacted")
	began := d.now
	d.now += 10
	granularity, reach := d.goal.Reach(c.Intervals)
	buckets := c.Intervals
	if granularity != nil && !granularity.IsAll() {
		buckets = nil
		for at := reach.Start; at < reach.End; at = granularity.Bucket(at).End {
			buckets = append(buckets, granularity.Bucket(at))
		}
	}
	state := made("MONTH", reach)
	if granularity != nil {
		state = made(granularity.String(), reach)
	}
	if d.odd {
		state = `{"partitionsSpec":{"type":"hashed"}}`
	}
	for _, bucket := range slices.Compact(buckets) {
		from, to := max(0, int(bucket.Start/hourLong)), min(len(d.rows), int(bucket.End/hourLong))
		if !d.drops && (from >= to || !slices.Contains(d.rows[from:to], true)) {
			continue
		}
		s := piece("a", bucket, 10, state)
		s.Version = version(d.now)
		d.now++
		d.add(s)
		d.now--
	}
	d.now += 10
	d.left.Trust(d.survey(), c.Reach, began)
	d.left.Settle(d.survey(), c.Reach, began)
	return true
}

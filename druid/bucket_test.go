package druid

import (
	"encoding/json"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestBucketAsDruid(t *testing.T) {
	t.Parallel()
	for _, row := range recorded(t, "druid-buckets.tsv", "\t") {
		var g Granularity
		if err := json.Unmarshal([]byte(row[0]), &g); err != nil {
			t.Fatalf("%s: %v", row[0], err)
		}
		at, err := strconv.ParseInt(row[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		b := g.Bucket(Instant(at))
		got := []string{strconv.FormatInt(int64(b.Start), 10), strconv.FormatInt(int64(b.End), 10), g.Path(b)}
		if !slices.Equal(got, row[2:]) {
			t.Errorf("the bucket of %s in %s is %s, want %s", Instant(at), row[0], got[2], row[4])
		}
		if !g.IsAligned(b) {
			t.Errorf("%s is not aligned to %s", b, row[0])
		}
	}
}

// Druid's buckets of hours need not touch where clocks have changed by part of an hour. Ours begin where Druid's begin, hold
// what Druid's hold, and where Druid's lacks its own instant that belongs to the next one.
func TestHoursBeginAsInDruid(t *testing.T) {
	t.Parallel()
	missing := 0
	for _, row := range recorded(t, "druid-hours.tsv", "\t") {
		var g Granularity
		if err := json.Unmarshal([]byte(row[0]), &g); err != nil {
			t.Fatalf("%s: %v", row[0], err)
		}
		var at, start, end Instant
		for i, n := range []*Instant{&at, &start, &end} {
			v, err := strconv.ParseInt(row[i+1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			*n = Instant(v)
		}
		b := g.Bucket(at)
		if got := g.Bucket(start).Start; got != start {
			t.Errorf("%s: Druid has a bucket from %s, ours at that time is from %s", row[0], start, got)
		}
		if (Interval{start, end}).Contains(at) {
			overlapped := b.Start > start && g.zone.offsetAt(int64(start)) != g.zone.offsetAt(int64(end)) // by Druid's next one
			if b.Start != start && !overlapped {
				t.Errorf("%s: the bucket of %s begins at %s, not at %s", row[0], at, b.Start, start)
			}
			continue
		}
		missing++
		if own := g.Bucket(start); at < start && b != g.Bucket(start-1) || at >= end && b != own && b != g.Bucket(own.End) {
			t.Errorf("%s: %s is in %s, which is not beside Druid's from %s to %s", row[0], at, b, start, end)
		}
	}
	if missing == 0 {
		t.Error("none of the recorded buckets lacks its instant")
	}
}

// Where Joda-Time's arithmetic makes buckets overlap, or makes them miss the instant they are the bucket of, ours
// touch. The starts of all but those before 1970 are what Druid has.
func TestBucketBetterThanDruid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ about, granularity, at, want string }{
		{
			"midnight was skipped, and Druid's bucket runs to one o'clock of the next day",
			`{"type":"period","period":"P1D","timeZone":"Africa/Cairo"}`, "1995-04-28T01:48Z",
			"1995-04-28T01:00:00.000+03:00_1995-04-29T00:00:00.000+03:00",
		}, {
			"midnight came twice",
			`{"type":"period","period":"P1D","timeZone":"America/Havana"}`, "2009-10-25T08:35Z",
			"2009-10-25T00:00:00.000-04:00_2009-10-26T00:00:00.000-05:00",
		}, {
			"six hours before 1970, which Druid rounds up",
			`"SIX_HOUR"`, "1969-12-31T23:00Z", "1969-12-31T18:00:00.000Z_1970-01-01T00:00:00.000Z",
		}, {
			"six hours of clocks that were half an hour earlier in 1970, where Druid's bucket ends before its instant",
			`{"type":"period","period":"PT6H","timeZone":"Asia/Singapore"}`, "2024-03-01T16:15Z",
			"2024-03-02T00:00:00.000+08:00_2024-03-02T06:00:00.000+08:00",
		}, {
			"clocks put forward by half an hour cut the hour",
			`{"type":"period","period":"PT1H","timeZone":"Australia/Lord_Howe"}`, "2024-10-05T15:45Z",
			"2024-10-06T02:30:00.000+11:00_2024-10-06T03:00:00.000+11:00",
		}, {
			"months from a 31st",
			`{"type":"period","period":"P1M","origin":"2011-01-31"}`, "2027-12-30T12:00Z",
			"2027-11-30T00:00:00.000Z_2027-12-31T00:00:00.000Z",
		},
	} {
		var g Granularity
		if err := json.Unmarshal([]byte(c.granularity), &g); err != nil {
			t.Fatal(err)
		}
		at, err := ParseInstant(c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := g.Path(g.Bucket(at)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.about, got, c.want)
		}
	}
}

func TestBucketFarAway(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		g        Granularity
		at, want string
	}{
		{Year, "146000000-05-05", "146000000-01-01T00:00:00.000Z/146000001-01-01T00:00:00.000Z"},
		{Month, "-100000-12-31", "-100000-12-01T00:00:00.000Z/-99999-01-01T00:00:00.000Z"},
		{Quarter, "12345-06-30", "12345-04-01T00:00:00.000Z/12345-07-01T00:00:00.000Z"},
		{Week, "0000-01-01", "-0001-12-27T00:00:00.000Z/0000-01-03T00:00:00.000Z"},
		{Day, "9999-12-31T23:59:59.999", "9999-12-31T00:00:00.000Z/10000-01-01T00:00:00.000Z"},
	} {
		at, err := ParseInstant(c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.g.Bucket(at).String(); got != c.want {
			t.Errorf("the %s of %s is %s, want %s", c.g, c.at, got, c.want)
		}
	}
}

func TestNoneAndAll(t *testing.T) {
	t.Parallel()
	i := Interval{10, 13}
	if got := slices.Collect(None.Buckets(i)); !slices.Equal(got, []Interval{{10, 11}, {11, 12}, {12, 13}}) {
		t.Errorf("None cuts %v into %v", i, got)
	}
	if got := slices.Collect(All.Buckets(i)); !slices.Equal(got, []Interval{i}) {
		t.Errorf("All cuts %v into %v", i, got)
	}
	if All.Bucket(5) != Eternity || All.Truncate(5) != MinInstant || None.Truncate(5) != 5 {
		t.Error("All is one bucket, None is one for each instant")
	}
	if !None.IsAligned(i) || All.IsAligned(Eternity) {
		t.Error("everything is aligned to None and nothing to All")
	}
	if All.Path(i) != "1970-01-01T00:00:00.010Z_1970-01-01T00:00:00.013Z" {
		t.Errorf("the folder of %v is %s", i, All.Path(i))
	}
}

// genGranularity draws any granularity whose buckets are found in a bounded number of steps.
var genGranularity = rapid.Custom(func(t *rapid.T) Granularity {
	if rapid.IntRange(0, 9).Draw(t, "kind") == 0 {
		g, err := DurationGranularity(rapid.Int64Range(1, 1e10).Draw(t, "duration"), genInstant.Draw(t, "origin"))
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	period := rapid.SampledFrom([]Period{
		{Years: 1}, {Years: 3}, {Months: 1}, {Months: 3}, {Months: 5}, {Weeks: 1}, {Weeks: 2}, {Days: 1}, {Days: 10},
		{Hours: 1}, {Hours: 2}, {Hours: 5}, {Minutes: 1}, {Minutes: 15}, {Seconds: 1}, {Seconds: 40}, {Millis: 1}, {Millis: 250},
		{Months: 1, Days: 15}, {Days: 1, Hours: 12}, {Hours: 1, Minutes: 30},
	}).Draw(t, "period")
	zone := rapid.SampledFrom([]string{
		"", "America/Los_Angeles", "Asia/Kolkata", "Europe/London", "Australia/Lord_Howe", "America/Sao_Paulo",
		"America/Havana", "Asia/Kathmandu", "Asia/Singapore", "Asia/Pyongyang", "Pacific/Apia", "Africa/Cairo", "+05:30", "-08:00", "PST",
	}).Draw(t, "zone")
	var origin *Instant
	if rapid.Bool().Draw(t, "given") {
		origin = new(genInstant.Draw(t, "origin"))
	}
	g, err := PeriodGranularity(period, zone, origin)
	if err != nil {
		t.Fatal(err)
	}
	return g
})

// genInstant draws instants of a hundred years around now, with a liking for whole half hours.
var genInstant = rapid.Custom(func(t *rapid.T) Instant {
	at := rapid.Int64Range(-100e9, 3000e9).Draw(t, "at")
	if rapid.Bool().Draw(t, "round") {
		at -= at % 1_800_000
	}
	return Instant(at)
})

func TestBucketsTile(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g, at := genGranularity.Draw(t, "granularity"), genInstant.Draw(t, "at")
		b := g.Bucket(at)
		if !b.Contains(at) {
			t.Fatalf("the bucket %s of %s lacks %s", b, g, at)
		}
		inside := b.Start + Instant(rapid.Int64Range(0, int64(b.End-b.Start-1)).Draw(t, "inside"))
		for _, other := range []Instant{b.Start, b.End - 1, inside} {
			if got := g.Bucket(other); got != b {
				t.Fatalf("%s and %s are in one bucket of %s, but theirs are %s and %s", at, other, g, b, got)
			}
		}
		if next := g.Bucket(b.End); next.Start != b.End {
			t.Fatalf("after %s of %s comes %s", b, g, next)
		}
		if before := g.Bucket(b.Start - 1); before.End != b.Start {
			t.Fatalf("before %s of %s comes %s", b, g, before)
		}
		if g.Truncate(g.Truncate(at)) != g.Truncate(at) {
			t.Fatalf("%s truncates %s to %s, and that to %s", g, at, g.Truncate(at), g.Truncate(g.Truncate(at)))
		}
		if !g.IsAligned(b) || g.IsAligned(Interval{b.Start, b.End + 1}) || g.IsAligned(Interval{b.Start - 1, b.End}) {
			t.Fatalf("%s and nothing else near is aligned to %s", b, g)
		}
	})
}

func TestBucketsCover(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g, start := genGranularity.Draw(t, "granularity"), genInstant.Draw(t, "start")
		length := g.Bucket(start).End - g.Bucket(start).Start
		i := Interval{start, start + Instant(rapid.Int64Range(0, int64(length)*5).Draw(t, "length"))}
		buckets := slices.Collect(g.Buckets(i))
		if i.IsEmpty() {
			if len(buckets) > 0 {
				t.Fatalf("%v overlap the empty interval %s", buckets, i)
			}
			return
		}
		covered := CondenseIntervals(buckets)
		if len(covered) != 1 || !covered[0].Encloses(i) {
			t.Fatalf("the buckets of %s over %s cover %v", g, i, covered)
		}
		for _, b := range buckets {
			if !b.Overlaps(i) {
				t.Fatalf("%s of %s does not overlap %s", b, g, i)
			}
		}
	})
}

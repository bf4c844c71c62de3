package druid

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// TestFarBuckets shows that no distance between an origin and an instant takes steps: an origin 146 million years ago
// once kept a core busy for good.
func TestFarBuckets(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"type":"period","period":"P1MT1S","origin":"-146136543-09-08T08:23:32.096Z"}`,
		`{"type":"period","period":"P1MT1S","origin":"146140482-04-24T15:36:27.903Z"}`,
		`{"type":"period","period":"P1DT1S","timeZone":"Europe/Berlin","origin":"-146136543-09-08T08:23:32.096Z"}`,
		`{"type":"period","period":"P1Y1M1W1D","timeZone":"Asia/Tehran"}`,
		`{"type":"period","period":"PT1H30M","timeZone":"Europe/Berlin"}`,
		`{"type":"period","period":"P1DT0.001S","timeZone":"Australia/Lord_Howe"}`,
		`{"type":"duration","duration":1}`,
	} {
		var g Granularity
		if err := json.Unmarshal([]byte(text), &g); err != nil {
			t.Fatal(err)
		}
		all := g.Bucketer()
		for _, at := range []Instant{MinInstant, -1e17, 1_577_836_800_000, 1_600_000_000_000, 1e17, MaxInstant} {
			b := all.Bucket(at)
			if !b.Contains(at) {
				t.Errorf("%s: %s is not within its bucket %s", text, at, b)
			}
			if next := all.Bucket(b.End); next.Start != b.End {
				t.Errorf("%s: after %s comes %s", text, b, next)
			}
			if before := all.Bucket(b.Start - 1); before.End != b.Start {
				t.Errorf("%s: before %s comes %s", text, b, before)
			}
		}
	}
}

// TestWalkStepByStep shows that near the origin periods are added one by one, as Druid does.
func TestWalkStepByStep(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := Period{
			Years: rapid.Int32Range(0, 2).Draw(t, "years"), Months: rapid.Int32Range(1, 14).Draw(t, "months"), Days: rapid.Int32Range(0, 40).Draw(t, "days"),
			Seconds: rapid.Int32Range(1, 100_000).Draw(t, "seconds"),
		}
		origin := genInstant.Draw(t, "origin")
		g, err := PeriodGranularity(p, rapid.SampledFrom([]string{"UTC", "America/New_York"}).Draw(t, "zone"), &origin)
		if err != nil {
			t.Fatal(err)
		}
		at := genInstant.Draw(t, "at")
		start := origin
		for end := p.add(start, 1, g.zone); end <= at; end = p.add(start, 1, g.zone) {
			start = end
		}
		for start > at {
			start = p.add(start, -1, g.zone)
		}
		if got := g.Truncate(at); got != start {
			t.Fatalf("the bucket of %s in %s starts at %s, want %s", at, g, got, start)
		}
	})
}

func TestBucketsOfACompoundPeriod(t *testing.T) {
	t.Parallel()
	g, err := PeriodGranularity(Period{Days: 1, Seconds: 1}, "Europe/Berlin", nil)
	if err != nil {
		t.Fatal(err)
	}
	n, end := 0, Instant(0)
	for b := range g.Buckets(Interval{0, 1_577_836_800_000}) { // each found from the one before: not all over again
		if n > 0 && b.Start != end {
			t.Fatalf("%s does not follow %s", b, end)
		}
		n, end = n+1, b.End
	}
	if n < 18_000 || n > 18_300 {
		t.Errorf("50 years have %d buckets of a day and a second", n)
	}
}

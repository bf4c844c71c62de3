package druid

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestGranularityJSONAsJackson(t *testing.T) {
	t.Parallel()
	for _, row := range recorded(t, "druid-granularities.tsv", "\t") {
		var g Granularity
		if err := json.Unmarshal([]byte(row[0]), &g); err != nil {
			t.Errorf("%s: %v", row[0], err)
			continue
		}
		b, err := json.Marshal(g)
		if err != nil || string(b) != row[1] {
			t.Errorf("%s came back as %s, %v, want %s", row[0], b, err, row[1])
		}
	}
}

func TestGranularityRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, problem string }{
		{`"FORTNIGHT"`, `granularity "FORTNIGHT" is not one of SECOND, MINUTE,`},
		{`5`, `5 is neither a name nor an object`},
		{`{"type":"bogus"}`, `type "bogus" is not one of none, all, period, duration`},
		{`{"type":"period"}`, `period is missing`},
		{`{"type":"period","Period":"PT1H"}`, `period is missing`},
		{`{"type":"period","period":"1 day"}`, `Invalid format: "1 day"`},
		{`{"type":"period","period":"PT0S"}`, `must not be zero`},
		{`{"type":"period","period":"P-1D"}`, `no field may be negative`},
		{`{"type":"period","period":"P1D","timeZone":"Mars/Olympus"}`, `time zone "Mars/Olympus" is unknown`},
		{`{"type":"period","period":"P1D","timeZone":"+25:00"}`, `time zone "+25:00" is unknown`},
		{`{"type":"period","period":"P1D","timeZone":"../zoneinfo/UTC"}`, `is unknown`},
		{`{"type":"period","period":"P1D","timeZone":"Local"}`, `time zone "Local" is unknown`},
		{`{"type":"period","period":"P1D","origin":"then"}`, `Invalid format: "then"`},
		{`{"type":"duration"}`, `duration "" is not a whole number`},
		{`{"type":"duration","duration":1.5}`, `duration "1.5" is not a whole number`},
		{`{"type":"duration","duration":0}`, `at least one millisecond`},
		{`{"type":"duration","duration":9223372036854775807}`, `must be at most 1000000000000000000`},
		{`{"type":"period","period":"P2147483647Y"}`, `the period is too long`},
	} {
		err := json.Unmarshal([]byte(c.text), new(Granularity))
		if err == nil || !strings.Contains(err.Error(), c.problem) {
			t.Errorf("%s: error %v does not say %q", c.text, err, c.problem)
		}
	}
}

func TestGranularityIsComparable(t *testing.T) {
	t.Parallel()
	parse := func(text string) (g Granularity) {
		if err := json.Unmarshal([]byte(text), &g); err != nil {
			t.Fatal(err)
		}
		return g
	}
	kolkata := parse(`{"type":"period","period":"P1D","timeZone":"Asia/Kolkata"}`)
	for _, c := range []struct {
		a, b  Granularity
		equal bool
	}{
		{parse(`"day"`), Day, true},
		{parse(`{"type":"period","period":"P1D","timeZone":"UTC"}`), Day, true},
		{parse(`{"type":"period","period":"P1D","timeZone":"Asia/Calcutta"}`), kolkata, true},
		{kolkata, Day, false},
		{parse(`{"type":"duration","duration":86400000}`), Day, false},
		{None, All, false},
		{None, Granularity{}, true},
	} {
		if (c.a == c.b) != c.equal {
			t.Errorf("%s == %s is %v", c.a, c.b, !c.equal)
		}
	}
}

func TestGranularityString(t *testing.T) {
	t.Parallel()
	for want, g := range map[string]Granularity{"NONE": None, "ALL": All, "DAY": Day, "QUARTER": Quarter} {
		if g.String() != want {
			t.Errorf("%s is called %s", want, g)
		}
		if got, err := ParseGranularity(strings.ToLower(want)); err != nil || got != g {
			t.Errorf("ParseGranularity(%s) = %s, %v", want, got, err)
		}
	}
}

func TestGranularityIsNamedPeriod(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`"DAY"`: true, `{"type":"period","period":"P1D"}`: true, `{"type":"period","period":"P2D"}`: false, `"ALL"`: false, `"NONE"`: false,
		`{"type":"period","period":"P1D","timeZone":"America/New_York"}`: false, `{"type":"duration","duration":"86400000"}`: false,
	} {
		var g Granularity
		if err := json.Unmarshal([]byte(text), &g); err != nil || g.IsNamedPeriod() != want {
			t.Errorf("%s has a name: %v, %v", text, g.IsNamedPeriod(), err)
		}
	}
}

// FuzzGranularityJSON also looks for buckets without their instant. Compound periods are counted from 1970 one by
// one, so the instants stay near.
func FuzzGranularityJSON(f *testing.F) {
	f.Add(`"HOUR"`, int64(1))
	f.Add(`{"type":"period","period":"P1M","timeZone":"Africa/Cairo","origin":"2012-01-31"}`, int64(1e12))
	f.Add(`{"type":"duration","duration":"3600000","origin":5}`, int64(-1))
	f.Fuzz(func(t *testing.T, text string, at int64) {
		var g Granularity
		if json.Unmarshal([]byte(text), &g) != nil {
			return
		}
		var again Granularity
		if err := json.Unmarshal(g.AppendJSON(nil), &again); err != nil || again != g {
			t.Errorf("%s is %s, which is %s, %v", text, g, again, err)
		}
		if at %= 1e13; g.period.isCompound() {
			at %= 1e6
		}
		if b := g.Bucket(Instant(at)); !b.Contains(Instant(at)) {
			t.Errorf("the bucket %s of %s lacks %s", b, text, Instant(at))
		}
	})
}

package druid

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseInstantAsJoda(t *testing.T) {
	t.Parallel()
	for _, row := range recorded(t, "joda-instants.tsv", "\t") {
		got, err := ParseInstant(row[0])
		if a := answer(strconv.FormatInt(int64(got), 10), err); a != row[1] {
			t.Errorf("ParseInstant(%q)\n got %s\nwant %s", row[0], a, row[1])
		}
	}
}

func TestInstantString(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at   Instant
		want string
	}{
		{0, "1970-01-01T00:00:00.000Z"},
		{-1, "1969-12-31T23:59:59.999Z"},
		{1795463869221, "2026-11-23T19:57:49.221Z"},
		{951782400000, "2000-02-29T00:00:00.000Z"},
		{253402300800000, "10000-01-01T00:00:00.000Z"},
		{-62167219200001, "-0001-12-31T23:59:59.999Z"},
		{MinInstant, "-146136543-09-08T08:23:32.096Z"},
		{MaxInstant, "146140482-04-24T15:36:27.903Z"},
		{math.MinInt64, "-292275055-05-16T16:47:04.192Z"},
		{math.MaxInt64, "292278994-08-17T07:12:55.807Z"},
	} {
		if got := c.at.String(); got != c.want {
			t.Errorf("Instant(%d) = %s, want %s", int64(c.at), got, c.want)
		}
	}
}

func TestInstantRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := Instant(rapid.Int64().Draw(t, "at"))
		got, err := ParseInstant(at.String())
		if err != nil || got != at {
			t.Fatalf("ParseInstant(%s) = %d, %v, want %d", at, int64(got), err, int64(at))
		}
	})
}

func TestInstantAgreesWithTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := Instant(rapid.Int64Range(-62135596800000, 253402300799999).Draw(t, "at"))
		if want := at.Time().Format("2006-01-02T15:04:05.000Z"); at.String() != want {
			t.Fatalf("Instant(%d) = %s, want %s", int64(at), at, want)
		}
		if back := InstantOf(at.Time()); back != at {
			t.Fatalf("InstantOf(%s) = %s", at, back)
		}
	})
}

func TestInstantJSON(t *testing.T) {
	t.Parallel()
	noon := InstantOf(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	for _, c := range []struct {
		text string
		want Instant
	}{
		{`"2026-11-23T12:00:00.000Z"`, noon},
		{`"2026-11-23T14:00+02:00"`, noon},
		{`" 2026-11-23T12 "`, noon},
		{`"\u0032026-11-23T12"`, noon},
		{strconv.FormatInt(int64(noon), 10), noon},
		{`null`, 7},
	} {
		got := Instant(7)
		if err := json.Unmarshal([]byte(c.text), &got); err != nil || got != c.want {
			t.Errorf("%s: got %s, %v, want %s", c.text, got, err, c.want)
		}
	}
	for _, bad := range []string{`""`, `"noon"`, `1.5`, `true`, `{}`, `"1795463869221"`} {
		if err := json.Unmarshal([]byte(bad), new(Instant)); err == nil {
			t.Errorf("%s was taken for an instant", bad)
		}
	}
	b, err := json.Marshal(noon)
	if err != nil || string(b) != `"2026-11-23T12:00:00.000Z"` {
		t.Errorf("marshalled to %s, %v", b, err)
	}
}

func FuzzParseInstant(f *testing.F) {
	for _, seed := range []string{"2015-06-15T10:30:15.123+05:30:20.5", "2015-W25-1", "2015-166", "T10,5", "-1", "1420070400000"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := ParseInstant(text)
		if err != nil {
			return
		}
		again, err := ParseInstant(at.String())
		if err != nil || again != at {
			t.Errorf("%q is %s, which is %s, %v", text, at, again, err)
		}
	})
}

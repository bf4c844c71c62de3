package timeline

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
)

// TestCoverIsWhatEachHourShows compares with the answer for each hour by itself, found by looking at every chunk.
func TestCoverIsWhatEachHourShows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const day = 24
		complete := map[Chunk]bool{}
		var chunks []Chunk
		for range rapid.IntRange(0, 30).Draw(t, "chunks") {
			from := rapid.Int64Range(0, day-1).Draw(t, "from")
			to := rapid.Int64Range(from+1, day).Draw(t, "to")
			c := Chunk{hours(from, to), rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "version")}
			if _, there := complete[c]; !there {
				chunks = append(chunks, c)
				complete[c] = rapid.Bool().Draw(t, "complete")
			}
		}
		asked := map[Chunk]bool{}
		cover := NewCover(chunks, func(c Chunk) bool {
			if asked[c] {
				t.Errorf("%v is asked of twice", c)
			}
			asked[c] = true
			return complete[c]
		})
		for hour := range int64(day) {
			var want, got []Chunk
			for _, c := range chunks {
				if complete[c] && c.Interval.Encloses(hours(hour, hour+1)) && (want == nil || newestFirst(c, want[0]) < 0) {
					want = []Chunk{c}
				}
			}
			for _, s := range cover.Slices {
				if s.Interval.Overlaps(hours(hour, hour+1)) {
					got = append(got, s.Chunk)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("hour %d shows %v, want %v", hour, got, want)
			}
		}
		for _, c := range chunks {
			hidden := true
			for at := c.Interval.Start; at < c.Interval.End; at += 3_600_000 {
				hidden = hidden && slices.ContainsFunc(chunks, func(o Chunk) bool { return complete[o] && o.Version > c.Version && o.Interval.Contains(at) })
			}
			if slices.Contains(cover.Hidden, c) != hidden || asked[c] == hidden {
				t.Errorf("%v: hidden %v, asked of %v, want hidden %v", c, !hidden, asked[c], hidden)
			}
		}
		if !slices.IsSortedFunc(cover.Slices, func(a, b Slice) int { return druid.CompareIntervals(a.Interval, b.Interval) }) {
			t.Errorf("slices out of order: %v", cover.Slices)
		}
	})
}

// TestCoverOfManyChunks: what each adds is found without walking over what was there, however the chunks lie.
func TestCoverOfManyChunks(t *testing.T) {
	t.Parallel()
	const n = 50_000
	wide := Chunk{hours(0, n), "v"}
	for name, version := range map[string]func(hour int64) string{
		"one replaced all":       func(int64) string { return "w" },
		"each after the other":   func(hour int64) string { return fmt.Sprintf("w%09d", hour) },
		"every second one newer": func(hour int64) string { return fmt.Sprintf("w%d", hour%2) },
	} {
		chunks := []Chunk{wide, {hours(0, n), "a"}, {hours(5, n+1), "a"}}
		for hour := range int64(n) {
			chunks = append(chunks, Chunk{hours(hour, hour+1), version(hour)}, Chunk{hours(hour, hour+1), "b"})
		}
		asked := 0
		cover := NewCover(chunks, func(Chunk) bool { asked++; return true })
		if len(cover.Slices) != n+1 || len(cover.Hidden) != n+2 || asked != n+1 {
			t.Errorf("%s: %d slices, %d hidden, asked of %d", name, len(cover.Slices), len(cover.Hidden), asked)
		}
	}
}

// TestNoTimeIsNotHidden: a chunk that no instant lies in is hidden by nothing.
func TestNoTimeIsNotHidden(t *testing.T) {
	t.Parallel()
	cover := NewCover([]Chunk{{hours(1, 1), "a"}, {hours(0, 2), "b"}}, func(Chunk) bool { return true })
	if len(cover.Hidden) > 0 || len(cover.Slices) != 1 {
		t.Errorf("%+v", cover)
	}
}

package choice_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/compaction"
	"ovate/internal/compaction/choice"
	"ovate/internal/compaction/goal"
)

const dayLong = 86_400_000

func days(from, to int) druid.Interval {
	return druid.Interval{Start: druid.Instant(from * dayLong), End: druid.Instant(to * dayLong)}
}

func goalOf(t interface{ Fatal(...any) }, dataSource, config string) *goal.Goal {
	g, err := goal.Read(dataSource, fmt.Appendf(nil, `{"dataSource":%q%s}`, dataSource, config))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func piece(dataSource string, i druid.Interval, size int64, state string) druid.DataSegment {
	s := druid.DataSegment{DataSource: dataSource, Interval: i, Version: "v", ShardSpec: druid.Numbered(0, 1), Size: size}
	if state != "" {
		s.LastCompactionState = json.RawMessage(state)
	}
	return s
}

func survey(g *goal.Goal, segments []druid.DataSegment) *choice.Survey {
	return choice.Of(g, segments, nil, choice.States{}, choice.NewLeft())
}

// What becomes of candidates, and why, in Druid's words where it has them.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	const made = `{"partitionsSpec":{"type":"dynamic","maxRowsPerSegment":7,"maxTotalRows":1}}`
	newest := &compaction.Policy{Type: "newestSegmentFirst"}
	fixed := new(compaction.Policy)
	if err := json.Unmarshal([]byte(`{"type":"fixedIntervalOrder","eligibleCandidates":[{"datasource":"a","interval":"1970-01-03/1970-01-04"}]}`), fixed); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		config, state string
		by            choice.Circumstances
		want          string
	}{
		"waits":             {`,"skipOffsetFromLatest":"P0D"`, "", choice.Circumstances{Policy: newest}, "1 not compacted yet"},
		"too young":         {`,"skipOffsetFromLatest":"PT1H"`, "", choice.Circumstances{Policy: newest}, "2 skip offset from latest[PT1H]"},
		"locked":            {`,"skipOffsetFromLatest":"P0D"`, "", choice.Circumstances{Policy: newest, Busy: []druid.Interval{days(0, 1), days(2, 3)}}, "2 interval locked by another task"},
		"beside a lock":     {`,"skipOffsetFromLatest":"P0D"`, "", choice.Circumstances{Policy: newest, Busy: []druid.Interval{days(0, 2), days(3, 4)}}, "1 not compacted yet"},
		"bucket locked":     {`,"skipOffsetFromLatest":"P0D","granularitySpec":{"segmentGranularity":"MONTH"}`, "", choice.Circumstances{Policy: newest, Busy: []druid.Interval{days(20, 21)}}, "2 interval locked by another task"},
		"too large":         {`,"skipOffsetFromLatest":"P0D","inputSegmentSizeBytes":9`, "", choice.Circumstances{Policy: newest}, "2 'inputSegmentSize' exceeded: Total segment size[10] is larger than allowed inputSegmentSize[9]"},
		"not by the policy": {`,"skipOffsetFromLatest":"P0D"`, "", choice.Circumstances{Policy: &compaction.Policy{Type: "fixedIntervalOrder"}}, "2 Rejected by search policy"},
		"by the policy":     {`,"skipOffsetFromLatest":"P0D"`, "", choice.Circumstances{Policy: fixed}, "1 not compacted yet"},
		"failed": {`,"skipOffsetFromLatest":"P0D"`, "", choice.Circumstances{Policy: newest, Now: 9, Failed: map[druid.Interval]choice.Trial{days(2, 3): {Failures: 4, Until: 10}}},
			"2 the last 4 tasks for the interval have failed: it is tried again at 1970-01-01T00:00:00.010Z"},
		"failed long ago":     {`,"skipOffsetFromLatest":"P0D"`, "", choice.Circumstances{Policy: newest, Now: 10, Failed: map[druid.Interval]choice.Trial{days(2, 3): {Failures: 4, Until: 10}}}, "1 not compacted yet"},
		"otherwise":           {`,"skipOffsetFromLatest":"P0D"`, made, choice.Circumstances{Policy: newest}, "1 'partitionsSpec' mismatch: required['dynamic' with 5,000,000 rows], current['dynamic' with 7 rows]"},
		"unreadable":          {`,"skipOffsetFromLatest":"P0D"`, `{"partitionsSpec":7}`, choice.Circumstances{Policy: newest}, "1 how they were made cannot be read: partitionsSpec"},
		"larger, but as said": {`,"skipOffsetFromLatest":"P0D","maxRowsPerSegment":7,"tuningConfig":{"maxTotalRows":1},"inputSegmentSizeBytes":9`, made, choice.Circumstances{Policy: newest}, "0 "},
	} {
		of := survey(goalOf(t, "a", c.config), []druid.DataSegment{piece("a", days(2, 3), 10, c.state)})
		var got []string
		j := choice.Judge(of, &c.by, func(_ *choice.Candidate, v choice.Verdict, why string) {
			got = append(got, fmt.Sprintf("%d %s", v, why))
		})
		if len(got) != 1 || !strings.HasPrefix(got[0], c.want) || c.want == "0 " && got[0] != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if next := j.Next; (next == 10) != (name == "failed") || name != "failed" && next != druid.MaxInstant {
			t.Errorf("%s: it is decided anew at %s", name, next)
		}
	}
}

// Segments without a beginning or an end keep a data source from being compacted, and one tombstone by itself is nothing to compact.
func TestNothingToCompact(t *testing.T) {
	t.Parallel()
	g := goalOf(t, "a", `,"granularitySpec":{"segmentGranularity":"DAY"}`)
	for _, i := range []druid.Interval{druid.Eternity, {Start: druid.MinInstant, End: 0}, {Start: 0, End: druid.MaxInstant}} {
		if s := survey(g, []druid.DataSegment{piece("a", i, 1, ""), piece("a", days(2, 3), 1, "")}); !s.Endless || len(s.Candidates) > 0 {
			t.Errorf("%s: %+v", i, s)
		}
	}
	if s := survey(g, nil); s.Endless || len(s.Candidates) > 0 {
		t.Errorf("of nothing: %+v", s)
	}
}

// Whatever there is: each candidate is counted once, none that waits is where something is at work or too young, what is chosen goes by the policy's order
// and takes no more slots than there are but for its last, and all is decided alike in any order of segments.
func TestChoices(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		policy := &compaction.Policy{Type: "newestSegmentFirst", First: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "first")}
		free := rapid.IntRange(0, 12).Draw(t, "free")
		var all []*choice.Judgement
		waiting := 0
		for _, name := range []string{"a", "b"} {
			g := goalOf(t, name, fmt.Sprintf(`,"skipOffsetFromLatest":%q,"granularitySpec":%s,"tuningConfig":{"maxNumConcurrentSubTasks":%d}`,
				rapid.SampledFrom([]string{"P0D", "P2D", "PT7H"}).Draw(t, "skip"),
				rapid.SampledFrom([]string{"null", `{"segmentGranularity":"DAY"}`, `{"segmentGranularity":"WEEK"}`, `{"segmentGranularity":"HOUR"}`}).Draw(t, "granularity"),
				rapid.IntRange(1, 4).Draw(t, "sub-tasks")))
			var segments []druid.DataSegment
			for range rapid.IntRange(0, 9).Draw(t, "segments") {
				from := rapid.IntRange(0, 30).Draw(t, "from")
				s := piece(name, days(from, from+rapid.IntRange(1, 9).Draw(t, "long")), 10, rapid.SampledFrom([]string{"", "{}"}).Draw(t, "state"))
				s.Version = rapid.SampledFrom([]string{"u", "v", "w"}).Draw(t, "version")
				if !slices.ContainsFunc(segments, func(other druid.DataSegment) bool { return other.ID() == s.ID() }) {
					segments = append(segments, s)
				}
			}
			var busy []druid.Interval
			for range rapid.IntRange(0, 3).Draw(t, "locks") {
				from := rapid.IntRange(0, 30).Draw(t, "from")
				busy = append(busy, days(from, from+2))
			}
			by := &choice.Circumstances{Policy: policy, Busy: druid.CondenseIntervals(busy)}
			of := survey(g, segments)
			j := choice.Judge(of, by, nil)
			slices.Reverse(segments)
			if other := choice.Judge(survey(g, segments), by, nil); fmt.Sprint(rows(other)) != fmt.Sprint(rows(j)) {
				t.Fatalf("%v, and in another order %v", rows(j), rows(other))
			}
			seen := map[druid.Interval]bool{}
			for i := range of.Candidates {
				if c := &of.Candidates[i]; seen[c.Interval] || !c.Reach.Encloses(c.Interval) {
					t.Fatalf("%s is there twice, or reaches over %s", c.Interval, c.Reach)
				}
				seen[of.Candidates[i].Interval] = true
			}
			for _, c := range j.Waiting {
				if c.Interval.End > of.SkipFrom || slices.ContainsFunc(busy, c.Reach.Overlaps) {
					t.Fatalf("%s waits, which reaches over %s; too young is what is after %s, and busy %v", c.Interval, c.Reach, of.SkipFrom, busy)
				}
			}
			waiting += len(j.Waiting)
			all = append(all, j)
		}
		slots := map[string]int{"a": all[0].Goal.Slots(), "b": all[1].Goal.Slots()}
		chosen := choice.Choose(all, policy, free)
		taken := 0
		for i, c := range chosen {
			if taken >= free {
				t.Fatalf("%d tasks take %d slots and more, of %d", i, taken, free)
			}
			taken += slots[c.DataSource]
			if i == 0 {
				continue
			}
			before := chosen[i-1]
			if first := policy.First; first != "" && (before.DataSource == first) != (c.DataSource == first) {
				if c.DataSource == first {
					t.Fatalf("%s goes before %s", before.DataSource, c.DataSource)
				}
			} else if before.Interval.Start < c.Interval.Start {
				t.Fatalf("%s goes before %s", before.Interval, c.Interval)
			}
		}
		if taken < free && len(chosen) < waiting {
			t.Fatalf("%d of %d slots are taken, and %d of %d that wait", taken, free, len(chosen), waiting)
		}
	})
}

func rows(j *choice.Judgement) (all []string) {
	for _, c := range j.Waiting {
		all = append(all, fmt.Sprint(c.DataSource, c.Interval, c.Segments, c.Missed))
	}
	return append(all, fmt.Sprint(j.Complete, j.Awaiting, j.Skipped))
}

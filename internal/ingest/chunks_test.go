package ingest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/druid"
)

// TestIntervalsAreTheChunksOfAllTime shows that the segments of ALL granularity are the intervals of the spec, as in Druid.
func TestIntervalsAreTheChunksOfAllTime(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		intervals []string
		want      []string
		thrown    int64
	}{
		{nil, []string{"-146136543-09-08T08:23:32.096Z/146140482-04-24T15:36:27.903Z"}, 0},
		{[]string{"2024-03-01/2024-04-01", "2024-03-15/2024-10-01"}, []string{"2024-03-01T00:00:00.000Z/2024-10-01T00:00:00.000Z"}, 1},
		{[]string{"2024-11-01/2025-01-01", "2024-03-10/2024-03-11"},
			[]string{"2024-03-10T00:00:00.000Z/2024-03-11T00:00:00.000Z", "2024-11-01T00:00:00.000Z/2025-01-01T00:00:00.000Z"}, 0},
	} {
		t.Run(fmt.Sprint(test.intervals), func(t *testing.T) {
			t.Parallel()
			s := inlineSpec(t, `{}`, `{"type": "json"}`, `{"t":"2024-11-03","a":1}`+"\n"+`{"t":"2024-03-10T05","a":2}`)
			s.Schema.Granularity.Segment = druid.All
			for _, text := range test.intervals {
				i, err := druid.ParseInterval(text)
				if err != nil {
					t.Fatal(err)
				}
				s.Schema.Granularity.Intervals = append(s.Schema.Granularity.Intervals, i)
			}
			result, progress := runJob(t, s, 1)
			var got []string
			for _, b := range result.Segments {
				got = append(got, b.Interval.String())
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if n := progress.Snapshot().Build.ThrownAway; n != test.thrown {
				t.Errorf("%d rows thrown away, want %d", n, test.thrown)
			}
		})
	}
}

// TestEmptyInterval shows that an interval without any time in it admits nothing, even if it lies within a time chunk.
func TestEmptyInterval(t *testing.T) {
	t.Parallel()
	s := inlineSpec(t, `{}`, `{"type": "json"}`, `{"t":"2024-03-10","a":1}`)
	s.Schema.Granularity.Segment = druid.Month
	empty := druid.Instant(1710028800000) // 2024-03-10
	s.Schema.Granularity.Intervals = []druid.Interval{{Start: empty, End: empty}}
	if result, progress := runJob(t, s, 1); len(result.Segments) != 0 || progress.Snapshot().Build.ThrownAway != 1 {
		t.Errorf("%d segments, %+v", len(result.Segments), progress.Snapshot().Build)
	}
}

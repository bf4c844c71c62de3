package timeline

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
)

// segment makes one of hours [from, to), such as "0-24 v1 0/2": partition 0 of 2 core partitions.
func segment(t *testing.T, text string) druid.DataSegment {
	t.Helper()
	var from, to int64
	var version string
	var partition, core int
	if _, err := fmt.Sscanf(strings.ReplaceAll(text, "/", " "), "%d-%d %s %d %d", &from, &to, &version, &partition, &core); err != nil {
		t.Fatalf("segment %q: %v", text, err)
	}
	return druid.DataSegment{
		DataSource: "wiki", Interval: hours(from, to), Version: version, ShardSpec: druid.Numbered(partition, core),
	}
}

func hours(from, to int64) druid.Interval {
	return druid.Interval{Start: druid.Instant(from * 3_600_000), End: druid.Instant(to * 3_600_000)}
}

func describe(segments []druid.DataSegment) []string {
	var out []string
	for _, s := range segments {
		out = append(out, fmt.Sprintf("%d-%d %s %d", s.Interval.Start/3_600_000, s.Interval.End/3_600_000, s.Version, s.ShardSpec.PartitionNum()))
	}
	return out
}

func TestVisible(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		segments string
		within   druid.Interval
		want     string
	}{
		{"nothing", "", hours(0, 24), ""},
		{"one", "0-24 v1 0/1", hours(0, 24), "0-24 v1 0"},
		{"newer hides older", "0-24 v1 0/1,0-24 v2 0/1", hours(0, 24), "0-24 v2 0"},
		{"an incomplete newer one hides nothing", "0-24 v1 0/1,0-24 v2 0/2", hours(0, 24), "0-24 v1 0"},
		{"an incomplete set alone is not visible", "0-24 v1 1/2", hours(0, 24), ""},
		{"appended partitions need no core", "0-24 v1 3/0,0-24 v1 5/0", hours(0, 24), "0-24 v1 3,0-24 v1 5"},
		{"appended to a core set", "0-24 v1 0/2,0-24 v1 1/2,0-24 v1 7/2", hours(0, 24), "0-24 v1 0,0-24 v1 1,0-24 v1 7"},
		{"part of a day overwritten", "0-24 v1 0/1,6-12 v2 0/1", hours(0, 24), "0-24 v1 0,6-12 v2 0"},
		{"asked for the overwritten part alone", "0-24 v1 0/1,6-12 v2 0/1", hours(7, 8), "6-12 v2 0"},
		{"asked for the rest alone", "0-24 v1 0/1,6-12 v2 0/1", hours(12, 13), "0-24 v1 0"},
		{"overwritten by two halves", "0-24 v1 0/1,0-12 v2 0/1,12-24 v3 0/1", hours(0, 24), "0-12 v2 0,12-24 v3 0"},
		{"older but wider shows at the edges", "0-48 v1 0/1,0-24 v3 0/1,24-47 v2 0/1", hours(0, 48), "0-24 v3 0,24-47 v2 0,0-48 v1 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var segments []druid.DataSegment
			for text := range strings.SplitSeq(c.segments, ",") {
				if text != "" {
					segments = append(segments, segment(t, text))
				}
			}
			got := strings.Join(describe(New(segments).Visible([]druid.Interval{c.within})), ",")
			if got != c.want {
				t.Errorf("visible within %v: %s, want %s", c.within, got, c.want)
			}
		})
	}
}

func TestLookupCutsChunksThatAreOverwrittenInTheMiddle(t *testing.T) {
	t.Parallel()
	line := New([]druid.DataSegment{segment(t, "0-24 v1 0/1"), segment(t, "6-12 v2 0/1")})
	var got []string
	for _, s := range line.Lookup(hours(0, 24)) {
		got = append(got, fmt.Sprintf("%d-%d %s", s.Interval.Start/3_600_000, s.Interval.End/3_600_000, s.Chunk.Version))
	}
	if want := []string{"0-6 v1", "6-12 v2", "12-24 v1"}; !slices.Equal(got, want) {
		t.Errorf("slices %v, want %v", got, want)
	}
}

// Segments can be overwritten one by one if none is missing between those of an interval.
func TestCheckWhole(t *testing.T) {
	t.Parallel()
	at := func(texts ...string) (segments []druid.DataSegment) {
		for _, text := range texts {
			segments = append(segments, segment(t, text))
		}
		return segments
	}
	if err := CheckWhole(at("0-24 v1 2/0", "0-24 v1 1/0", "24-48 v1 7/0")); err != nil {
		t.Error(err)
	}
	if err := CheckWhole(at("0-24 v1 2/0", "0-24 v1 0/0", "24-48 v1 7/0")); err == nil || !strings.Contains(err.Error(), "there is one for the root partitions from 2 until before 3 after those until before 1") {
		t.Errorf("partition 1 is missing: %v", err)
	}
}

func TestOverwritingPartitions(t *testing.T) {
	t.Parallel()
	overwrite := func(id, from, to, minor, group int) druid.DataSegment {
		text := fmt.Sprintf(`{"type":"numbered_overwrite","partitionId":%d,"startRootPartitionId":%d,"endRootPartitionId":%d,"minorVersion":%d,"atomicUpdateGroupSize":%d}`,
			id, from, to, minor, group)
		s := druid.DataSegment{DataSource: "wiki", Interval: hours(0, 24), Version: "v1"}
		if err := json.Unmarshal([]byte(text), &s.ShardSpec); err != nil {
			t.Fatal(err)
		}
		return s
	}
	roots := []druid.DataSegment{segment(t, "0-24 v1 0/2"), segment(t, "0-24 v1 1/2"), segment(t, "0-24 v1 2/2")}
	for _, c := range []struct {
		name string
		more []druid.DataSegment
		want string
	}{
		{"a group of one hides its range", []druid.DataSegment{overwrite(32768, 0, 2, 1, 1)}, "0-24 v1 2,0-24 v1 32768"},
		{"half a group hides nothing", []druid.DataSegment{overwrite(32768, 0, 2, 1, 2)}, "0-24 v1 0,0-24 v1 1,0-24 v1 2"},
		{"a whole group", []druid.DataSegment{overwrite(32768, 0, 2, 1, 2), overwrite(32769, 0, 2, 1, 2)}, "0-24 v1 2,0-24 v1 32768,0-24 v1 32769"},
		{"a group over a group", []druid.DataSegment{overwrite(32768, 0, 2, 1, 1), overwrite(32769, 0, 3, 2, 1)}, "0-24 v1 32769"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := strings.Join(describe(New(append(slices.Clone(roots), c.more...)).Visible([]druid.Interval{hours(0, 24)})), ",")
			if got != c.want {
				t.Errorf("visible: %s, want %s", got, c.want)
			}
		})
	}
}

// Each hour must show the newest version that covers it, found the slow way.
func TestEveryHourShowsTheNewestVersion(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const day = 24
		var segments []druid.DataSegment
		best := [day]string{}
		for i := range rapid.IntRange(0, 12).Draw(t, "segments") {
			from := rapid.Int64Range(0, day-1).Draw(t, "from")
			to := rapid.Int64Range(from+1, day).Draw(t, "to")
			version := fmt.Sprintf("v%02d", i) // all different: each is one chunk
			segments = append(segments, druid.DataSegment{DataSource: "wiki", Interval: hours(from, to), Version: version})
			for h := from; h < to; h++ {
				best[h] = version
			}
		}
		order := rapid.Permutation(segments).Draw(t, "order")
		line := New(order)
		for h := range int64(day) {
			found := line.Lookup(hours(h, h+1))
			switch {
			case best[h] == "" && len(found) == 0:
			case len(found) == 1 && found[0].Chunk.Version == best[h] && found[0].Interval.Encloses(hours(h, h+1)):
			default:
				t.Fatalf("hour %d shows %v, want version %q", h, found, best[h])
			}
		}
	})
}

func TestOvershadowed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, segments, want string }{
		{"one", "0-24 v1 0/1", ""},
		{"newer hides older", "0-24 v1 0/1,0-24 v1 1/1,0-24 v2 0/1", "0-24 v1 0,0-24 v1 1"},
		{"an incomplete newer one hides nothing", "0-24 v1 0/1,0-24 v2 0/2", ""},
		{"an incomplete older one is hidden", "0-24 v1 0/3,0-24 v2 0/1", "0-24 v1 0"},
		{"a part shows", "0-24 v1 0/1,6-12 v2 0/1", ""},
		{"two halves", "0-24 v1 0/1,0-12 v2 0/1,12-24 v3 0/1", "0-24 v1 0"},
		{"two parts and a gap", "0-24 v1 0/1,0-11 v2 0/1,12-24 v3 0/1", ""},
		{"wider", "0-24 v1 0/1,0-48 v2 0/1", "0-24 v1 0"},
		{"nested", "0-24 v1 0/1,0-24 v2 0/1,0-48 v3 0/2,0-24 v3 0/1", "0-24 v1 0,0-24 v2 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var segments []druid.DataSegment
			for _, text := range strings.Split(c.segments, ",") {
				segments = append(segments, segment(t, text))
			}
			if got := strings.Join(describe(Overshadowed(segments)), ","); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

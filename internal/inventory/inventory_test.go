package inventory

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/segment"
)

// shelf is a store of a few segments and a folder for their files.
type shelf struct {
	metadata.Reader
	*testing.T
	rows []metadata.SegmentRow
	dir  string
	far  bool
}

func (s *shelf) DataSources(context.Context, bool) ([]string, error) {
	return []string{"incomplete", "wiki"}, nil
}

func (s *shelf) UsedSegments(_ context.Context, dataSource string, intervals []druid.Interval) (rows []metadata.SegmentRow, err error) {
	for _, row := range s.rows {
		if row.Segment.DataSource == dataSource && (intervals == nil || row.Segment.Interval.Overlaps(intervals[0])) {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// Read implements Files.
func (s *shelf) Read(_ context.Context, loadSpec json.RawMessage, fn func(path string) error) error {
	if string(loadSpec) == `"elsewhere"` {
		return errors.New("another storage")
	}
	return fn(filepath.Join(s.dir, strings.Trim(string(loadSpec), `"`)))
}

// Near implements Files.
func (s *shelf) Near() bool { return !s.far }

const day = 86_400_000

func days(from, to int64) druid.Interval {
	return druid.Interval{Start: druid.Instant(from * day), End: druid.Instant(to * day)}
}

// put adds a segment that has one row a day at noon, unless it is kept elsewhere.
func (s *shelf) put(dataSource string, interval druid.Interval, version string, shard druid.ShardSpec, elsewhere bool) {
	s.Helper()
	spec := `"` + strconv.Itoa(len(s.rows)) + `"`
	if elsewhere {
		spec = `"elsewhere"`
	} else {
		w, err := segment.Create(filepath.Join(s.dir, strconv.Itoa(len(s.rows))), segment.Options{Interval: interval})
		if err != nil {
			s.Fatal(err)
		}
		var times []int64
		for t := interval.Start + day/2; t < interval.End; t += day {
			times = append(times, int64(t))
		}
		c := w.Long(segment.TimeColumn)
		if err := errors.Join(c.Append(times, nil), c.Close()); err != nil {
			s.Fatal(err)
		}
		if _, err := w.Finish(segment.Index{}); err != nil {
			s.Fatal(err)
		}
	}
	s.rows = append(s.rows, metadata.SegmentRow{Used: true, Segment: druid.DataSegment{
		DataSource: dataSource, Interval: interval, Version: version, ShardSpec: shard, LoadSpec: json.RawMessage(spec), BinaryVersion: 9, Size: 10,
	}})
}

func TestRowsAreThoseThatQueriesSee(t *testing.T) {
	t.Parallel()
	s := &shelf{T: t, dir: t.TempDir()}
	s.put("wiki", days(0, 30), "v1", druid.Numbered(0, 1), false)
	s.put("wiki", days(10, 11), "v2", druid.Numbered(0, 1), false) // hides a day in the middle
	s.put("wiki", days(40, 41), "v0", druid.Numbered(0, 1), false)
	s.put("wiki", days(40, 41), "v1", druid.Numbered(0, 1), false) // hides all of the one before
	s.put("wiki", days(40, 41), "v1", druid.Numbered(1, 1), false)
	s.put("incomplete", days(0, 1), "v1", druid.Numbered(0, 2), false)
	v := New(s, s)

	list := func(intervals []druid.Interval) (found []string) {
		err := v.Segments(t.Context(), Query{DataSource: "wiki", Intervals: intervals, Rows: true}, func(s *Segment) error {
			text := strconv.FormatInt(int64(s.Interval.Start)/day, 10) + " " + s.Version + " " + strconv.FormatInt(s.Rows, 10)
			for _, part := range s.Visible {
				text += " " + strconv.FormatInt(int64(part.Start)/day, 10) + "-" + strconv.FormatInt(int64(part.End)/day, 10)
			}
			found = append(found, text)
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return found
	}
	if got := strings.Join(list(nil), ", "); got != "0 v1 29 0-10 11-30, 10 v2 1 10-11, 40 v1 1 40-41, 40 v1 1 40-41" {
		t.Error(got)
	}
	if got := strings.Join(list([]druid.Interval{days(8, 11)}), ", "); got != "0 v1 2 8-10, 10 v2 1 10-11" {
		t.Error(got)
	}
	var sums []string
	sum := func(d *DataSource) error { sums = append(sums, string(d.AppendJSON(nil))); return nil }
	if err := errors.Join(v.DataSources(t.Context(), true, sum), v.DataSources(t.Context(), false, sum)); err != nil {
		t.Error(err)
	}
	s.put("wiki", days(50, 51), "v1", druid.Numbered(0, 1), true)
	s.rows[1].Segment.LoadSpec = json.RawMessage(`"gone"`)
	if err := v.DataSources(t.Context(), true, sum); err != nil {
		t.Error(err)
	}
	if got := strings.Join(list([]druid.Interval{days(10, 51)}), ", "); got != "10 v2 -1 10-11, 0 v1 19 11-30, 40 v1 1 40-41, 40 v1 1 40-41, 50 v1 -1 50-51" {
		t.Error(got)
	}
	const nothing = `{"dataSource":"incomplete","interval":"1970-01-01T00:00:00.000Z/1970-01-01T00:00:00.000Z","segments":0,"size":0,"rows":null}`
	want := []string{
		nothing,
		`{"dataSource":"wiki","interval":"1970-01-01T00:00:00.000Z/1970-02-11T00:00:00.000Z","segments":4,"size":40,"rows":32}`,
		nothing,
		`{"dataSource":"wiki","interval":"1970-01-01T00:00:00.000Z/1970-02-11T00:00:00.000Z","segments":4,"size":40,"rows":null}`,
		nothing,
		`{"dataSource":"wiki","interval":"1970-01-01T00:00:00.000Z/1970-02-21T00:00:00.000Z","segments":5,"size":50,"rows":31,"uncounted":2}`,
	}
	if strings.Join(sums, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(sums, "\n"), strings.Join(want, "\n"))
	}
	for name, want := range map[string]int{"incomplete": 1, "wiki": 0} {
		if missing, err := v.Incomplete(t.Context(), name); err != nil || len(missing) != want {
			t.Errorf("incomplete in %s: %v, %v", name, missing, err)
		}
	}
	s.far = true // nothing is fetched to count rows
	if got := strings.Join(list([]druid.Interval{days(10, 12)}), ", "); got != "10 v2 -1 10-11, 0 v1 -1 11-12" {
		t.Error(got)
	}
}

// TestWhatCannotBeCounted: tombstones have no rows, whatever else is said of them; one segment that cannot be counted keeps no other from being so;
// sizes do not overflow.
func TestWhatCannotBeCounted(t *testing.T) {
	t.Parallel()
	s := &shelf{T: t, dir: t.TempDir()}
	s.put("wiki", days(1, 3), "v1", druid.Numbered(0, 1), false)
	s.put("wiki", days(3, 4), "v1", druid.Tombstone(), true)
	s.put("wiki", days(5, 6), "v1", druid.Numbered(0, 1), true)
	s.put("wiki", days(7, 8), "v1", druid.Numbered(0, 1), false)
	s.rows[0].Segment.Size, s.rows[2].Segment.Size = 1<<63-1, 1<<63-1
	if err := os.Truncate(filepath.Join(s.dir, "3", "meta.smoosh"), 3); err != nil {
		t.Fatal(err)
	}
	var got []string
	v := New(s, s)
	err := v.Segments(t.Context(), Query{DataSource: "wiki", Rows: true}, func(s *Segment) error {
		got = append(got, strconv.FormatInt(s.Rows, 10)+" "+strconv.FormatBool(s.Uncounted != nil))
		return nil
	})
	if want := "2 false, 0 false, -1 true, -1 true"; err != nil || strings.Join(got, ", ") != want {
		t.Errorf("got %s, %v, want %s", strings.Join(got, ", "), err, want)
	}
	err = v.DataSources(t.Context(), true, func(d *DataSource) error {
		if d.Name == "wiki" && (d.Rows != 2 || d.Uncounted != 2 || d.Size != 1<<63-1) {
			t.Errorf("summed up as %+v", d)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestUnreadableSegmentsAreShown: what cannot be read is told, wherever it is, unless something newer hides it.
func TestUnreadableSegmentsAreShown(t *testing.T) {
	t.Parallel()
	s := &shelf{T: t, dir: t.TempDir()}
	s.put("wiki", days(1, 2), "v1", druid.Numbered(0, 2), true)
	s.put("wiki", days(1, 2), "v1", druid.Numbered(1, 0), true) // broken: beside one of the same set
	s.put("wiki", days(1, 2), "v0", druid.Numbered(0, 0), true) // broken and hidden
	s.put("wiki", days(3, 4), "v1", druid.Numbered(5, 0), true) // broken: of a set that is not complete
	s.put("wiki", days(3, 4), "v1", druid.Numbered(1, 3), true)
	s.put("wiki", druid.Interval{}, "no id of Druid's", druid.Numbered(0, 0), true) // broken
	for _, i := range []int{1, 2, 3, 5} {
		s.rows[i].Unreadable = errors.New("broken")
	}
	var got []string
	v := New(s, s)
	err := v.Segments(t.Context(), Query{DataSource: "wiki"}, func(s *Segment) error {
		got = append(got, strconv.FormatInt(int64(s.Interval.Start)/day, 10)+" "+s.Version+" "+strconv.Itoa(s.ShardSpec.PartitionNum())+" "+strconv.FormatBool(s.Unreadable != nil))
		return nil
	})
	if want := "1 v1 0 false, 1 v1 1 true, 3 v1 5 true, 0 no id of Druid's 0 true"; err != nil || strings.Join(got, ", ") != want {
		t.Errorf("got %s, %v, want %s", strings.Join(got, ", "), err, want)
	}
	err = v.DataSources(t.Context(), false, func(d *DataSource) error {
		if d.Name == "wiki" && (d.Segments != 4 || d.Interval != days(1, 4)) {
			t.Errorf("summed up as %+v", d)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

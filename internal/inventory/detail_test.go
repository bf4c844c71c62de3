package inventory

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/segment"
)

// SegmentsByID implements metadata.Reader.
func (s *shelf) SegmentsByID(_ context.Context, dataSource string, ids []string) (rows []metadata.SegmentRow, err error) {
	for _, row := range s.rows {
		if id := row.Segment.ID(); row.Segment.DataSource == dataSource && slices.Contains(ids, id.String()) {
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// A segment tells over which time queries see it, what hides it and what it hides; what is unused or not whole hides nothing.
func TestSegmentAmongOthers(t *testing.T) {
	t.Parallel()
	s := &shelf{T: t, dir: t.TempDir()}
	s.put("wiki", days(0, 30), "v1", druid.Numbered(0, 1), true)
	s.put("wiki", days(10, 11), "v2", druid.Numbered(0, 1), true)
	s.put("wiki", days(10, 11), "v0", druid.Numbered(0, 1), true) // under both
	s.put("wiki", days(20, 21), "v3", druid.Numbered(0, 2), true) // not whole
	s.put("wiki", days(40, 41), "v1", druid.Numbered(0, 2), true)
	s.put("wiki", days(40, 41), "v1", druid.Numbered(1, 2), true)
	s.put("wiki", days(50, 51), "v1", druid.Numbered(0, 1), true)
	s.rows[6].Used, s.rows[6].Unreadable = true, errors.New("broken")
	v := New(s, s)
	short := func(ids []druid.SegmentID) (text []string) {
		for _, id := range ids {
			text = append(text, fmt.Sprintf("%d/%s/%d", int64(id.Interval.Start)/day, id.Version, id.PartitionNum))
		}
		return text
	}
	for i, want := range []string{
		"[0-10 11-30] hidden by [10/v2/0], hides []",
		"[10-11] hidden by [], hides [0/v1/0]",
		"[] hidden by [10/v2/0], hides []",
		"[] hidden by [0/v1/0], hides []",
		"[40-41] hidden by [], hides []", "[40-41] hidden by [], hides []",
		"[] hidden by [], hides []",
	} {
		id := s.rows[i].Segment.ID()
		d, err := v.Segment(t.Context(), "wiki", id.String())
		if err != nil {
			t.Fatal(err)
		}
		parts := []string{}
		for _, p := range d.Visible {
			parts = append(parts, fmt.Sprintf("%d-%d", int64(p.Start)/day, int64(p.End)/day))
		}
		if got := fmt.Sprintf("%v hidden by %v, hides %v", parts, short(d.HiddenBy), short(d.Hides)); got != want {
			t.Errorf("%s: %s, want %s", &id, got, want)
		}
	}
	id := s.rows[0].Segment.ID()
	if _, err := v.Segment(t.Context(), "other", id.String()); !errors.Is(err, metadata.ErrNotFound) {
		t.Errorf("a segment of another data source: %v", err)
	}
}

type values []string

func (v values) Len() int { return len(v) }
func (v values) At(i int) []byte {
	if v[i] == "" {
		return nil
	}
	return []byte(v[i])
}

// written is a segment of so many rows, one a minute, with a text, a number and a column of nothing but null.
func written(t *testing.T, rows int, texts values, ordering ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "s")
	w, err := segment.Create(dir, segment.Options{Interval: days(0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	times, ids, numbers := make([]int64, rows), make([]int32, rows), make([]int64, rows)
	for i := range rows {
		times[i], ids[i], numbers[i] = int64(i)*60_000, int32(i%len(texts)), int64(i)
	}
	c, s, n := w.Long(segment.TimeColumn), w.String("text", segment.StringOptions{Dictionary: texts, HasNull: texts[0] == ""}), w.Long("number")
	err = errors.Join(c.Append(times, nil), c.Close(), s.AppendIDs(ids), s.Close(), n.Append(numbers, nil), n.Close(), w.NullColumn("empty", rows))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Finish(segment.Index{Dimensions: []string{"text", "empty"}, Metrics: []string{"number"}, Metadata: segment.Metadata{Ordering: ordering}}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A segment tells the least and the greatest value where its files do, and nothing where they do not.
func TestLook(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", mostValue+1)
	for _, c := range []struct {
		dir  string
		want string
	}{
		{written(t, 100, values{"", "a", "ö"}, segment.TimeColumn), `__time "1970-01-01T00:00:00.000Z" "1970-01-01T01:39:00.000Z", text "a" "ö", empty  , number  `},
		{written(t, 4, values{"a", long}, "text"), `__time  , text "a" "` + long[:2*mostValue] + `…", empty  , number  `},
		{written(t, 2, values{""}), `__time "1970-01-01T00:00:00.000Z" "1970-01-01T00:01:00.000Z", text  , empty  , number  `},
	} {
		err := segment.Read(c.dir, func(s *segment.Segment) error {
			is, err := Look(s)
			if err != nil {
				return err
			}
			var got []string
			var size int64
			for _, column := range is.Columns {
				got = append(got, fmt.Sprintf("%s %s %s", column.Name, column.Min, column.Max))
				size += column.Size
			}
			if text := strings.Join(got, ", "); text != c.want || size != is.Size || is.Interval != days(0, 1) {
				t.Errorf("%s\nwant %s", text, c.want)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// Rows come from where they are asked for, no more than are asked for, and no more once they are long.
func TestRowsOfSegment(t *testing.T) {
	t.Parallel()
	dir := written(t, 100, values{"a", "b"}, segment.TimeColumn)
	for _, c := range []struct{ from, most, bytes, first, n int }{
		{0, 10, 1 << 20, 0, 10}, {95, 10, 1 << 20, 95, 5}, {100, 10, 1 << 20, 0, 0}, {1000, 10, 1 << 20, 0, 0}, {3, 50, 100, 3, 2}, {3, 0, 100, 3, 0},
	} {
		err := segment.Read(dir, func(s *segment.Segment) error {
			rows, leftOut, err := Rows(s, c.from, c.most, c.bytes)
			if err != nil || len(rows) != c.n || leftOut != nil {
				t.Errorf("%+v: %d rows, %v, %v", c, len(rows), leftOut, err)
			}
			for i, row := range rows {
				var r struct{ Number int }
				if err := json.Unmarshal(row, &r); err != nil || r.Number != c.first+i {
					t.Errorf("%+v: row %d is %s, %v", c, i, row, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// What is near is read where it is; what is far only if it is to be fetched; and what has to be unpacked as a whole only if it is not too large.
func TestOpenSegment(t *testing.T) {
	t.Parallel()
	s := &shelf{T: t, dir: t.TempDir()}
	s.put("wiki", days(0, 2), "v1", druid.Numbered(0, 1), false)
	folder := s.rows[0].Segment
	packed, large := folder, folder
	packed.LoadSpec = json.RawMessage(`"packed.zip"`)
	pack(t, filepath.Join(s.dir, "0"), filepath.Join(s.dir, "packed.zip"))
	large.LoadSpec, large.Size = packed.LoadSpec, mostUnpacked+1
	hollow := folder
	hollow.ShardSpec = druid.Tombstone()
	far, tooLarge := new(FarError), new(LargeError)
	for name, c := range map[string]struct {
		segment    druid.DataSegment
		far, fetch bool
		refused    func(error) bool
	}{
		"a folder":            {folder, false, false, nil},
		"a zip file":          {packed, false, false, nil},
		"a large zip file":    {large, false, false, func(err error) bool { return errors.As(err, &tooLarge) }},
		"a tombstone":         {hollow, false, false, func(err error) bool { return errors.Is(err, ErrNoFiles) }},
		"far":                 {packed, true, false, func(err error) bool { return errors.As(err, &far) }},
		"far, to be fetched":  {packed, true, true, nil},
		"far, and very large": {large, true, true, func(err error) bool { return errors.As(err, &tooLarge) }},
	} {
		s.far = c.far
		rows := -1
		err := New(s, s).Open(t.Context(), &c.segment, c.fetch, func(s *segment.Segment) error {
			rows = s.Rows()
			return nil
		})
		if c.refused == nil && (err != nil || rows != 2) || c.refused != nil && (!c.refused(err) || rows != -1) {
			t.Errorf("%s: %d rows, %v", name, rows, err)
		}
	}
}

// pack makes a zip file of a folder.
func pack(t *testing.T, dir, to string) {
	t.Helper()
	f, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	if err := errors.Join(z.AddFS(os.DirFS(dir)), z.Close()); err != nil {
		t.Fatal(err)
	}
}

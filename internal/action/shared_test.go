package action_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// looked counts what is read of a store to find out who shares files.
type looked struct {
	metadata.Store
	rows, lists int
}

func (l *looked) SegmentsElsewhere(ctx context.Context, fn func(*metadata.SegmentRow) error) error {
	return l.Store.SegmentsElsewhere(ctx, func(row *metadata.SegmentRow) error { l.rows++; return fn(row) })
}

func (l *looked) SegmentsByID(ctx context.Context, dataSource string, ids []string) ([]metadata.SegmentRow, error) {
	l.rows += len(ids)
	return l.Store.SegmentsByID(ctx, dataSource, ids)
}

func (l *looked) UsedSegments(ctx context.Context, dataSource string, intervals []druid.Interval) ([]metadata.SegmentRow, error) {
	l.lists++
	return l.Store.UsedSegments(ctx, dataSource, intervals)
}

// pushed has a load spec as a push of it makes.
func pushed(day int64, version string, partition int) druid.DataSegment {
	s := segment(days(day, day+1), version, druid.Numbered(partition, 0))
	s.LoadSpec = fmt.Appendf(nil, `{"type":"local","path":"/deep/wiki/%s_%s/%s/%d/index/"}`, s.Interval.Start, s.Interval.End, version, partition)
	return s
}

// Who shares the files of a segment is found without reading all segments, in a folder or a bucket: only those are that can.
func TestSharedFilesCostNothing(t *testing.T) {
	t.Parallel()
	for name, loadSpec := range map[string]string{
		"folder":                    `{"type":"local","path":"/deep/%s/index/"}`,
		"bucket":                    `{"type":"s3_zip","bucket":"deep","key":"druid/segments/%s/index.zip","S3Schema":"s3n"}`,
		"bucket, with unique names": `{"type":"s3_zip","bucket":"deep","key":"druid/segments/%s/0e5f8d72-9c1c-8f3a-9d15-52b8c2a1f001/index.zip","S3Schema":"s3n"}`,
		"bucket without a base key": `{"type":"s3_zip","bucket":"deep","key":"%s/index.zip","S3Schema":"s3a"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sharedFilesCostNothing(t, loadSpec)
		})
	}
}

func sharedFilesCostNothing(t *testing.T, loadSpec string) {
	b := setup(t)
	l := &looked{Store: b.store}
	b.box = action.NewBox(action.Options{Store: l, Locks: lockbox.New(l, func() druid.Instant { return clock }, nil), Now: func() druid.Instant { return clock }})
	var all []druid.DataSegment
	for n := range 3000 {
		s := segment(days(int64(n%30), int64(n%30+1)), "v", druid.Numbered(n, 0))
		s.LoadSpec = fmt.Appendf(nil, loadSpec, fmt.Sprintf("wiki/%s_%s/v/%d", s.Interval.Start, s.Interval.End, n))
		all = append(all, s)
	}
	b.publish(all...)
	by := b.task("t", "t")
	if got := do(b, by, action.SegmentListShared{Segments: all[:100]}); len(got) > 0 || l.rows > 0 || l.lists > 0 {
		t.Errorf("shared %v; %d rows and %d lists were read", got, l.rows, l.lists)
	}
	other := segment(days(5, 6), "w", druid.Numbered(0, 0))
	other.LoadSpec = all[7].LoadSpec
	b.publish(other)
	want := []action.Shared{{Segment: all[7].ID().String(), With: other.ID().String()}}
	if got := do(b, by, action.SegmentListShared{Segments: all[:100]}); !slices.Equal(got, want) || l.rows != 1 {
		t.Errorf("shared %v; %d rows were read", got, l.rows)
	}
	if got := do(b, by, action.SegmentListShared{Segments: []druid.DataSegment{other, all[7]}}); len(got) > 0 {
		t.Errorf("two that go together keep the files of each other: %v", got)
	}
	if got := do(b, by, action.SegmentListShared{Segments: []druid.DataSegment{other}}); len(got) != 1 {
		t.Error("a segment goes, and with it the files of the one that was pushed there")
	}
}

// onFile makes a bundle, and opens its database as another program does.
func onFile(t *testing.T) (*bundle, *sqlite3.Conn) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "metadata.db")
	store, err := sqlite.Open(sqlite.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	db, err := sqlite3.Open(path, sqlite3.ReadWrite)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	b := &bundle{T: t, store: store}
	b.box = action.NewBox(action.Options{Store: store, Locks: lockbox.New(store, func() druid.Instant { return clock }, nil), Now: func() druid.Instant { return clock }})
	return b, db
}

// Files that a row which cannot be read may need stay.
func TestSharedFilesBesideUnreadableRows(t *testing.T) {
	t.Parallel()
	b, db := onFile(t)
	by := b.task("t", "t")
	owner, spoilt, thief, far := pushed(1, "v", 0), pushed(2, "v", 0), segment(days(1, 2), "w", druid.Numbered(0, 0)), pushed(9, "v", 0)
	thief.LoadSpec = owner.LoadSpec
	b.publish(owner, spoilt, thief, far)
	exec := func(text string, args ...any) {
		t.Helper()
		if err := db.Exec(text, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`UPDATE druid_segments SET created_date = 'once' WHERE id = ?`, owner.ID().String())
	if got := do(b, by, action.SegmentListShared{Segments: []druid.DataSegment{thief}}); len(got) != 1 {
		t.Error("the files of a segment go whose row cannot be read, and whose id they have")
	}
	exec(`UPDATE druid_segments SET payload = CAST('{' AS BLOB) WHERE id = ?`, spoilt.ID().String())
	beside := pushed(2, "v", 7)
	if _, err := action.Do(t.Context(), by, action.SegmentListShared{Segments: []druid.DataSegment{beside}}); err == nil || !strings.Contains(err.Error(), "none are removed") {
		t.Errorf("a used segment of which nobody knows the files: %v", err)
	}
	if got := do(b, by, action.SegmentListShared{Segments: []druid.DataSegment{far}}); len(got) > 0 {
		t.Errorf("what lies at another time is kept: %v", got)
	}
	exec(`UPDATE druid_segments SET used = 0`)
	if got := do(b, by, action.SegmentListShared{Segments: []druid.DataSegment{beside}}); len(got) > 0 {
		t.Errorf("beside an unused one: %v", got)
	}
}

// Files stay that a row names in any way, whatever else is in it, and whether it can be read or not; those that it does not name go.
func TestSharedFilesInWhateverForm(t *testing.T) {
	t.Parallel()
	const unique = "0e5f8d72-9c1c-4f3a-9d15-52b8c2a1f001"
	victim := pushed(1, "v", 3)
	folder := fmt.Sprintf("/deep/wiki/%s_%s/v/3/%s/index", victim.Interval.Start, victim.Interval.End, unique)
	victim.LoadSpec = fmt.Appendf(nil, `{"type":"local","path":"%s/"}`, folder)
	beside := pushed(1, "v", 4)
	beside.LoadSpec = []byte(strings.NewReplacer("/v/3/", "/v/4/", unique, "1e5f8d72-9c1c-4f3a-9d15-52b8c2a1f001").Replace(string(victim.LoadSpec)))
	const own = "/deep/other/1970-01-05T00:00:00.000Z_1970-01-06T00:00:00.000Z/w/0/index/"
	whole := func(loadSpec string) string {
		return `{"dataSource":"other","interval":"1970-01-05T00:00:00.000Z/1970-01-06T00:00:00.000Z","version":"w","loadSpec":` + loadSpec +
			`,"dimensions":"a","metrics":"","shardSpec":{"type":"numbered","partitionNum":0,"partitions":1},"binaryVersion":9,"size":1,"identifier":"x"}`
	}
	local := func(path string) string { return whole(`{"type":"local","path":"` + path + `"}`) }
	utf16 := func(text string) string {
		wide := "\xff\xfe"
		for _, b := range []byte(text) {
			wide += string([]byte{b, 0})
		}
		return wide
	}
	escaped := strings.ReplaceAll(folder, "/", `\u002f`)
	cases := map[string]struct {
		payload   string
		keepsBoth bool // also the one beside it
		keepsNone bool
	}{
		"its folder":                   {payload: local(folder + "/")},
		"moved":                        {payload: local("/mnt" + folder + "/")},
		"a file within":                {payload: local(folder + "/00000.smoosh")},
		"a zip within":                 {payload: local(folder + "/index.zip")},
		"the folder above":             {payload: local(strings.TrimSuffix(folder, "/index"))},
		"the partition's folder":       {payload: local(strings.TrimSuffix(folder, unique+"/index"))},
		"the version's folder":         {payload: local(strings.TrimSuffix(folder, "/3/"+unique+"/index")), keepsBoth: true},
		"another field":                {payload: whole(`{"type":"local","path":"` + own + `","note":"` + folder + `"}`)},
		"its own in another field":     {payload: whole(`{"type":"local","path":"` + folder + `","note":"` + own + `"}`)},
		"another kind of storage":      {payload: whole(`{"type":"hdfs","path":"hdfs://h` + folder + `"}`)},
		"a field in a field":           {payload: whole(`{"type":"x","at":{"place":["file://` + folder + `"]}}`)},
		"escaped":                      {payload: whole(`{"type":"x","at":"` + escaped + `"}`)},
		"unreadable, two load specs":   {payload: strings.TrimSuffix(local(own), "}") + `,"loadSpec":{"type":"local","path":"` + folder + `"}}`},
		"its own":                      {payload: local(own), keepsNone: true},
		"the one beside":               {payload: local(strings.ReplaceAll(folder, "/3/"+unique, "/5/2e5f8d72-9c1c-4f3a-9d15-52b8c2a1f001")), keepsNone: true},
		"unreadable":                   {payload: strings.Replace(local(folder), `"partitionNum":0`, `"partitionNum":-5`, 1)},
		"unreadable, moved":            {payload: strings.Replace(local("/a b"+folder+"/"), `1970-01-05T`, `garbage`, 1)},
		"unreadable, in another field": {payload: strings.Replace(local(own), `"metrics":""`, `"metrics":7,"was":"`+folder+`"`, 1)},
		"unreadable, a file within":    {payload: strings.Replace(local(folder+"/version.bin"), `"size":1`, `"size":-1`, 1)},
		"unreadable, the folder above": {payload: strings.Replace(local(strings.TrimSuffix(folder, "/index")), `"size":1`, `"size":-1`, 1)},
		"unreadable, escaped":          {payload: strings.Replace(local(escaped), `"size":1`, `"size":-1`, 1)},
		"unreadable, escaped slashes":  {payload: strings.Replace(local(strings.ReplaceAll(folder, "/", `\/`)), `"size":1`, `"size":-1`, 1)},
		"unreadable, a text in a text": {payload: `{"was":"{\"path\":\"` + strings.ReplaceAll(folder, "/", `\\/`) + `\"}"`},
		"unreadable, of a URL":         {payload: strings.Replace(local(strings.ReplaceAll(folder, "/", `%2F`)), `"size":1`, `"size":-1`, 1)},
		"unreadable, not clean":        {payload: strings.Replace(local(strings.ReplaceAll(folder, "/v/", "//v/./x/../")), `"size":1`, `"size":-1`, 1)},
		"unreadable, UTF-16":           {payload: utf16(local(folder))},
		"unreadable, a BOM":            {payload: "\xef\xbb\xbf" + local(folder)},
		"unreadable, no quotes":        {payload: strings.ReplaceAll(local(folder+"/"), `"`, "")},
		"cut off behind it":            {payload: before(local(folder), `"},"dimensions`)},
		"cut off in the unique name":   {payload: before(local(folder), "72-9c1c")},
		"cut off in the version":       {payload: before(local(folder), "/3/"+unique), keepsBoth: true},
		"cut off in the interval":      {payload: before(local(folder), "02T00:00:00.000Z_") + "02T00", keepsBoth: true},
		"damaged before the name":      {payload: strings.Replace(local(folder), "/v/3/", "/\xff\xff\xff", 1), keepsBoth: true},
		"damaged behind the name":      {payload: strings.Replace(local(folder), "index", "\xff\xff", 1)},
		"zeros in the name":            {payload: strings.Replace(local(folder), "8d72-9c1c", "\x00\x00\x00\x00\x00", 1)},
		"unreadable, its own":          {payload: strings.Replace(local(own), `"size":1`, `"size":-1`, 1), keepsNone: true},
		"unreadable, of a third":       {payload: strings.Replace(local(strings.Replace(folder, "/v/3/"+unique, "/v/5", 1)), `"size":1`, `"size":-1`, 1), keepsNone: true},
		"nothing":                      {payload: "", keepsNone: true},
	}
	b, db := onFile(t)
	by := b.task("t", "t")
	put := func(id, payload string) {
		t.Helper()
		err := db.Exec(`INSERT OR REPLACE INTO druid_segments(id, dataSource, created_date, start, "end", partitioned, version, used, used_status_last_updated, payload)
			VALUES(?, 'other', '2026-01-01T00:00:00.000Z', '1970-01-05T00:00:00.000Z', '1970-01-06T00:00:00.000Z', 1, 'w', 0,
			'2026-01-01T00:00:00.000Z', ?)`, id, []byte(payload))
		if err != nil {
			t.Fatal(err)
		}
	}
	const id = "other_1970-01-05T00:00:00.000Z_1970-01-06T00:00:00.000Z_w"
	for name, c := range cases {
		put(id, c.payload)
		var got []string
		for _, s := range do(b, by, action.SegmentListShared{Segments: []druid.DataSegment{victim, beside}}) {
			got = append(got, s.Segment)
			if readable := !strings.Contains(name, "unread") && !strings.Contains(name, "cut off") && !strings.Contains(name, "damaged") && name != "zeros in the name"; s.Unreadable == readable {
				t.Errorf("%s: %+v", name, s)
			}
		}
		want := []string{victim.ID().String(), beside.ID().String()}
		switch {
		case c.keepsNone:
			want = nil
		case !c.keepsBoth:
			want = want[:1]
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: kept %q, want %q", name, got, want)
		}
	}
	// A row whose id is another one than its payload tells is of nobody knows which segment.
	put(id, local(own))
	put("another id", local(own))
	unused := do(b, by, action.SegmentListUnused{DataSource: "other", Interval: days(0, 9)})
	if len(unused) != 1 {
		t.Fatalf("unused are %v", unused)
	}
	if got := do(b, by, action.SegmentListShared{Segments: unused}); len(got) != 1 || !got[0].Unreadable {
		t.Errorf("a row under another id: %+v", got)
	}
}

func before(text, part string) string {
	head, _, _ := strings.Cut(text, part)
	return head
}

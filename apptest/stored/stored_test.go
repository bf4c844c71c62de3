package stored_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ovate/apptest/stored"
	"ovate/druid"
)

func lock(task string, typ druid.LockType, days ...druid.Instant) stored.Lock {
	return stored.Lock{Task: task, TaskLock: druid.TaskLock{Type: typ, GroupID: task, DataSource: "d", Interval: druid.Interval{Start: days[0], End: days[1]}}}
}

func TestLocks(t *testing.T) {
	revoked := lock("c", druid.Exclusive, 0, 5)
	revoked.Revoked = true
	for name, c := range map[string]struct {
		locks []stored.Lock
		told  string
	}{
		"none":                {},
		"apart":               {locks: []stored.Lock{lock("a", druid.Exclusive, 0, 1), lock("b", druid.Exclusive, 1, 2)}},
		"appends and replace": {locks: []stored.Lock{lock("a", druid.Append, 0, 1), lock("b", druid.Replace, 0, 2), lock("c", druid.Append, 0, 1)}},
		"revoked":             {locks: []stored.Lock{lock("a", druid.Exclusive, 0, 1), revoked}},
		"replaces":            {locks: []stored.Lock{lock("a", druid.Replace, 0, 1), lock("b", druid.Replace, 0, 1)}, told: "two locks at once"},
		"append and shared":   {locks: []stored.Lock{lock("a", druid.Append, 0, 1), lock("b", druid.Shared, 0, 1)}, told: "two locks at once"},
		"ended":               {locks: []stored.Lock{lock("ended", druid.Exclusive, 0, 1)}, told: "task ended is not active"},
	} {
		expect(t, name, stored.CheckLocks(c.locks, func(task string) bool { return task != "ended" }), c.told)
	}
}

func TestSegments(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "version.bin"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	segment := func(start, end druid.Instant, partition int, path string) stored.Segment {
		s := stored.Segment{Used: true, DataSegment: druid.DataSegment{
			DataSource: "d", Interval: druid.Interval{Start: start, End: end}, Version: "v", ShardSpec: druid.Numbered(partition, 0),
			LoadSpec: []byte(`{"type":"local","path":"` + path + `"}`),
		}}
		s.Row = s.ID().String()
		return s
	}
	first := segment(0, 2, 0, dir)
	copied, unused, misnamed := segment(0, 2, 1, dir), segment(0, 2, 1, dir+"/gone"), segment(0, 2, 0, dir)
	copied.CopyOf, unused.Used, misnamed.Row = first.Row, false, "another"
	for name, c := range map[string]struct {
		segments []stored.Segment
		told     string
	}{
		"none":     {},
		"copy":     {segments: []stored.Segment{first, copied}},
		"unused":   {segments: []stored.Segment{first, unused}},
		"overlap":  {segments: []stored.Segment{first, segment(1, 3, 0, dir)}, told: "overlap"},
		"one path": {segments: []stored.Segment{first, segment(0, 2, 1, dir)}, told: "are both in"},
		"no files": {segments: []stored.Segment{segment(0, 2, 0, dir+"/gone")}, told: "has no files"},
		"no path":  {segments: []stored.Segment{segment(0, 2, 0, "")}, told: "has no files"},
		"misnamed": {segments: []stored.Segment{misnamed}, told: "the segment of row another is"},
	} {
		expect(t, name, stored.CheckSegments(c.segments), c.told)
	}
}

func expect(t *testing.T, name string, err error, told string) {
	t.Helper()
	if told == "" && err != nil || told != "" && (err == nil || !strings.Contains(err.Error(), told)) {
		t.Errorf("%s: %v, want %q", name, err, told)
	}
}

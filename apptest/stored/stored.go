// Package stored says what must hold of the rows of a metadata store and of the files that they name, at every instant: also at the one at
// which a server was killed. Whoever tests a server reads the rows and hands them in.
package stored

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"ovate/druid"
	"ovate/segment"
)

// Lock is a row of druid_tasklocks.
type Lock struct {
	Task string
	druid.TaskLock
}

// Segment is a row of druid_segments.
type Segment struct {
	druid.DataSegment
	Row    string // its id
	Used   bool
	CopyOf string // the id of the segment whose files it shares; empty if they are its own
}

// CheckLocks tells which locks have no active task, and which two stand in each other's way.
func CheckLocks(locks []Lock, active func(task string) bool) error {
	var faults []error
	for i, lock := range locks {
		if !active(lock.Task) {
			faults = append(faults, fmt.Errorf("task %s is not active, and has a lock over %s", lock.Task, lock.Interval))
		}
		for _, other := range locks[:i] {
			if lock.DataSource == other.DataSource && lock.Interval.Overlaps(other.Interval) && lock.GroupID != other.GroupID &&
				!lock.Revoked && !other.Revoked && !beside(lock.Type, other.Type) {
				faults = append(faults, fmt.Errorf("two locks at once: %+v and %+v", lock, other))
			}
		}
	}
	return errors.Join(faults...)
}

// beside tells whether locks of such types may hold the same time: shared ones, and appends beside each other and beside one that replaces.
func beside(a, b druid.LockType) bool {
	if a == druid.Shared || a == druid.Append {
		return a == b || a == druid.Append && b == druid.Replace
	}
	return a == druid.Replace && b == druid.Append
}

// CheckSegments tells of ids that are not those of the payloads, of equal versions that overlap but in whole chunks, and of segments that
// share files without being copies, or are used and have none. The ids are those of rows, which are unique.
func CheckSegments(segments []Segment) error {
	var faults []error
	copies := map[string]string{}
	for _, s := range segments {
		copies[s.Row] = s.CopyOf
	}
	original := func(id string) string {
		for copies[id] != "" {
			id = copies[id]
		}
		return id
	}
	owners := map[string]string{} // by path
	for i, a := range segments {
		if id := a.ID().String(); id != a.Row {
			faults = append(faults, fmt.Errorf("the segment of row %s is %s", a.Row, id))
		}
		for _, b := range segments[:i] {
			if a.DataSource == b.DataSource && a.Version == b.Version && a.Interval != b.Interval && a.Interval.Overlaps(b.Interval) {
				faults = append(faults, fmt.Errorf("segments %s and %s overlap", a.Row, b.Row))
			}
		}
		if a.ShardSpec.IsTombstone() {
			continue
		}
		path, err := a.Path()
		if before, taken := owners[path]; taken && original(before) != original(a.Row) {
			faults = append(faults, fmt.Errorf("segments %s and %s are both in %s", before, a.Row, path))
		}
		owners[path] = a.Row
		if err == nil && a.Used {
			_, err = os.Stat(filepath.Join(path, "version.bin"))
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("segment %s has no files: %w", a.Row, err))
		}
	}
	return errors.Join(faults...)
}

// Path is the folder of the segment's files.
func (s Segment) Path() (string, error) {
	var load struct {
		Path string `json:"path"`
	}
	if err := json.Unmarshal(s.LoadSpec, &load); err != nil || load.Path == "" {
		return "", fmt.Errorf("the load spec of %s is %s: %w", s.Row, s.LoadSpec, errors.Join(err))
	}
	return filepath.Clean(load.Path), nil
}

// Rows are those of a segment as JSON, in their order.
func Rows(path string) (rows []string, err error) {
	err = segment.Read(path, func(s *segment.Segment) error {
		reader, err := s.RowReader()
		if err != nil {
			return err
		}
		rows = make([]string, s.Rows())
		for i := range rows {
			row, err := reader.AppendJSON(nil, i)
			if err != nil {
				return err
			}
			rows[i] = string(row)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("the rows of %s: %w", path, err)
	}
	return rows, nil
}

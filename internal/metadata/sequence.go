package metadata

import (
	"crypto/sha1" //nolint:gosec // The column's content is fixed by Druid; it identifies, it does not protect.
	"encoding/binary"
	"fmt"

	"ovate/druid"
)

// LineageKey is the unique key of a pending segment whose place in its sequence is told by the segment allocated
// before it (previousID, empty for the first). Replays of the same request therefore meet the same row.
func LineageKey(sequenceName, previousID, version string) string {
	return sequenceKey(sequenceName, []byte(previousID), version)
}

// IntervalKey is the unique key of a pending segment allocated with skipSegmentLineageCheck: a sequence has one
// segment for each interval and version, whatever came before.
func IntervalKey(sequenceName string, interval druid.Interval, version string) string {
	var place [16]byte
	binary.LittleEndian.PutUint64(place[:8], uint64(interval.Start))
	binary.LittleEndian.PutUint64(place[8:], uint64(interval.End))
	return sequenceKey(sequenceName, place[:], version)
}

// sequenceKey hashes as PendingSegmentRecord.computeSequenceNamePrevIdSha1 does: the three parts with a byte 0xFF
// (which UTF-8 never contains) between them, in upper-case hex.
func sequenceKey(sequenceName string, place []byte, version string) string {
	buf := make([]byte, 0, len(sequenceName)+len(place)+len(version)+2)
	buf = append(append(buf, sequenceName...), 0xFF)
	buf = append(append(buf, place...), 0xFF)
	buf = append(buf, version...)
	return fmt.Sprintf("%X", sha1.Sum(buf)) //nolint:gosec // See the import.
}

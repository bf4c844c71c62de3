package sqlite

import (
	"bytes"
	"strconv"

	"ovate/druid"
)

// A row is plain if nothing in it is out of the ordinary, so that no index of such rows has it. What this file finds to be plain the
// conditions of these indexes do, too (schema11.sql); what it leaves to them may be either.

// plainSpan is what column known_span holds of a row with these times: its span; nil, which is null, unless both are instants.
func plainSpan(interval druid.Interval, start, end string) any {
	if !isInstant([]byte(start)) || !isInstant([]byte(end)) {
		return nil
	}
	if len(start) != 24 || len(end) != 24 {
		return len(spanDays) // SQLite knows no length of what is far; nobody looks for it by span
	}
	return spanOf(interval)
}

// spanOf is the column span of an interval.
func spanOf(interval druid.Interval) int {
	length := float64(interval.End) - float64(interval.Start)
	for span, days := range spanDays {
		if length <= days*86_400_000 {
			return span
		}
	}
	return len(spanDays)
}

// isInPlace tells whether the payload of a segment begins as this program writes it, with a load spec of files in the folder that a push of the
// segment's id makes, and names nothing else that could lead to a segment.
func isInPlace(id druid.SegmentID, start, end string, payload []byte) bool {
	rest := payload
	for _, part := range [...]string{
		`{"dataSource":"`, id.DataSource, `","interval":"`, start, "/", end, `","version":"`, id.Version, `","loadSpec":{"type":"`,
	} {
		if len(rest) < len(part) || string(rest[:len(part)]) != part {
			return false
		}
		rest = rest[len(part):]
	}
	spec, behind, found := bytes.Cut(rest, []byte(`"},"`))
	const slashes = 3 // of a path to a segment, at least
	if !found || bytes.Count(behind, []byte("/")) >= slashes || bytes.Contains(behind, []byte(`\u`)) {
		return false
	}
	path, isKey := pathOf(spec)
	if bytes.ContainsAny(path, `"\`) {
		return false
	}
	folder := make([]byte, 0, 256)
	for _, part := range [...]string{"/", id.DataSource, "/", start, "_", end, "/", id.Version, "/"} {
		folder = append(folder, part...)
	}
	folder = append(strconv.AppendInt(folder, int64(id.PartitionNum), 10), '/')
	if file, found := bytes.CutPrefix(path, folder[1:]); isKey && found { // as if a slash stood before the key
		return isFilesOfPush(file)
	}
	_, file, found := bytes.Cut(path, folder)
	return found && isFilesOfPush(file)
}

// pathOf is the path, or in S3 the key, of a load spec that is written as usual, from behind the beginning of its type up to its last text; else nil.
func pathOf(spec []byte) (path []byte, isKey bool) {
	if path, is := bytes.CutPrefix(spec, []byte(`local","path":"`)); is {
		return path, false
	}
	rest, is := bytes.CutPrefix(spec, []byte(`s3_zip","bucket":"`))
	bucket, rest, found := bytes.Cut(rest, []byte(`","key":"`))
	if !is || !found || bytes.ContainsAny(bucket, `"\/`) {
		return nil, false
	}
	for _, schema := range [...]string{"s3n", "s3a"} {
		if key, is := bytes.CutSuffix(rest, []byte(`","S3Schema":"`+schema)); is {
			return key, true
		}
	}
	return nil, false
}

// isFilesOfPush tells whether a path in the folder of a segment is what a push leaves there, in a folder of a unique name or without.
func isFilesOfPush(path []byte) bool {
	const unique = len("00000000-0000-0000-0000-000000000000")
	if len(path) > unique && path[unique] == '/' && path[8] == '-' && path[13] == '-' && path[18] == '-' && path[23] == '-' {
		path = path[unique+1:]
	}
	switch string(path) {
	case "index", "index/", "index.zip":
		return true
	}
	return false
}

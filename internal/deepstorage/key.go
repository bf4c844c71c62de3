package deepstorage

import (
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"ovate/druid"
)

// Names of what a push makes in the last of its folders: a folder, or a file.
const (
	FolderName = "index"
	ZipName    = "index.zip"
)

// Depth is how many folders lead to a segment without a unique name: data source, interval, version and partition.
const Depth = 4

// IsUnique tells whether a folder is called as pushes call theirs.
func IsUnique(name string) bool { return len(name) == 36 && uuid.Validate(name) == nil }

// PathKey is the part of a segment's path that the storage's own folder does not count in: folders are moved, and reached by links. It is
// empty if the path is too short for a segment's.
func PathKey(of string) string {
	names := folders(of)
	want := Depth
	if len(names) > 0 && IsUnique(names[len(names)-1]) {
		want++
	}
	if len(names) < want {
		return ""
	}
	return strings.Join(names[len(names)-want:], "/")
}

// folders are those of a path that lead to what the push has made.
func folders(of string) []string {
	names := strings.Split(strings.Trim(path.Clean(of), "/"), "/")
	if last := names[len(names)-1]; last == FolderName || last == ZipName {
		names = names[:len(names)-1]
	}
	return names
}

// Key is what load specs have in common that tell of the same files. It is empty if there are none: tombstones have no files.
func Key(loadSpec json.RawMessage) (string, error) {
	kind, at, err := read(loadSpec)
	switch {
	case err != nil:
		return "", err
	case kind == "tombstone":
		return "", nil
	case kind == "local":
		if key := PathKey(at); key != "" {
			return key, nil
		}
	}
	text, err := druid.AppendNormalized(nil, loadSpec)
	return string(text), err
}

// Pushed are the ids whose push puts files at the place that a load spec tells of: of several only if folders within the storage's own
// are called as if they were data sources.
func Pushed(loadSpec json.RawMessage) (ids []druid.SegmentID) {
	_, at, err := read(loadSpec)
	if err != nil {
		return nil
	}
	names := folders(at)
	for i := 0; i+Depth <= len(names); i++ {
		start, end, _ := strings.Cut(names[i+1], "_")
		interval, err := druid.ParseInterval(start + "/" + end)
		if err != nil {
			continue
		}
		if partition, err := strconv.Atoi(names[i+3]); err == nil {
			ids = append(ids, druid.SegmentID{DataSource: names[i], Interval: interval, Version: names[i+2], PartitionNum: partition})
		}
	}
	return ids
}

// read reads what of a load spec tells of a place in a file system.
func read(loadSpec json.RawMessage) (kind, at string, err error) {
	var spec struct{ Type, Path string }
	if err := json.Unmarshal(loadSpec, &spec); err != nil {
		return "", "", fmt.Errorf("load spec %.200s: %w", loadSpec, err)
	}
	return spec.Type, spec.Path, nil
}

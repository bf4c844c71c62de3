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

// Folders are the names of the folders below the storage's own into which a segment is pushed; interval is as Storage.Push has it.
func Folders(pushed *druid.DataSegment, interval string) ([]string, error) {
	names := []string{pushed.DataSource, interval, pushed.Version, strconv.Itoa(pushed.ShardSpec.PartitionNum())}
	for _, name := range names {
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") {
			return nil, fmt.Errorf("%q cannot be the name of a folder", name)
		}
	}
	return names, nil
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
	case isPath(kind):
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
	return pushedTo(folders(at))
}

// pushedTo are the ids whose push goes into these folders.
func pushedTo(names []string) (ids []druid.SegmentID) {
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

// IsPushOf tells whether folders below the storage's own are those into which a segment is pushed.
func IsPushOf(folders []string, segment *druid.DataSegment) bool {
	depth := len(folders) == Depth || len(folders) == Depth+1 && IsUnique(folders[Depth])
	ids := pushedTo(folders)
	return depth && len(ids) > 0 && ids[len(ids)-1] == segment.ID() && folders[0] == segment.DataSource
}

// Types of load specs that name a place by a path of folders.
const (
	typeLocal = "local"
	typeS3    = "s3_zip"
)

func isPath(kind string) bool { return kind == typeLocal || kind == typeS3 }

// place is what load specs say.
type place struct{ Type, Path, Bucket, Key string }

// readPlace reads what of a load spec tells of a place. As in Druid, the names of fields are what they are, in capitals or not.
func readPlace(loadSpec json.RawMessage) (p place, err error) {
	var fields map[string]json.RawMessage
	if err = json.Unmarshal(loadSpec, &fields); err != nil {
		return p, fmt.Errorf("load spec %.200s: %w", loadSpec, err)
	}
	text := func(name string, into *string) {
		if fields[name] == nil || err != nil {
			return
		}
		if err = json.Unmarshal(fields[name], into); err != nil {
			err = fmt.Errorf("load spec %.200s: field [%s]: %w", loadSpec, name, err)
		}
	}
	text("type", &p.Type)
	text("path", &p.Path)
	if p.Type == typeS3 {
		text("bucket", &p.Bucket)
		text("key", &p.Key)
	}
	return p, err
}

// read is the type of a load spec, and its path or, if it is one of S3, its key. In which bucket that is does not count, as the folder does
// not of which a path is: buckets are copied, too.
func read(loadSpec json.RawMessage) (kind, at string, err error) {
	p, err := readPlace(loadSpec)
	if p.Type == typeS3 {
		return p.Type, p.Key, err
	}
	return p.Type, p.Path, err
}

// LocalPath is the path of a load spec, if it is of type local.
func LocalPath(loadSpec json.RawMessage) (at string, isLocal bool, err error) {
	p, err := readPlace(loadSpec)
	return p.Path, p.Type == typeLocal, err
}

// S3Object is the bucket and the key of a load spec, if it is one of S3.
func S3Object(loadSpec json.RawMessage) (bucket, key string, isS3 bool, err error) {
	p, err := readPlace(loadSpec)
	return p.Bucket, p.Key, p.Type == typeS3, err
}

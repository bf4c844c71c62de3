package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"ovate/druid"
	"ovate/internal/deepstorage"
	"ovate/internal/jsontext"
)

// CheckPushed tells why a segment's load spec is none that a push of the segment, by this server or by a task of Druid's, could have made;
// nil if it is one, or one of another kind of storage. Where tasks push on other machines, a path outside of this folder may be what these call it.
func (s *Storage) CheckPushed(segment *druid.DataSegment) error {
	var spec map[string]any
	if err := json.Unmarshal(segment.LoadSpec, &spec); err != nil || spec["type"] == nil || spec["type"] == "" {
		return fmt.Errorf("field [loadSpec] is %.200s, but must be an object with a type", segment.LoadSpec)
	}
	if name := repeated(segment.LoadSpec); name != "" {
		return fmt.Errorf("field [loadSpec]: field [%s] is there twice", name)
	}
	if spec["type"] != "local" {
		return nil
	}
	path, err := s.within(segment.LoadSpec)
	switch {
	case errors.Is(err, errOutside) && s.remote:
		return nil
	case err != nil:
		return fmt.Errorf("field [loadSpec]: %w", err)
	}
	if !deepstorage.IsPushOf(strings.Split(filepath.Dir(path), "/"), segment) {
		return fmt.Errorf("field [loadSpec]: path %q is not where the files of segment[%s] are: that is %s/%s/%s_%s/%s/%d, with a UUID as one more folder or not",
			filepath.Join(s.root, path), segment.ID(), s.root, segment.DataSource, segment.Interval.Start, segment.Interval.End, segment.Version,
			segment.ShardSpec.PartitionNum())
	}
	return nil
}

// repeated is a field that an object has more than once, in capitals or not, so that programs take different ones for the right one; or "".
func repeated(object json.RawMessage) string {
	if !bytes.HasPrefix(object, []byte{'{'}) {
		return ""
	}
	known := map[string]bool{}
	for key := range jsontext.Members(object) {
		name := string(jsontext.Unescape(nil, key))
		if known[strings.ToLower(name)] {
			return name
		}
		known[strings.ToLower(name)] = true
	}
	return ""
}

// CheckThere tells why a segment that CheckPushed has passed has no files of its own in this storage: they are missing, or a link on the way
// leads to those of another one. It is nil if they are there, or kept elsewhere. An error that is no *MissingError is a fault of the storage.
func (s *Storage) CheckThere(_ context.Context, segment *druid.DataSegment) error {
	path, err := s.within(segment.LoadSpec)
	if err != nil {
		return nil // elsewhere
	}
	missing := func(reason string) error {
		return &deepstorage.MissingError{Path: filepath.Join(s.root, path), Reason: reason}
	}
	file := path
	if filepath.Base(path) == deepstorage.FolderName {
		file = filepath.Join(path, markFile)
	}
	names := strings.Split(file, "/")
	at := s.root
	for i, name := range names {
		at = filepath.Join(at, name)
		info, err := os.Lstat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR):
			return missing("is not there")
		case err != nil:
			return fmt.Errorf("look for the files of segment[%s]: %w", segment.ID(), err)
		case info.Mode()&fs.ModeSymlink != 0:
			return missing("is reached by the link " + at)
		case i == len(names)-1 && !info.Mode().IsRegular():
			return missing("is none of a segment")
		}
	}
	return nil
}

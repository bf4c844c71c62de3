package s3

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"ovate/druid"
	"ovate/internal/deepstorage"
)

// CheckPushed tells why a segment's load spec is none that a push of the segment, by this server or by a task of Druid's, could have made;
// nil if it is one, or one of another kind of storage, bucket or base key, of which this one removes nothing.
func (s *Storage) CheckPushed(segment *druid.DataSegment) error {
	var spec map[string]any
	if err := json.Unmarshal(segment.LoadSpec, &spec); err != nil || spec["type"] == nil || spec["type"] == "" {
		return fmt.Errorf("field [loadSpec] is %.200s, but must be an object with a type", segment.LoadSpec)
	}
	if spec["type"] != "s3_zip" {
		return nil
	}
	key, err := s.within(segment.LoadSpec)
	switch {
	case errors.Is(err, errOutside):
		return nil
	case err != nil:
		return fmt.Errorf("field [loadSpec]: %w", err)
	}
	if !deepstorage.IsPushOf(s.names(key), segment) {
		return fmt.Errorf("field [loadSpec]: key %q is not where the files of segment[%s] are: that is %s%s/%s_%s/%s/%d/%s, with a UUID as one more folder or not",
			key, segment.ID(), s.base, segment.DataSource, segment.Interval.Start, segment.Interval.End, segment.Version,
			segment.ShardSpec.PartitionNum(), deepstorage.ZipName)
	}
	return nil
}

// CheckThere tells why a segment that CheckPushed has passed has no files in this storage. It is nil if they are there, or kept elsewhere. An
// error that is no *deepstorage.MissingError is a fault of the storage.
func (s *Storage) CheckThere(ctx context.Context, segment *druid.DataSegment) error {
	key, err := s.within(segment.LoadSpec)
	if err != nil {
		return nil // elsewhere
	}
	_, err = s.bucket.Stat(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return &deepstorage.MissingError{Path: s.bucket.URL(key), Reason: "is not there"}
	}
	if err != nil {
		return fmt.Errorf("look for the files of segment[%s]: %w", segment.ID(), err)
	}
	return nil
}

package s3

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ovate/internal/bucket"
	"ovate/internal/deepstorage"
)

// Walk implements deepstorage.Places. Keys are listed page by page; there are no folders that could not be read.
func (s *Storage) Walk(ctx context.Context, fn func(*deepstorage.Place) error, _ func(path string, err error)) error {
	err := s.bucket.List(ctx, s.base, func(o bucket.Object) error {
		names := s.names(o.Key)
		if names == nil || len(names) > deepstorage.Depth+1 {
			return nil
		}
		path := strings.TrimPrefix(o.Key, s.base)
		return fn(&deepstorage.Place{
			DataSource: names[0], Interval: names[1], Version: names[2], Partition: names[3],
			Path: path, Key: deepstorage.PathKey(path), Own: len(names) > deepstorage.Depth && s.owner.Owns(names[deepstorage.Depth]),
		})
	})
	if err != nil {
		return fmt.Errorf("look through deep storage: %w", err)
	}
	return nil
}

// mostBehind is how far the clocks of a bucket and of who asks it may differ: S3 refuses requests beyond that.
const mostBehind = 15 * time.Minute

// Measure implements deepstorage.Places.
func (s *Storage) Measure(ctx context.Context, p *deepstorage.Place) (deepstorage.Extent, error) {
	o, err := s.bucket.Stat(ctx, s.base+p.Path)
	return deepstorage.Extent{Size: o.Size, Changed: o.Modified, Behind: mostBehind}, err
}

// Remove implements deepstorage.Places.
func (s *Storage) Remove(ctx context.Context, p *deepstorage.Place) error {
	return s.bucket.Delete(ctx, s.base+p.Path)
}

// abandonedAfter is how old an upload in parts is before its process is taken to be gone.
const abandonedAfter = 24 * time.Hour

// ClearStaging removes the staging folders of processes that are gone, and gives up uploads that were begun by this server, or one with the
// same owner, and never came to an end: nobody sees them, but they take room.
func (s *Storage) ClearStaging(ctx context.Context) error {
	uploads := s.bucket.AbortUploads(ctx, s.base, time.Now().Add(-abandonedAfter), func(key string) bool {
		names := s.names(key)
		return len(names) > deepstorage.Depth && s.owner.Owns(names[deepstorage.Depth])
	})
	return errors.Join(s.staging.Clear(ctx), uploads)
}

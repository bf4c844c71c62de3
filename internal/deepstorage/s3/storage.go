// Package s3 keeps segments in a bucket of S3, or of what speaks like it.
//
// A segment is one object, <base key>/<dataSource>/<start>_<end>/<version>/<partition>/<unique>/index.zip, as Druid's own pusher names those
// of streams: the unique name is that of the push. Colons in times stay.
package s3

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/google/uuid"

	"ovate/druid"
	"ovate/internal/bucket"
	"ovate/internal/deepstorage"
	"ovate/internal/staging"
	"ovate/segment"
)

// Options say where and how to keep segments.
type Options struct {
	Bucket bucket.Config
	// BaseKey is druid.storage.baseKey, what keys begin with.
	BaseKey string
	// S3a (druid.storage.useS3aSchema) names the scheme s3a in load specs.
	S3a bool
	// Staging is a local folder, in which those of all servers on this machine may lie. It is made if missing.
	Staging string
	// Owner is part of the name of each push, so that Walk can tell them from those of other servers. Empty means nobody's.
	Owner deepstorage.Owner
}

// Storage is a deepstorage.Storage in a bucket.
type Storage struct {
	bucket  *bucket.Bucket
	base    string // what keys begin with, with a slash at its end unless it is empty
	schema  string
	owner   deepstorage.Owner
	staging *staging.Folder
	zips    chan struct{} // holds one for each segment that is being zipped, which takes a processor each
}

var (
	_ deepstorage.Storage = (*Storage)(nil)
	_ deepstorage.Places  = (*Storage)(nil)
)

// withdrawPatience is how long a push that has failed may take to remove what may have arrived of it.
const withdrawPatience = 10 * time.Second

// mostKey is how long a key may be, in bytes.
const mostKey = 1024

// Open makes a staging folder and a client. It sends nothing to the bucket.
func Open(ctx context.Context, o Options) (*Storage, error) {
	b, err := bucket.Open(ctx, o.Bucket)
	if err != nil {
		return nil, fmt.Errorf("deep storage: %w", err)
	}
	s := &Storage{bucket: b, schema: "s3n", owner: o.Owner, zips: make(chan struct{}, runtime.GOMAXPROCS(0))}
	if o.S3a {
		s.schema = "s3a"
	}
	if o.BaseKey != "" {
		s.base = o.BaseKey + "/"
	}
	if s.staging, err = staging.Open(o.Staging); err != nil {
		return nil, fmt.Errorf("deep storage: staging: %w", err)
	}
	return s, nil
}

// Close throws the staging folder away.
func (s *Storage) Close() error {
	if err := s.staging.Close(); err != nil {
		return fmt.Errorf("close deep storage %s: %w", s.bucket.URL(s.base), err)
	}
	return nil
}

// Ask asks for the bucket: see there.
func (s *Storage) Ask(ctx context.Context) error { return s.bucket.Ask(ctx, s.base) }

// Staging implements deepstorage.Storage.
func (s *Storage) Staging() string { return s.staging.Path() }

// Push implements deepstorage.Storage. The segment is zipped into a file, which takes no memory to send and may be sent again.
func (s *Storage) Push(ctx context.Context, dir string, pushed druid.DataSegment, interval string) (json.RawMessage, error) {
	loadSpec, err := s.push(ctx, dir, pushed, interval)
	if err != nil {
		return nil, fmt.Errorf("deep storage: %s: %w", pushed.ID(), err)
	}
	return loadSpec, nil
}

func (s *Storage) push(ctx context.Context, dir string, pushed druid.DataSegment, interval string) (json.RawMessage, error) {
	folders, err := deepstorage.Folders(&pushed, interval)
	if err != nil {
		return nil, err
	}
	key := s.base + strings.Join(append(folders, s.owner.NewName(), deepstorage.ZipName), "/")
	if len(key) > mostKey {
		return nil, fmt.Errorf("key %s has %d bytes, and may have no more than %d", s.bucket.URL(key), len(key), mostKey)
	}
	zipped := s.temporary()
	if err = s.zip(ctx, dir, zipped); err != nil {
		return nil, err
	}
	if err = s.put(ctx, key, zipped); err == nil {
		err = os.RemoveAll(dir)
	}
	if err = errors.Join(err, os.Remove(zipped)); err != nil {
		return nil, err
	}
	return s.loadSpec(key), nil
}

// loadSpec has its fields in the order in which Druid writes them.
func (s *Storage) loadSpec(key string) json.RawMessage {
	spec := druid.AppendString([]byte(`{"type":"s3_zip","bucket":`), s.bucket.Name())
	spec = druid.AppendString(append(spec, `,"key":`...), key)
	spec = druid.AppendString(append(spec, `,"S3Schema":`...), s.schema)
	return append(spec, '}')
}

// temporary is the path of a new file in staging.
func (s *Storage) temporary() string { return filepath.Join(s.staging.Path(), uuid.NewString()+".zip") }

func (s *Storage) zip(ctx context.Context, dir, out string) error {
	select {
	case s.zips <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-s.zips }()
	return segment.Zip(ctx, dir, out)
}

// put puts a file where nothing is. Of a put that fails, or whose ctx ends meanwhile, nothing is left, as far as the bucket can be reached.
func (s *Storage) put(ctx context.Context, key, path string) error {
	err := s.bucket.Put(ctx, key, path)
	if ctx.Err() != nil {
		err = errors.Join(context.Cause(ctx), err)
	}
	if err == nil {
		return nil
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), withdrawPatience)
	defer cancel()
	return errors.Join(err, s.bucket.Delete(late, key))
}

// Keeps implements deepstorage.Storage.
func (s *Storage) Keeps(loadSpec json.RawMessage) error {
	if _, err := s.keyOf(loadSpec); err != nil {
		return fmt.Errorf("load spec %s: %w", loadSpec, err)
	}
	return nil
}

// Delete implements deepstorage.Storage.
func (s *Storage) Delete(ctx context.Context, loadSpec json.RawMessage) error {
	key, err := s.keyOf(loadSpec)
	if err != nil {
		return fmt.Errorf("delete segment with load spec %s: %w", loadSpec, err)
	}
	return s.bucket.Delete(ctx, key)
}

// Exists implements deepstorage.Storage.
func (s *Storage) Exists(ctx context.Context, loadSpec json.RawMessage) (bool, error) {
	key, err := s.keyOf(loadSpec)
	if err != nil {
		return false, fmt.Errorf("load spec %s: %w", loadSpec, err)
	}
	_, err = s.bucket.Stat(ctx, key)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Read implements inventory.Files: the segment is fetched into staging for as long as fn takes.
func (s *Storage) Read(ctx context.Context, loadSpec json.RawMessage, fn func(path string) error) error {
	key, err := s.keyOf(loadSpec)
	if err != nil {
		return fmt.Errorf("load spec %s: %w", loadSpec, err)
	}
	path := s.temporary()
	if err = s.bucket.Fetch(ctx, key, path); err == nil {
		err = fn(path)
	}
	if removed := os.Remove(path); !errors.Is(removed, fs.ErrNotExist) {
		err = errors.Join(err, removed)
	}
	return err
}

// Near implements inventory.Files.
func (s *Storage) Near() bool { return false }

// keyOf is the key of a segment; or a deepstorage.ErrElsewhere.
func (s *Storage) keyOf(loadSpec json.RawMessage) (string, error) {
	key, err := s.within(loadSpec)
	if err != nil {
		return "", fmt.Errorf("%w: %w", deepstorage.ErrElsewhere, err)
	}
	return key, nil
}

var errOutside = errors.New("is outside of the deep storage")

// within is keyOf with the reason alone.
func (s *Storage) within(loadSpec json.RawMessage) (string, error) {
	name, key, isS3, err := deepstorage.S3Object(loadSpec)
	switch {
	case err != nil:
		return "", err
	case !isS3:
		return "", errors.New("it is not of type s3_zip")
	case name != s.bucket.Name() || !strings.HasPrefix(key, s.base):
		return "", fmt.Errorf("s3://%s/%s %w %s", name, key, errOutside, s.bucket.URL(s.base))
	case s.names(key) == nil:
		return "", fmt.Errorf("key %q is not that of a segment", key)
	}
	return key, nil
}

// names are those that lead to a segment behind the base key: data source, interval, version, partition, in some cases a unique name. There
// are none if the key is not one of a segment.
func (s *Storage) names(key string) []string {
	names := strings.Split(strings.TrimPrefix(key, s.base), "/")
	last := len(names) - 1
	if last < deepstorage.Depth || names[last] != deepstorage.ZipName {
		return nil
	}
	for _, name := range names {
		if name == "" || name == "." || name == ".." {
			return nil
		}
	}
	return names[:last]
}

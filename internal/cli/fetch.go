package cli

import (
	"context"
	"fmt"

	"ovate/client"
	"ovate/internal/config"
	"ovate/internal/deepstorage"
	"ovate/internal/stores"
	"ovate/segment"
)

// fetching is the flags of commands that read segments which may lie in a bucket.
type fetching struct {
	Config []string          `type:"path" placeholder:"FILE" sep:"none" help:"Where segments are kept in S3: a properties file that says how the bucket is reached, like that of the server; may be repeated. Environment variables may say it, too."`
	Set    map[string]string `short:"D" placeholder:"NAME=VALUE" mapsep:"none" help:"One property, over files and environment."`
}

// segmentFiles reads segments: those in folders where they are, and those in the bucket after they were fetched.
type segmentFiles struct {
	properties func() (*config.Config, error)
	asked      bool
	bucket     stores.SegmentReader // nil: none is known
	err        error                // why it cannot be known
}

// open checks the properties that were named. Those of the environment are none of a command's that meets nothing in a bucket.
// Whoever gets the files closes them.
func (f *fetching) open(environ []string) (*segmentFiles, error) {
	server := serve{Config: f.Config, Set: f.Set, Insecure: true} // nothing is served
	files := &segmentFiles{properties: func() (*config.Config, error) { return config.Load(server.sources(environ)) }}
	if len(f.Config)+len(f.Set) > 0 {
		if files.ask(); files.err != nil {
			return nil, &inputError{files.err}
		}
	}
	return files, nil
}

// ask learns which bucket segments may be in.
func (f *segmentFiles) ask() {
	if f.asked {
		return
	}
	f.asked = true
	var cfg *config.Config
	if cfg, f.err = f.properties(); f.err == nil {
		f.bucket, f.err = stores.ReadSegments(cfg)
	}
}

func (f *segmentFiles) close() error {
	if f.bucket == nil {
		return nil
	}
	return f.bucket.Close()
}

// unreachable is why a segment cannot be read here; empty if it may be.
func (f *segmentFiles) unreachable(s *client.Segment) string {
	if filesOf(s) != "" {
		return ""
	}
	if _, _, isS3, err := deepstorage.S3Object(s.LoadSpec); err != nil || !isS3 {
		return "it is not in a folder that can be read here: " + string(s.LoadSpec)
	}
	switch f.ask(); {
	case f.err != nil:
		return fmt.Sprintf("it is in S3, and how that is reached cannot be told: %v", f.err)
	case f.bucket == nil:
		return "it is in S3, and nothing says how that is reached: name the server's properties with --config; it is " + string(s.LoadSpec)
	}
	return ""
}

// read calls fn with a segment.
func (f *segmentFiles) read(ctx context.Context, s *client.Segment, fn func(*segment.Segment) error) error {
	path := filesOf(s)
	if path != "" || f.bucket == nil {
		return readSegment(path, fn)
	}
	fetched := false
	err := f.bucket.Read(ctx, s.LoadSpec, func(path string) error {
		fetched = true
		return readSegment(path, fn)
	})
	if err != nil && !fetched && ctx.Err() == nil {
		return &inputError{err}
	}
	return err
}

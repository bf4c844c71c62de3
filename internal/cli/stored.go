package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/config"
	"ovate/internal/datadir"
	"ovate/internal/deepstorage"
	"ovate/internal/inventory"
	"ovate/internal/metadata"
	"ovate/internal/stores"
)

// stored tells what is stored. Both a server and, without one, the data folder itself can be asked.
type stored interface {
	// DataSources lists the data sources of which queries see something, by name, with their rows counted.
	DataSources(ctx context.Context) ([]client.DataSource, error)
	// Segments calls fn for each segment of a data source that queries see within an interval, or at any time with nil, in order of
	// time, version and partition, with its rows counted. An error of fn ends it.
	Segments(ctx context.Context, dataSource string, within *druid.Interval, fn func(*client.Segment) error) error
}

// stored is the server of client, but where none was named and none runs on the data folder, and the folder holds data, the folder
// itself. Whoever gets it calls done in the end.
func (r *remote) stored(ctx context.Context) (_ stored, done func() error, err error) {
	if r.URL == "" {
		running, err := datadir.Find(r.Data)
		if err != nil {
			return nil, nil, &inputError{err}
		}
		if running == "" {
			folder, err := openFolder(ctx, r.Data)
			if err == nil {
				return folder, folder.store.Close, nil
			}
			if !errors.Is(err, fs.ErrNotExist) {
				return nil, nil, &inputError{err}
			}
		}
	}
	overlord, err := r.client(ctx)
	return overlord, func() error { return nil }, err
}

// folder is the data folder of a server that does not run.
type folder struct {
	store     metadata.ReadCloser
	inventory *inventory.Inventory
}

func openFolder(ctx context.Context, dir string) (*folder, error) {
	cfg, err := config.Load(config.Sources{Flags: []config.Setting{{Key: "ovate.data", Value: dir, Origin: "--data"}}})
	if err != nil {
		return nil, err
	}
	store, err := stores.ReadMetadata(ctx, cfg)
	if err != nil {
		return nil, err
	}
	files, err := stores.Files(cfg)
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return &folder{store, inventory.New(store, files)}, nil
}

// DataSources implements stored.
func (f *folder) DataSources(ctx context.Context) (list []client.DataSource, err error) {
	err = f.inventory.DataSources(ctx, true, func(d *inventory.DataSource) error {
		list = append(list, client.DataSource{Name: d.Name, Interval: d.Interval, Segments: d.Segments, Size: d.Size, Rows: known(d.Rows), Uncounted: d.Uncounted})
		return nil
	})
	return list, err
}

// Segments implements stored.
func (f *folder) Segments(ctx context.Context, dataSource string, within *druid.Interval, fn func(*client.Segment) error) error {
	q := inventory.Query{DataSource: dataSource, Rows: true}
	if within != nil {
		q.Intervals = []druid.Interval{*within}
	}
	return f.inventory.Segments(ctx, q, func(s *inventory.Segment) error {
		seen := client.Segment{DataSegment: s.DataSegment, Visible: s.Visible, Rows: known(s.Rows), Path: s.Path}
		if s.Uncounted != nil {
			seen.Uncounted = s.Uncounted.Error()
		}
		if s.Unreadable != nil {
			seen.Unreadable = s.Unreadable.Error()
		}
		return fn(&seen)
	})
}

// known is nil for a number that is not known.
func known(rows int64) *int64 {
	if rows == inventory.Unknown {
		return nil
	}
	return &rows
}

// errEnough ends the reading of segments.
var errEnough = errors.New("enough")

// eachSegment calls fn for the segments of a data source. None at all is an error for a data source that is not there.
func eachSegment(ctx context.Context, from stored, w *within, dataSource string, fn func(*client.Segment) error) error {
	interval, err := w.interval()
	if err != nil {
		return err
	}
	n := 0
	err = from.Segments(ctx, dataSource, interval, func(s *client.Segment) error {
		n++
		return fn(s)
	})
	if n == 0 && err == nil {
		err = &inputError{&nothingError{dataSource}}
	}
	if errors.Is(err, errEnough) {
		err = nil
	}
	return err
}

// nothingError is a data source of which queries see nothing in the time asked for.
type nothingError struct{ dataSource string }

func (e *nothingError) Error() string {
	return fmt.Sprintf("nothing is stored of data source %q in that time; `ovate datasources` lists what is", e.dataSource)
}

// whereabouts are the files of a segment, or why they cannot be named.
func whereabouts(s *client.Segment) string {
	switch path := filesOf(s); {
	case s.Unreadable != "":
		return s.Unreadable
	case path == "":
		return "elsewhere: " + string(s.LoadSpec)
	default:
		return path
	}
}

// filesOf is where a segment's files are, if they are in a folder that is known; else "". A server that does not tell has them where the load spec says.
func filesOf(s *client.Segment) string {
	if s.Path != "" || s.Uncounted != "" {
		return s.Path
	}
	path, isLocal, err := deepstorage.LocalPath(s.LoadSpec)
	if err != nil || !isLocal {
		return ""
	}
	return path
}

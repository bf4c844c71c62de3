// Package stores opens what keeps the metadata, the segments and the logs of tasks, of the type that the configuration names. Nothing else in the tree,
// but tests, names an implementation.
package stores

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"ovate/internal/bucket"
	"ovate/internal/config"
	"ovate/internal/deepstorage"
	"ovate/internal/deepstorage/local"
	"ovate/internal/deepstorage/s3"
	"ovate/internal/engine"
	"ovate/internal/inventory"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqldb"
	"ovate/internal/metadata/sqlite"
	"ovate/internal/task"
	"ovate/internal/tasklog"
)

// Metadata opens the metadata store, for a process that has claimed config.Folder. failed is called once if the store cannot be used any
// more, as its disk loses writes or its files were taken away: then the process has to end. Once ctx ends a server is not waited for any more.
// committed is told how many updates have shared each commit, where they do.
func Metadata(ctx context.Context, c *config.Config, log *slog.Logger, failed func(error), committed func(together int)) (metadata.Store, error) {
	m := &c.Metadata
	switch m.Type {
	case config.SQLite:
		if err := notEmptied(c, log); err != nil {
			return nil, err
		}
		store, err := sqlite.Open(sqlite.Options{Path: m.Path, TableBase: m.TablesBase, Log: log, Failed: failed, Committed: committed, Claimed: true})
		if err != nil {
			return nil, err
		}
		return store, nil
	case config.PostgreSQL, config.MySQL:
		return openServer(ctx, c, m.CreateTables, log)
	default:
		return nil, notBuilt("metadata store", m.Type)
	}
}

// ForgetReplaced has the file of the metadata not hold any more what was deleted or replaced in it, as far as this program can do so: a database server has
// means of its own. Nobody may have the metadata open.
func ForgetReplaced(c *config.Config) error {
	if c.Metadata.Type != config.SQLite {
		return nil
	}
	return sqlite.Vacuum(c.Metadata.Path)
}

// openServer opens the metadata in a database server. One that cannot be reached at the start is an error; once it is open, it may come and go.
func openServer(ctx context.Context, c *config.Config, create bool, log *slog.Logger) (metadata.Store, error) {
	store, err := sqldb.Open(ctx, server(c, create, log))
	if err != nil {
		return nil, err
	}
	return store, nil
}

// server is where the metadata are. What a leader has begun there rests no longer than it takes until another may lead.
func server(c *config.Config, create bool, log *slog.Logger) sqldb.Config {
	m := &c.Metadata
	where := sqldb.Config{ConnectURI: m.ConnectURI, User: m.User, Password: m.Password, CreateTables: create, TablesBase: m.TablesBase, Log: log}
	if zk := c.Cluster.ZooKeeper; zk != nil {
		where.Idle = zk.Grace()
	}
	return where
}

// Check finds what a start would refuse of the settings of the metadata that the stores read themselves. It opens nothing.
func Check(c *config.Config) error {
	if c.Metadata.Type == config.SQLite {
		return nil
	}
	return sqldb.Check(server(c, c.Metadata.CreateTables, nil))
}

// ReadMetadata opens the metadata store for a command that only looks at it, whether a server uses it or not, and changes nothing in it.
// The error is fs.ErrNotExist if nothing was ever stored there.
func ReadMetadata(ctx context.Context, c *config.Config) (metadata.ReadCloser, error) {
	m := &c.Metadata
	switch m.Type {
	case config.SQLite:
		return sqlite.OpenReader(sqlite.Options{Path: m.Path, TableBase: m.TablesBase})
	case config.PostgreSQL, config.MySQL:
		return openServer(ctx, c, false, nil)
	default:
		return nil, notBuilt("metadata store", m.Type)
	}
}

// Segments is deep storage, with all that a server asks of it.
type Segments interface {
	deepstorage.Storage
	engine.Storage
	inventory.Files
	io.Closer
}

// Files is where the files of segments are in deep storage, for a command that only looks at them.
func Files(c *config.Config) (inventory.Files, error) {
	d := &c.DeepStorage
	if d.Type != config.Local {
		return nil, notBuilt("deep storage", d.Type)
	}
	return local.Look(d.Directory)
}

// DeepStorage opens deep storage. What is pushed counts as that of owner.
func DeepStorage(c *config.Config, owner deepstorage.Owner) (Segments, error) {
	switch d := &c.DeepStorage; d.Type {
	case config.Local:
		storage, err := local.Open(local.Options{Directory: d.Directory, Zip: d.Zip, Owner: owner, Remote: c.Runner.Type == config.HTTPRemote})
		if err != nil {
			return nil, unusable(c, "druid.storage.storageDirectory", err)
		}
		return storage, nil
	case config.InS3:
		storage, err := s3.Open(context.Background(), s3.Options{Bucket: d.Bucket, BaseKey: d.BaseKey, S3a: d.S3a, Staging: d.Staging, Owner: owner})
		if err != nil {
			return nil, err
		}
		return storage, nil
	default:
		return nil, notBuilt("deep storage", d.Type)
	}
}

// SegmentReader reads segments wherever their load specs say that they are, for a command that only looks at them.
type SegmentReader interface {
	inventory.Files
	io.Closer
}

// ReadSegments is a reader of what is kept in buckets. What it fetches lies in a temporary folder meanwhile. It is nil where deep storage is a
// folder, which everybody reads for himself.
func ReadSegments(c *config.Config) (SegmentReader, error) {
	d := &c.DeepStorage
	if d.Type != config.InS3 {
		return nil, nil
	}
	dir, err := os.MkdirTemp("", "ovate-fetched-")
	if err != nil {
		return nil, fmt.Errorf("fetch segments: %w", err)
	}
	storage, err := s3.Open(context.Background(), s3.Options{Bucket: d.Bucket, BaseKey: d.BaseKey, Staging: dir})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return fetched{storage, dir}, nil
}

// fetched reads from a bucket.
type fetched struct {
	*s3.Storage
	dir string
}

// Close removes what was fetched.
func (f fetched) Close() error { return errors.Join(f.Storage.Close(), os.RemoveAll(f.dir)) }

// Logs is what keeps logs and reports of tasks, with all that a server asks of it.
type Logs interface {
	engine.Logs
	task.Logs
	io.Closer
}

// TaskLogs opens what keeps logs and reports of tasks.
func TaskLogs(c *config.Config, log *slog.Logger) (Logs, error) {
	l := &c.TaskLogs
	files, err := tasklog.Open(l.Directory, log)
	if err != nil {
		return nil, unusable(c, "druid.indexer.logs.directory", err)
	}
	switch l.Type {
	case config.InFiles:
		return files, nil
	case config.InS3:
		archive, err := bucket.Open(context.Background(), l.Bucket)
		if err != nil {
			return nil, fmt.Errorf("task logs: %w", err)
		}
		return tasklog.NewArchive(files, archive, l.Prefix, log), nil
	default:
		return nil, notBuilt("task logs", l.Type)
	}
}

// unusable names the property of a folder that cannot be used, and where its value came from. The value stands in err.
func unusable(c *config.Config, property string, err error) error {
	return fmt.Errorf("%s (%s) must be a folder that this process can make, and write to: %w", property, c.Origin(property), err)
}

// notBuilt is for a type that the configuration lets pass and that is missing here.
func notBuilt(what, kind string) error {
	return fmt.Errorf("%s of type %q: %w", what, kind, errors.ErrUnsupported)
}

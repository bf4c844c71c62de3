package deepstorage

import (
	"context"
	"time"
)

// Place is where files of a segment lie, whether anybody knows them or not, or where a process that is gone was at work.
type Place struct {
	DataSource, Interval, Version, Partition string // as the folders are called; empty in staging
	// Path is below the storage's own folder.
	Path string
	// Key is the PathKey of the place.
	Key string
	// Own places were made by this server, or by one before it on the same metadata.
	Own bool
}

// Staged tells that the place is in staging.
func (p *Place) Staged() bool { return p.DataSource == "" }

// Extent is what a place holds.
type Extent struct {
	Size    int64
	Changed time.Time // when anything in it was written or moved last
	// Behind is by how much the clock that Changed is of may be behind that of this machine.
	Behind time.Duration
}

// Places is a storage that can tell what it holds.
type Places interface {
	// Walk calls fn for every place there is, but for those at which processes are at work in staging. It follows no links. What is
	// made or removed meanwhile may be told or not. A folder that cannot be read is given to unread, by its path below the storage's own
	// folder, and the walk goes on.
	Walk(ctx context.Context, fn func(*Place) error, unread func(path string, err error)) error
	// Measure tells what a place holds; fs.ErrNotExist if it is not there any more.
	Measure(ctx context.Context, p *Place) (Extent, error)
	// Remove removes a place for good. Cut off at any point, what is left of it is a place still. One in staging stays if a process
	// is at work in it.
	Remove(ctx context.Context, p *Place) error
}

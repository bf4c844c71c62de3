// Package deepstorage is the seam to the place where published segments are kept for good, and from which Historicals
// load them. What an implementation must do is fixed by the suite in deepstoragetest.
package deepstorage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"ovate/druid"
)

// Storage keeps segments. Its methods may be called from many goroutines.
type Storage interface {
	// Staging is a local folder on which segments are best built: pushing from there copies nothing, where that is
	// possible. What is left in it when the process ends is thrown away.
	Staging() string

	// Push stores a finished segment, which is the folder dir with its files already synced, and returns the load
	// spec that tells a Historical where it is. dir belongs to the storage from then on; after a success it is gone.
	//
	// interval is the text of the segment's interval in paths, start_end, as druid.Granularity.Path prints it in the
	// granularity's time zone; the other parts of the path are those of the segment's id.
	//
	// Once Push returns nil the segment survives a crash. Each push has a place of its own, of which nothing can be seen until
	// then: two tasks, or two runs of one, that push the same id do not meet, and whoever reads the segment that is published
	// finds the files that were pushed for it, whatever is pushed before or after. One whose ctx has ended puts nothing there.
	Push(ctx context.Context, dir string, segment druid.DataSegment, interval string) (loadSpec json.RawMessage, err error)

	// Keeps tells that a load spec tells of a place of this storage, whether anything is there or not; otherwise it is an ErrElsewhere. It asks
	// nobody else.
	Keeps(loadSpec json.RawMessage) error

	// Delete removes the segment that a load spec tells of, for good. One that is not there any more is no error; a
	// load spec of another kind of storage, or one that leads out of this one, is an ErrElsewhere.
	Delete(ctx context.Context, loadSpec json.RawMessage) error

	// Exists tells whether the segment that a load spec tells of is there: not any more once a Delete has begun, wherever that was
	// cut off. A load spec of another kind of storage, or one that leads out of this one, is an ErrElsewhere.
	Exists(ctx context.Context, loadSpec json.RawMessage) (bool, error)
}

// MissingError tells of files that are not where the load spec of a segment says.
type MissingError struct{ Path, Reason string }

func (e *MissingError) Error() string { return fmt.Sprintf("path %q %s", e.Path, e.Reason) }

// ErrElsewhere means that a load spec tells of no place of this storage.
var ErrElsewhere = errors.New("not in this deep storage")

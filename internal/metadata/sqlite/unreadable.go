package sqlite

import (
	"fmt"
	"log/slog"
	"sync"

	"zombiezen.com/go/sqlite"

	"ovate/druid"
)

// unreadable tells of rows that cannot be decoded: of each once, however often it is read.
type unreadable struct {
	log *slog.Logger

	mu   sync.Mutex
	told map[string]bool // by table and id
}

// maxTold bounds what is remembered; rows beyond it are not told of.
const maxTold = 10_000

// tell logs that a row cannot be read, and returns the reason to hand on.
func (u *unreadable) tell(table, id string, err error) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	key := table + " " + id
	if !u.told[key] && len(u.told) < maxTold {
		u.told[key] = true
		u.log.Error("a row of the metadata cannot be read; it stays as it is", "table", table, "id", id, "error", err)
	}
	return fmt.Errorf("what the metadata hold of it cannot be read: %w", err)
}

// identifySegment reads what the id of a segment tells; columns are those of the id and of the data source.
func identifySegment(stmt *sqlite.Stmt, idColumn, dataSourceColumn int) druid.SegmentID {
	id, err := druid.ParseSegmentID(stmt.ColumnText(dataSourceColumn), stmt.ColumnText(idColumn))
	if err != nil {
		return druid.SegmentID{DataSource: stmt.ColumnText(dataSourceColumn), Version: stmt.ColumnText(idColumn)}
	}
	return id
}

package metadata

import (
	"fmt"
	"log/slog"
	"sync"

	"ovate/druid"
)

// UnreadableLog tells of rows that cannot be decoded: of each once, however often it is read.
type UnreadableLog struct {
	log *slog.Logger

	mu   sync.Mutex
	told map[string]bool // by table and id
}

// NewUnreadableLog makes one that tells log; nil discards.
func NewUnreadableLog(log *slog.Logger) *UnreadableLog {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &UnreadableLog{log: log, told: map[string]bool{}}
}

// maxTold bounds what is remembered; rows beyond it are not told of.
const maxTold = 10_000

// Tell logs that a row cannot be read, and returns the reason to hand on.
func (u *UnreadableLog) Tell(table, id string, err error) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	key := table + " " + id
	if !u.told[key] && len(u.told) < maxTold {
		u.told[key] = true
		u.log.Error("a row of the metadata cannot be read; it stays as it is", "table", table, "id", id, "error", err)
	}
	return fmt.Errorf("what the metadata hold of it cannot be read: %w", err)
}

// IdentifySegment reads what the id of a segment tells, where nothing else of its row can be read.
func IdentifySegment(dataSource, id string) druid.SegmentID {
	parsed, err := druid.ParseSegmentID(dataSource, id)
	if err != nil {
		return druid.SegmentID{DataSource: dataSource, Version: id}
	}
	return parsed
}

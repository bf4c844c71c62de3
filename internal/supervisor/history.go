package supervisor

import (
	"bytes"
	"context"
	"errors"

	"ovate/internal/metadata"
	"ovate/internal/secret"
)

// Version is one that a supervisor has, or had; the last one of a terminated supervisor tells that it is.
type Version struct {
	Spec []byte // as it may be shown
	Time string // when it was stored
}

// History calls fn for the versions of a supervisor, the newest first: for no more than most, below zero all. Of those it leaves out whose data source one may not
// read; nil: may reads all. As in Druid it leaves out those that cannot be read. Few of them are in memory at a time, and fn may take its time.
func (m *Manager) History(ctx context.Context, id string, most int, may func(dataSource string) bool, fn func(Version) error) error {
	if most == 0 {
		return nil
	}
	seen := 0
	err := m.options.Store.SupervisorVersions(ctx, id, -1, func(row *metadata.SupervisorRow) error {
		if row.Unreadable != nil {
			return nil
		}
		v := Version{bytes.TrimSpace(row.Payload), row.Version}
		if may == nil || v.readable(may) {
			v.Spec = secret.Hide(v.Spec)
			if err := fn(v); err != nil {
				return err
			}
		}
		if seen++; seen == most {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return err
}

// errEnough ends a reading early.
var errEnough = errors.New("no more is asked for")

// IDs are those of all supervisors that there are or were.
func (m *Manager) IDs(ctx context.Context) ([]string, error) {
	return m.options.Store.SupervisorIDs(ctx)
}

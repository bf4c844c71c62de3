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

// errEnough ends a reading early.
var errEnough = errors.New("no more is asked for")

// History is the versions of a supervisor, the newest first: no more than most, below zero all. As in Druid those are left out that cannot be read.
func (m *Manager) History(ctx context.Context, id string, most int) (versions []Version, err error) {
	return m.ReadableHistory(ctx, id, most, nil)
}

// ReadableHistory are those of History of which one may read all data sources; nil: all. Of the others no more than one is in memory at a time.
func (m *Manager) ReadableHistory(ctx context.Context, id string, most int, may func(dataSource string) bool) (versions []Version, err error) {
	seen := 0
	err = m.options.Store.SupervisorVersions(ctx, id, -1, func(row *metadata.SupervisorRow) error {
		if seen == most {
			return errEnough
		}
		if row.Unreadable != nil {
			return nil
		}
		seen++
		if v := (Version{bytes.TrimSpace(row.Payload), row.Version}); may == nil || v.readable(may) {
			versions = append(versions, Version{bytes.Clone(secret.Hide(v.Spec)), row.Version})
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return versions, err
}

// EachHistory calls fn for each supervisor that there is or was, with its ReadableHistory unless that is empty.
func (m *Manager) EachHistory(ctx context.Context, may func(dataSource string) bool, fn func(id string, versions []Version) error) error {
	rows, err := m.options.Store.Supervisors(ctx)
	for i := 0; i < len(rows) && err == nil; i++ {
		var versions []Version
		if versions, err = m.ReadableHistory(ctx, rows[i].SpecID, -1, may); err == nil && len(versions) > 0 {
			err = fn(rows[i].SpecID, versions)
		}
	}
	return err
}

package sqldb

import (
	"unicode/utf8"

	"ovate/druid"
	"ovate/internal/metadata"
)

// field is a name that a column is to hold, and what it is called where it came from.
type field struct{ called, column, value string }

// mustFit refuses names that are longer than their columns: MySQL would cut blanks off, and no database says which one it is.
func (s *Store) mustFit(table string, fields ...field) error {
	for _, f := range fields {
		most := s.found.width(table, f.column)
		if n := utf8.RuneCountInString(f.value); most > 0 && n > most {
			return refuse("field [%s] has %d characters, and at most %d are possible, as column %s of table %s holds no more: [%s]",
				f.called, n, most, f.column, s.names.table(table), cut(f.value, most))
		}
	}
	return nil
}

// mustTell refuses a data source that the database would take for another one.
func (s *Store) mustTell(dataSource string) error {
	if !s.dialect.endsBlank(dataSource) {
		return nil
	}
	return refuse("data source[%s] ends with a blank, and %s takes it for the one without: it needs another name", dataSource, s.dialect.name)
}

// mustBeAlone refuses a name if the key of a table takes it for another one that is there.
func (t *transaction) mustBeAlone(table, key, given string) error {
	if !t.store.dialect.loose {
		return nil
	}
	other := given
	err := t.conn.query(`SELECT `+key+` FROM {`+table+`} WHERE `+key+` = ?`, func(scan scan) error { return scan(&other) }, given)
	if err == nil && other != given {
		err = refuse("field [%s] is [%s], and [%s] is there, which the collation of column %s of table %s takes for the same: it needs another name",
			key, given, other, key, t.store.names.table(table))
	}
	return err
}

// mustHoldSegments refuses a data source that is to have segments and whose name is so long that the id of none fits. Ids are
// dataSource_start_end_version: the version is that of a lock, a time, or that of a segment which is there.
func (t *transaction) mustHoldSegments(dataSource string) error {
	const times, version = len("_2026-01-01T00:00:00.000Z_2026-01-02T00:00:00.000Z_"), len("2026-01-01T00:00:00.000Z")
	most := t.store.found.width("segments", "id")
	n := utf8.RuneCountInString(dataSource)
	if most == 0 || n+times+version <= most {
		return nil
	}
	there := false
	for _, table := range []string{"segments", "pendingSegments"} {
		err := t.conn.query(`SELECT 1 FROM {`+table+`} WHERE {is dataSource} LIMIT 1`, func(scan) error {
			there = true
			return nil
		}, name(dataSource))
		if err != nil {
			return err
		}
	}
	if there {
		return nil
	}
	return refuse("field [dataSource] has %d characters, and at most %d are possible, as the ids of its segments have %d more, and column id of table %s holds %d: [%s]",
		n, most-times-version, times+version, t.store.names.table("segments"), most, dataSource)
}

func refuse(format string, args ...any) error {
	return &metadata.PermanentError{Err: druid.InvalidInput(format, args...)}
}

// mustHoldSegment refuses the id of a segment that the database cannot store.
func (s *Store) mustHoldSegment(id druid.SegmentID) error {
	if err := s.mustFit("segments", field{"dataSource", "dataSource", id.DataSource}, field{"version", "version", id.Version}, field{"identifier", "id", id.String()}); err != nil {
		return err
	}
	return s.mustTell(id.DataSource)
}

// mustHoldPending is mustHoldSegment for one that is pending.
func (s *Store) mustHoldPending(row *metadata.PendingRow) error {
	err := s.mustFit("pendingSegments", field{"dataSource", "dataSource", row.ID.DataSource}, field{"id of the segment", "id", row.ID.String()},
		field{"sequenceName", "sequence_name", row.SequenceName}, field{"previousSegmentId", "sequence_prev_id", row.PreviousID}, field{"groupId", "task_allocator_id", row.Allocator})
	if err != nil {
		return err
	}
	return s.mustTell(row.ID.DataSource)
}

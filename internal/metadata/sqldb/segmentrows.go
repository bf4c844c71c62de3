package sqldb

import (
	"fmt"
	"slices"

	"ovate/internal/metadata"
)

// InsertSegments implements metadata.Tx. It looks first which there are: should another transaction add one meanwhile, one of the two is
// run again.
func (t *transaction) InsertSegments(rows []metadata.SegmentRow) (inserted []string, err error) {
	const most = 100 // in one statement
	for len(rows) > 0 {
		n := min(len(rows), most)
		some, err := t.insertSegments(rows[:n])
		if err != nil {
			return nil, err
		}
		inserted, rows = append(inserted, some...), rows[n:]
	}
	return inserted, nil
}

func (t *transaction) insertSegments(rows []metadata.SegmentRow) (inserted []string, err error) {
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].Segment.ID().String()
	}
	there, other := map[string]bool{}, ""
	err = t.conn.query(`SELECT id FROM {segments} WHERE id IN (`+marks(len(ids))+`)`, func(scan scan) error {
		var id string
		err := scan(&id)
		if !slices.Contains(ids, id) {
			other = id
		}
		there[id] = true
		return err
	}, anys(ids)...)
	if err == nil && other != "" {
		err = refuse("segment[%s] is there, and the collation of the database takes one of the new segments for the same: "+
			"column id of table %s has to tell upper case from lower case, or the data source needs another name", other, t.store.names.table("segments"))
	}
	if err != nil {
		return nil, fmt.Errorf("look for segment %s and %d others: %w", ids[0], len(ids)-1, err)
	}
	columns := `id, dataSource, created_date, start, {end}, partitioned, version, used, payload`
	updated, upgraded := t.store.found.has("segments", "used_status_last_updated"), t.store.found.has("segments", "upgraded_from_segment_id")
	if updated {
		columns += `, used_status_last_updated`
	}
	if upgraded {
		columns += `, upgraded_from_segment_id`
	}
	values := ""
	var args []any
	for i := range rows {
		if there[ids[i]] {
			continue
		}
		there[ids[i]] = true
		s := &rows[i].Segment
		if err := t.store.mustHoldSegment(s.ID()); err != nil {
			return nil, fmt.Errorf("insert segment %.300s: %w", ids[i], err)
		}
		before := len(args)
		args = append(args, ids[i], s.DataSource, rows[i].Created, s.Interval.Start, s.Interval.End, true, s.Version, rows[i].Used, s.AppendJSON(nil))
		if updated {
			args = append(args, rows[i].UsedStatusLastUpdated)
		}
		if upgraded {
			args = append(args, textOrNull(rows[i].UpgradedFrom))
		}
		values += `, (` + marks(len(args)-before) + `)`
		inserted = append(inserted, ids[i])
	}
	if len(inserted) == 0 {
		return nil, nil
	}
	if err := t.conn.mustExec(len(inserted), `INSERT INTO {segments}(`+columns+`) VALUES `+values[2:], args...); err != nil {
		return nil, fmt.Errorf("insert segment %s and %d others: %w", inserted[0], len(inserted)-1, err)
	}
	return inserted, nil
}

// DeleteSegments implements metadata.Tx.
func (t *transaction) DeleteSegments(ids []string) (int, error) {
	deleted, err := execEach(t.conn, `DELETE FROM {segments} WHERE used = FALSE AND`, ids)
	if err != nil {
		return 0, fmt.Errorf("delete %d segments: %w", len(ids), err)
	}
	return deleted, nil
}

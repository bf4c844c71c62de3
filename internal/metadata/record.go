package metadata

import "ovate/druid"

// Record is a row of the one table that is this program's own, druid_ovateRecords: what Druid has no place for, and what a Java Overlord neither sees nor needs. The
// table is made when the first record is written (Store.MakeRecords); until then there are none.
type Record struct {
	// Kind is what the record is of, a word of at most 32 letters of ASCII, and ID what tells it from others of its kind: at most 1,500 bytes.
	Kind, ID string
	// At is a time that whoever keeps the record gives a meaning: it is what DeleteRecordsBefore goes by.
	At      druid.Instant
	Payload []byte
}

// RecordQuery selects records of a kind.
type RecordQuery struct {
	Kind string
	// Prefix is what their ids begin with, and After the id behind which they begin; empty is all.
	Prefix, After string
	// Max is the most records wanted, at least one.
	Max int
}

// Bounds are the ids between which the records lie: from the first one on, and before the second one, unless that is empty.
func (q *RecordQuery) Bounds() (from, before []byte) {
	from = []byte(q.Prefix)
	if q.After >= q.Prefix && q.After != "" {
		from = append([]byte(q.After), 0)
	}
	for before = []byte(q.Prefix); len(before) > 0; before = before[:len(before)-1] {
		if last := len(before) - 1; before[last] < 0xff {
			before[last]++
			break
		}
	}
	return from, before
}

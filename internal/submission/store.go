package submission

import (
	"context"

	"ovate/internal/metadata"
)

// Kinds of records: submissions that have not ended, those that have, and what the tasks of the first are to be.
const (
	kindActive = "submission"
	kindEnded  = "submission.ended"
	kindTask   = "submission.task"
)

// active reads a submission that has not ended, or returns metadata.ErrNotFound.
func active(ctx context.Context, r metadata.Reader, id string) (*Submission, error) {
	return stored(ctx, r, kindActive, id)
}

func stored(ctx context.Context, r metadata.Reader, kind, id string) (*Submission, error) {
	record, err := r.Record(ctx, kind, id)
	if err != nil {
		return nil, err
	}
	return read(record.Payload)
}

// put stores a submission, among those that have ended if it has.
func put(tx metadata.Tx, s *Submission) error {
	payload, err := s.json()
	if err != nil {
		return err
	}
	record := metadata.Record{Kind: kindActive, ID: s.ID, At: s.Created, Payload: payload}
	if !s.Over() {
		return tx.PutRecord(record)
	}
	record.Kind, record.At = kindEnded, *s.Ended
	if _, err := tx.DeleteRecord(kindActive, s.ID); err != nil {
		return err
	}
	if _, err := tx.DeleteRecord(kindTask, s.ID); err != nil {
		return err
	}
	return tx.PutRecord(record)
}

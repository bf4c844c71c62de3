package sqlite

import (
	"context"
	"fmt"

	"ovate/internal/metadata"
)

// term is the epoch of the term that began last. It is not stored: as long as this process has the database no other one can, and what an
// earlier process was about to write has ended with it. Only transactions use it.
type term struct{ epoch int64 }

// BeginTerm implements metadata.Store. The transactions of the former term have ended when it is its turn.
func (s *Store) BeginTerm(ctx context.Context, epoch int64) (int64, error) {
	err := s.Update(ctx, func(metadata.Tx) error {
		if epoch == 0 {
			epoch = s.term.epoch + 1
		}
		if epoch < s.term.epoch {
			return fmt.Errorf("term %d comes after term %d: %w", epoch, s.term.epoch, metadata.ErrTermOver)
		}
		s.term.epoch = epoch
		return nil
	})
	return epoch, err
}

// InTerm implements metadata.Tx.
func (c *conn) InTerm(epoch int64) error {
	if epoch != c.term.epoch {
		return fmt.Errorf("term %d follows term %d: %w", c.term.epoch, epoch, metadata.ErrTermOver)
	}
	return nil
}

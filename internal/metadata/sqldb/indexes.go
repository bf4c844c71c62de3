package sqldb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// addIndexes makes the indexes that are missing, beside those who write.
func (s *Store) addIndexes(ctx context.Context) error {
	var failed []error
	for i := range tables {
		if tables[i].own { // it is made with its indexes
			continue
		}
		for _, index := range s.indexesOf(&tables[i]) {
			if s.found.has(index.table, s.indexName(index)) {
				continue
			}
			s.log.Info("an index of the metadata is made", "index", s.indexName(index))
			if s.dialect.dropBroken != "" { // what a build that was cut off has left
				if err := s.dropBroken(ctx, index); err != nil {
					failed = append(failed, err)
					continue
				}
			}
			if err := s.makeIndex(ctx, index, s.dialect.createBeside); err != nil {
				failed = append(failed, err)
			}
		}
	}
	return errors.Join(failed...)
}

func (s *Store) dropBroken(ctx context.Context, index index) error {
	broken, err := s.list(ctx, s.dialect.dropBroken, s.indexName(index))
	for _, statement := range broken {
		if err == nil {
			err = s.define(ctx, statement)
		}
	}
	if err != nil {
		return fmt.Errorf("drop index %s, which was not finished: %w", s.indexName(index), err)
	}
	return nil
}

func (s *Store) indexesOf(t *table) []index {
	return slices.DeleteFunc(slices.Concat(t.indexes, s.dialect.own), func(i index) bool { return i.table != t.suffix })
}

func (s *Store) indexName(i index) string {
	name := "idx_" + s.names.table(i.table) + "_" + i.suffix
	const longest = 63 // PostgreSQL cuts names at this length, MySQL refuses names of more than 64
	return name[:min(len(name), longest)]
}

// makeIndex makes an index, and the column that is generated for it.
func (s *Store) makeIndex(ctx context.Context, i index, create string) error {
	if column, _, _ := strings.Cut(i.generated, " "); column != "" {
		columns, err := s.columnsOf(ctx, i.table)
		if _, there := columns[column]; err == nil && !there {
			err = s.addColumn(ctx, i.table, i.generated)
		}
		if err != nil {
			return err
		}
	}
	columns, condition, partial := strings.Cut(i.columns, " WHERE ")
	if partial {
		condition = " WHERE " + condition
	}
	if err := s.define(ctx, create+s.indexName(i)+" ON "+s.names.table(i.table)+" ("+columns+")"+condition); err != nil {
		return fmt.Errorf("create index %s: %w", s.indexName(i), err)
	}
	return nil
}

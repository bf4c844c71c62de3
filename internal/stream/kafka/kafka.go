// Package kafka answers for topics of Kafka, with what Java's consumer is configured by. It joins no group, commits no offset and reads no record.
package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"ovate/internal/stream"
)

// Stream is the topics of one supervisor. Clients makes it.
type Stream struct {
	client  *client // which others may use as well
	config  Config
	topics  Topics
	lasts   context.Context // ends when it is closed
	end     context.CancelFunc
	release func()
	leaders atomic.Pointer[map[stream.Partition]int32] // of partitions, as far as they are known; nil before that was asked
}

var _ stream.Stream = (*Stream)(nil)

// Close ends what waits for an answer, and the connections, unless another stream uses them.
func (s *Stream) Close() {
	s.end()
	s.release()
}

// asking is a context with the time that there is for one question. It ends with the stream as well.
func (s *Stream) asking(ctx context.Context) (context.Context, context.CancelFunc) {
	asking, cancel := context.WithTimeout(ctx, s.config.timeout)
	stop := context.AfterFunc(s.lasts, cancel)
	if s.lasts.Err() != nil {
		cancel() // at once, as others may have the client answer
	}
	return asking, func() {
		stop()
		cancel()
	}
}

// What brokers take for a time, and for an isolation level.
const (
	earliest, latest         = -2, -1
	uncommitted, isCommitted = 0, 1
)

// Earliest are the offsets where the logs begin.
func (s *Stream) Earliest(ctx context.Context, of []stream.Partition) (map[stream.Partition]stream.Sequence, error) {
	found, err := s.list(ctx, of, earliest, uncommitted)
	return sequences(found), err
}

// Latest are the offsets of the next records, or of the first ones in transactions that have not ended, where the isolation level is read_committed.
func (s *Stream) Latest(ctx context.Context, of []stream.Partition) (map[stream.Partition]stream.Sequence, error) {
	isolation := int8(uncommitted)
	if s.config.committed {
		isolation = isCommitted
	}
	found, err := s.list(ctx, of, latest, isolation)
	return sequences(found), err
}

// Available compares offsets with those where the logs begin and end, transactions that have not ended included.
func (s *Stream) Available(ctx context.Context, at map[stream.Partition]stream.Sequence) (map[stream.Partition]bool, error) {
	var of []stream.Partition
	wanted := map[stream.Partition]int64{}
	for p, sequence := range at {
		offset, err := offset(sequence)
		if err != nil {
			return nil, fmt.Errorf("topic[%s], partition %s: %w", p.Stream, p.ID, err)
		}
		wanted[p] = offset
		of = append(of, p)
	}
	slices.SortFunc(of, func(a, b stream.Partition) int {
		return cmp.Or(cmp.Compare(a.Stream, b.Stream), cmp.Compare(a.ID, b.ID))
	})
	from, err := s.list(ctx, of, earliest, uncommitted)
	if err != nil && len(from) == 0 {
		return nil, err
	}
	of = slices.DeleteFunc(of, func(p stream.Partition) bool { _, known := from[p]; return !known })
	to, other := s.list(ctx, of, latest, uncommitted)
	available := map[stream.Partition]bool{}
	for p, end := range to {
		available[p] = from[p] <= wanted[p] && wanted[p] <= end
	}
	return available, errors.Join(err, other)
}

func sequences(offsets map[stream.Partition]int64) map[stream.Partition]stream.Sequence {
	all := make(map[stream.Partition]stream.Sequence, len(offsets))
	for p, offset := range offsets {
		all[p] = sequence(offset)
	}
	return all
}

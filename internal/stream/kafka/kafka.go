// Package kafka answers for topics of Kafka, with what Java's consumer is configured by. It joins no group, commits no offset and reads no record.
package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"ovate/internal/stream"
)

// Stream is the topics of one supervisor. Clients makes it.
type Stream struct {
	client  *kgo.Client // which others may use as well
	config  Config
	topics  Topics
	lasts   context.Context // ends when it is closed
	end     context.CancelFunc
	release func()
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

// Partitions asks for those of all topics, in the order of their names and numbers.
func (s *Stream) Partitions(ctx context.Context) ([]stream.Partition, error) {
	asking, cancel := s.asking(ctx)
	defer cancel()
	request := kmsg.NewPtrMetadataRequest() // of all topics
	if s.topics.pattern == nil {
		topic := kmsg.NewMetadataRequestTopic()
		topic.Topic = &s.topics.name
		request.Topics = []kmsg.MetadataRequestTopic{topic}
	}
	response, err := request.RequestWith(asking, s.client)
	if err == nil {
		err = kerr.ErrorForCode(response.ErrorCode)
	}
	if err != nil {
		return nil, s.explain(ctx, asking, s.topics.String(), err)
	}
	var all []stream.Partition
	var errs []error
	slices.SortFunc(response.Topics, func(a, b kmsg.MetadataResponseTopic) int { return cmp.Compare(nameOf(a), nameOf(b)) })
	for _, topic := range response.Topics {
		name := nameOf(topic)
		if !s.topics.Match(name) {
			continue
		}
		if err := kerr.ErrorForCode(topic.ErrorCode); err != nil {
			errs = append(errs, s.explain(ctx, asking, fmt.Sprintf("topic[%s]", name), err))
			continue
		}
		slices.SortFunc(topic.Partitions, func(a, b kmsg.MetadataResponseTopicPartition) int { return cmp.Compare(a.Partition, b.Partition) })
		for _, partition := range topic.Partitions { // those without a leader, too
			all = append(all, partitionOf(name, partition.Partition))
		}
	}
	return all, errors.Join(errs...)
}

func nameOf(topic kmsg.MetadataResponseTopic) string {
	if topic.Topic == nil {
		return ""
	}
	return *topic.Topic
}

func partitionOf(topic string, number int32) stream.Partition {
	return stream.Partition{Stream: topic, ID: strconv.Itoa(int(number))}
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

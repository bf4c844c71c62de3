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

// allTopics tells whether a question is about all topics that there are. It is asked apart from those about some.
type allTopics bool

// lookup asks about a topic, or about all.
type lookup struct {
	topic string
	found []kmsg.MetadataResponseTopic // by name, with their partitions by number
	err   error
}

// lookUp asks one broker, whichever it is, about the topics of many.
func lookUp(ctx context.Context, client *kgo.Client, about allTopics, many []*lookup) {
	request := kmsg.NewPtrMetadataRequest() // of all topics
	if !about {
		named := map[string]bool{}
		request.Topics = []kmsg.MetadataRequestTopic{}
		for _, l := range many {
			if !named[l.topic] {
				named[l.topic] = true
				topic := kmsg.NewMetadataRequestTopic()
				topic.Topic = &l.topic
				request.Topics = append(request.Topics, topic)
			}
		}
	}
	response, err := request.RequestWith(ctx, client)
	if err == nil {
		err = kerr.ErrorForCode(response.ErrorCode)
	}
	if err != nil {
		for _, l := range many {
			l.err = err
		}
		return
	}
	slices.SortFunc(response.Topics, func(a, b kmsg.MetadataResponseTopic) int { return cmp.Compare(nameOf(a), nameOf(b)) })
	for _, topic := range response.Topics {
		slices.SortFunc(topic.Partitions, func(a, b kmsg.MetadataResponseTopicPartition) int { return cmp.Compare(a.Partition, b.Partition) })
	}
	for _, l := range many {
		l.found = response.Topics
		if !about {
			from, is := slices.BinarySearchFunc(response.Topics, l.topic, func(t kmsg.MetadataResponseTopic, name string) int { return cmp.Compare(nameOf(t), name) })
			l.found = nil
			if is {
				l.found = response.Topics[from : from+1]
			}
		}
	}
}

// Partitions asks for those of all topics, in the order of their names and numbers. That no topic matches a pattern is an error, as that there is none of
// a name is: whoever has sent the pattern would wait for rows that nobody reads.
func (s *Stream) Partitions(ctx context.Context) ([]stream.Partition, error) {
	asking, cancel := s.asking(ctx)
	defer cancel()
	l := &lookup{}
	if s.topics.pattern == nil {
		l.topic = s.topics.name
	}
	err := asking.Err()
	if err == nil {
		err = s.client.lookups.put(allTopics(s.topics.pattern != nil), l).wait(asking)
	}
	if err == nil {
		err = l.err
	}
	if err != nil {
		return nil, s.explain(ctx, asking, s.topics.String(), err)
	}
	var all []stream.Partition
	var errs []error
	leaders := map[stream.Partition]int32{}
	for _, topic := range l.found {
		name := nameOf(topic)
		if !s.topics.Match(name) {
			continue
		}
		if err := kerr.ErrorForCode(topic.ErrorCode); err != nil {
			errs = append(errs, s.explain(ctx, asking, fmt.Sprintf("topic[%s]", name), err))
			continue
		}
		for _, partition := range topic.Partitions { // those without a leader, too
			p := partitionOf(name, partition.Partition)
			all = append(all, p)
			if partition.Leader >= 0 && partition.ErrorCode == 0 {
				leaders[p] = partition.Leader
			}
		}
	}
	s.leaders.Store(&leaders)
	switch {
	case len(all) > 0 || len(errs) > 0:
	case s.topics.pattern == nil: // a topic has at least one
		errs = append(errs, s.explain(ctx, asking, s.topics.String(), errors.New("the broker has left its partitions out of its answer")))
	default:
		errs = append(errs, &stream.MissingError{What: fmt.Sprintf("a topic whose whole name matches[%s]", s.topics.name)})
	}
	return slices.Compact(all), errors.Join(errs...)
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

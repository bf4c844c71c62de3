package kafka

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"ovate/internal/stream"
)

// list asks the leaders of partitions for offsets. It returns those that it got, whatever the error for others is.
func (s *Stream) list(ctx context.Context, of []stream.Partition, time int64, isolation int8) (map[stream.Partition]int64, error) {
	found := make(map[stream.Partition]int64, len(of))
	topics, err := offsetTopics(of, time)
	if err != nil || len(of) == 0 {
		return found, err
	}
	request := kmsg.NewPtrListOffsetsRequest()
	request.ReplicaID, request.IsolationLevel, request.Topics = -1, isolation, topics
	asking, cancel := s.asking(ctx)
	defer cancel()
	failed := map[stream.Partition]error{}
	for _, shard := range s.client.RequestSharded(asking, request) {
		answered(shard, func(p stream.Partition, offset int64, err error) {
			if err != nil {
				failed[p] = err
			} else {
				found[p] = offset
			}
		})
	}
	var all failures
	for _, p := range of {
		if _, known := found[p]; !known && failed[p] == nil {
			failed[p] = errors.New("the broker has left it out of its answer")
		}
		if err := failed[p]; err != nil {
			all.add(p, err)
		}
	}
	return found, all.error(func(what string, err error) error { return s.explain(ctx, asking, what, err) })
}

// offsetTopics is what is asked about partitions.
func offsetTopics(of []stream.Partition, time int64) ([]kmsg.ListOffsetsRequestTopic, error) {
	var topics []kmsg.ListOffsetsRequestTopic
	places := map[string]int{} // of topics
	for _, p := range of {
		number, err := strconv.ParseInt(p.ID, 10, 32)
		if err != nil || number < 0 {
			return nil, fmt.Errorf("topic[%s]: %q is no partition of Kafka: that is a whole number from 0", p.Stream, p.ID)
		}
		place, known := places[p.Stream]
		if !known {
			place = len(topics)
			places[p.Stream] = place
			topic := kmsg.NewListOffsetsRequestTopic()
			topic.Topic = p.Stream
			topics = append(topics, topic)
		}
		partition := kmsg.NewListOffsetsRequestTopicPartition()
		partition.Partition, partition.Timestamp = int32(number), time
		topics[place].Partitions = append(topics[place].Partitions, partition)
	}
	return topics, nil
}

// answered calls fn for each partition that one broker was asked about.
func answered(shard kgo.ResponseShard, fn func(p stream.Partition, offset int64, err error)) {
	if response, ok := shard.Resp.(*kmsg.ListOffsetsResponse); ok && shard.Err == nil {
		for _, topic := range response.Topics {
			for _, partition := range topic.Partitions {
				err := kerr.ErrorForCode(partition.ErrorCode)
				if err == nil && partition.Offset < 0 {
					err = kerr.OffsetNotAvailable
				}
				fn(partitionOf(topic.Topic, partition.Partition), partition.Offset, err)
			}
		}
		return
	}
	if request, ok := shard.Req.(*kmsg.ListOffsetsRequest); ok {
		for _, topic := range request.Topics {
			for _, partition := range topic.Partitions {
				fn(partitionOf(topic.Topic, partition.Partition), 0, shard.Err)
			}
		}
	}
}

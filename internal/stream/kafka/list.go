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

// list asks the leaders of partitions for offsets. It returns those that it got, whatever the error for others is. A leader that was known a moment ago is
// asked together with others. What it does not know is asked once more alone, and with patience, as leaders change.
func (s *Stream) list(ctx context.Context, of []stream.Partition, time int64, isolation int8) (map[stream.Partition]int64, error) {
	found := make(map[stream.Partition]int64, len(of))
	if err := checkNumbers(of); err != nil || len(of) == 0 {
		return found, err
	}
	asking, cancel := s.asking(ctx)
	defer cancel()
	failed := map[stream.Partition]error{}
	s.listOfLeaders(asking, of, time, isolation, found)
	var rest []stream.Partition
	for _, p := range of {
		if _, told := found[p]; !told {
			rest = append(rest, p)
		}
	}
	if len(rest) > 0 {
		request := listRequest(rest, time, isolation)
		for _, shard := range s.client.RequestSharded(asking, request) {
			answered(shard, func(p stream.Partition, offset int64, err error) {
				if err != nil {
					failed[p] = err
				} else {
					found[p] = offset
				}
			})
		}
	}
	var all failures
	for _, p := range rest {
		if _, known := found[p]; !known && failed[p] == nil {
			failed[p] = errors.New("the broker has left it out of its answer")
		}
		if err := failed[p]; err != nil {
			all.add(p, err)
		}
	}
	return found, all.error(func(what string, err error) error { return s.explain(ctx, asking, what, err) })
}

// listing is what is asked about partitions of one leader.
type listing struct {
	leader    int32
	time      int64
	isolation int8
}

// places are offsets that one caller asks for.
type places struct {
	of    []stream.Partition
	found map[stream.Partition]int64 // of the partitions of all who have asked
}

// listOfLeaders adds the offsets that leaders tell which are known.
func (s *Stream) listOfLeaders(asking context.Context, of []stream.Partition, time int64, isolation int8, found map[stream.Partition]int64) {
	leaders := s.leaders.Load()
	if leaders == nil || asking.Err() != nil {
		return
	}
	by := map[int32]*places{}
	for _, p := range of {
		leader, known := (*leaders)[p]
		if !known {
			continue
		}
		if by[leader] == nil {
			by[leader] = &places{}
		}
		by[leader].of = append(by[leader].of, p)
	}
	var questions []question[places]
	for leader, asked := range by {
		questions = append(questions, s.client.listed.put(listing{leader, time, isolation}, asked))
	}
	for _, q := range questions {
		if q.wait(asking) != nil {
			continue // the others may have been answered
		}
		for _, p := range q.asked.of {
			if offset, told := q.asked.found[p]; told {
				found[p] = offset
			}
		}
	}
}

// listTogether asks a leader about the partitions of many.
func listTogether(ctx context.Context, client *kgo.Client, l listing, many []*places) {
	asked := map[stream.Partition]bool{}
	var of []stream.Partition
	for _, q := range many {
		for _, p := range q.of {
			if !asked[p] {
				asked[p] = true
				of = append(of, p)
			}
		}
	}
	found := make(map[stream.Partition]int64, len(of))
	request := listRequest(of, l.time, l.isolation)
	response, err := client.Broker(int(l.leader)).Request(ctx, request)
	answered(kgo.ResponseShard{Req: request, Resp: response, Err: err}, func(p stream.Partition, offset int64, err error) {
		if err == nil {
			found[p] = offset
		}
	})
	for _, q := range many {
		q.found = found
	}
}

// checkNumbers has an error about a partition that has no number.
func checkNumbers(of []stream.Partition) error {
	for _, p := range of {
		if number, err := strconv.ParseInt(p.ID, 10, 32); err != nil || number < 0 {
			return fmt.Errorf("topic[%s]: %q is no partition of Kafka: that is a whole number from 0", p.Stream, p.ID)
		}
	}
	return nil
}

// listRequest is what is asked about partitions, all of which have a number.
func listRequest(of []stream.Partition, time int64, isolation int8) *kmsg.ListOffsetsRequest {
	request := kmsg.NewPtrListOffsetsRequest()
	request.ReplicaID, request.IsolationLevel = -1, isolation
	places := map[string]int{} // of topics
	for _, p := range of {
		place, known := places[p.Stream]
		if !known {
			place = len(request.Topics)
			places[p.Stream] = place
			topic := kmsg.NewListOffsetsRequestTopic()
			topic.Topic = p.Stream
			request.Topics = append(request.Topics, topic)
		}
		number, _ := strconv.ParseInt(p.ID, 10, 32)
		partition := kmsg.NewListOffsetsRequestTopicPartition()
		partition.Partition, partition.Timestamp = int32(number), time
		request.Topics[place].Partitions = append(request.Topics[place].Partitions, partition)
	}
	return request
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

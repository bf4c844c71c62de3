package kafka_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"ovate/internal/stream"
)

// A broker that tells nothing of the topic that it is asked about has not told that it is empty, and what it tells twice is there once.
func TestOddPartitions(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *service, brokers *kfake.Cluster) {
		var name string
		var partitions []int32
		brokers.ControlKey(int16(kmsg.Metadata), func(request kmsg.Request) (kmsg.Response, error, bool) {
			brokers.KeepControl()
			if len(request.(*kmsg.MetadataRequest).Topics) == 0 {
				return nil, nil, false // about the brokers
			}
			response := request.ResponseKind().(*kmsg.MetadataResponse)
			topic := kmsg.NewMetadataResponseTopic()
			topic.Topic = &name
			for _, n := range partitions {
				p := kmsg.NewMetadataResponseTopicPartition()
				p.Partition = n
				topic.Partitions = append(topic.Partitions, p)
			}
			response.Topics = append(response.Topics, topic)
			return response, nil, true
		})
		opened := s.open(t, topic(t, "t"), "{}")
		for _, name = range []string{"other", "t"} {
			if all, err := opened.Partitions(t.Context()); err == nil || !strings.Contains(err.Error(), "topic[t] cannot be asked now: the broker has left its partitions out of its answer") {
				t.Errorf("told of %s: %v, %v", name, all, err)
			}
		}
		partitions = []int32{1, 0, 1}
		if all, err := opened.Partitions(t.Context()); err != nil || !slices.Equal(all, []stream.Partition{{Stream: "t", ID: "0"}, {Stream: "t", ID: "1"}}) {
			t.Errorf("told of one twice: %v, %v", all, err)
		}
	}, kfake.SeedTopics(2, "t"))
}

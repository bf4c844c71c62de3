package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"ovate/internal/stream"
	"ovate/internal/stream/kafka"
)

// Streams that ask at the same moment share what brokers are asked, and each gets the answer to its own question.
func TestShared(t *testing.T) {
	t.Parallel()
	const many = 60
	var topics []string
	for i := range many {
		topics = append(topics, fmt.Sprint("t", i))
	}
	inBubble(t, func(t *testing.T, s *service, brokers *kfake.Cluster) {
		var all []*kafka.Stream
		for i, name := range topics {
			all = append(all, s.open(t, topic(t, name), "{}"))
			s.Append(t, stream.Partition{Stream: name, ID: "0"}, i%5)
			all = append(all, s.open(t, topic(t, name), `{}`)) // the same topic once more
		}
		all = append(all, s.open(t, topic(t, "nowhere"), "{}"))
		var looked, listed atomic.Int32
		brokers.Control(func(request kmsg.Request) (kmsg.Response, error, bool) {
			brokers.KeepControl()
			switch request.(type) {
			case *kmsg.MetadataRequest:
				looked.Add(1)
			case *kmsg.ListOffsetsRequest:
				listed.Add(1)
			}
			return nil, nil, false
		})
		together := func(ask func(i int, opened *kafka.Stream)) {
			s.Stall() // until all ask
			var group sync.WaitGroup
			for i, opened := range all {
				group.Go(func() { ask(i, opened) })
			}
			synctest.Wait()
			s.Mend()
			group.Wait()
		}
		partitions := make([][]stream.Partition, len(all))
		together(func(i int, opened *kafka.Stream) {
			var err error
			partitions[i], err = opened.Partitions(t.Context())
			_, missing := errors.AsType[*stream.MissingError](err)
			if nowhere := i == 2*many; nowhere != missing || err != nil && !strings.Contains(err.Error(), "topic[nowhere]") {
				t.Errorf("stream %d has %v, %v", i, partitions[i], err)
			}
		})
		together(func(i int, opened *kafka.Stream) {
			if i == 2*many {
				return
			}
			at := stream.Partition{Stream: topics[i/2], ID: "0"}
			latest, err := opened.Latest(t.Context(), partitions[i])
			if len(partitions[i]) != 1 || err != nil || len(latest) != 1 || latest[at] != stream.Sequence(fmt.Sprint(i/2%5)) {
				t.Errorf("%s has %v and ends at %v, %v", topics[i/2], partitions[i], latest, err)
			}
		})
		if looked.Load() > 2 || listed.Load() > 2*3 {
			t.Errorf("%d streams have asked %d times about topics and %d times about offsets; want 2 at most, and 2 for each leader", len(all), looked.Load(), listed.Load())
		}
	}, kfake.SeedTopics(1, topics...))
}

// Nobody waits for a broker of which others want to know something: those that read a topic there are told that it does not answer, and all others what they
// want to know, at once. Nor does one that is closed wait.
func TestSharedWithASilentBroker(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *service, _ *kfake.Cluster) {
		way := s.road.dial
		var silent atomic.Bool
		s.road.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if silent.Load() && strings.HasSuffix(address, ":9094") {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return way(ctx, network, address)
		}
		opened := s.open(t, topic(t, "t"), "{}")
		partitions, err := opened.Partitions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		alone := func(p stream.Partition) []stream.Partition { return []stream.Partition{p} }
		silent.Store(true)
		var quick, slow atomic.Int32
		var group sync.WaitGroup
		for _, p := range append(partitions, partitions...) {
			group.Go(func() {
				began := time.Now()
				found, err := opened.Latest(t.Context(), alone(p))
				_, unreachable := errors.AsType[*stream.UnreachableError](err)
				switch {
				case err == nil && len(found) == 1 && time.Since(began) == 0:
					quick.Add(1)
				case unreachable && time.Since(began) == 5*time.Second:
					slow.Add(1)
				default:
					t.Errorf("%v, %v after %v", found, err, time.Since(began))
				}
			})
		}
		group.Wait()
		if quick.Load() == 0 || slow.Load() == 0 {
			t.Errorf("%d were answered at once, and %d not at all", quick.Load(), slow.Load())
		}
		began := time.Now()
		group.Go(func() {
			if _, err := opened.Latest(t.Context(), partitions); err == nil || time.Since(began) != 0 {
				t.Errorf("a stream that was closed: %v after %v", err, time.Since(began))
			}
		})
		synctest.Wait()
		opened.Close()
		group.Wait()
	}, kfake.SeedTopics(20, "t"))
}

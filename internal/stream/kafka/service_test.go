package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/google/uuid"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"ovate/internal/stream"
	"ovate/internal/stream/kafka"
	"ovate/internal/stream/streamtest"
)

// dial is how brokers are reached.
type dial func(ctx context.Context, network, address string) (net.Conn, error)

// errRefused is why somebody cannot connect.
var errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}

// road is the way to brokers, which can be cut.
type road struct {
	dial dial

	mu      sync.Mutex // guards everything below
	cut     bool
	waiting chan struct{} // what Stall returned, until somebody dials
	mended  chan struct{} // closed by Mend; nil unless it is stalled
	conns   []net.Conn
}

func (r *road) connect(ctx context.Context, network, address string) (net.Conn, error) {
	for {
		r.mu.Lock()
		cut, mended := r.cut, r.mended
		if r.waiting != nil {
			close(r.waiting)
			r.waiting = nil
		}
		r.mu.Unlock()
		if cut {
			return nil, errRefused
		}
		if mended != nil {
			select {
			case <-mended:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		conn, err := r.dial(ctx, network, address)
		if err != nil || r.keep(conn) {
			return conn, err
		}
		conn.Close()
	}
}

// keep notes a connection, unless the road was blocked while it was made.
func (r *road) keep(conn net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cut || r.mended != nil {
		return false
	}
	r.conns = append(r.conns, conn)
	return true
}

// block cuts the road or, if somebody gets told when it is used, stalls it.
func (r *road) block(waiting chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting = waiting; waiting == nil {
		r.cut = true
	} else {
		r.mended = make(chan struct{})
	}
	for _, conn := range r.conns {
		conn.Close()
	}
	r.conns = nil
}

func (r *road) Cut() { r.block(nil) }

func (r *road) Stall() <-chan struct{} {
	waiting := make(chan struct{})
	r.block(waiting)
	return waiting
}

func (r *road) Mend() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut, r.waiting = false, nil
	if r.mended != nil {
		close(r.mended)
		r.mended = nil
	}
}

// service is brokers, as somebody uses them who may do everything.
type service struct {
	road
	servers string
	client  *kgo.Client
	admin   *kadm.Client
	clients *kafka.Clients // of the streams that are looked at
}

func newService(t *testing.T, servers string, dial dial) *service {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(servers), kgo.Dialer(dial), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerLinger(0))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &service{road: road{dial: dial}, servers: servers, client: client, admin: kadm.NewClient(client), clients: kafka.NewClients()}
}

func (s *service) Open(t *testing.T, name string) stream.Stream {
	t.Helper()
	topics, err := kafka.Topic(name)
	if err != nil {
		t.Fatal(err)
	}
	return s.open(t, topics, `{}`)
}

// open opens topics with some properties more.
func (s *service) open(t *testing.T, topics kafka.Topics, properties string) *kafka.Stream {
	t.Helper()
	opened, err := s.clients.Open(s.config(t, properties), topics)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(opened.Close)
	return opened
}

func (s *service) config(t *testing.T, properties string) kafka.Config {
	t.Helper()
	given := fmt.Sprintf(`{"bootstrap.servers":%q,"default.api.timeout.ms":5000`, s.servers)
	if properties == "{}" {
		given += "}"
	} else {
		given += "," + properties[1:]
	}
	config, err := kafka.ParseConfig([]byte(given), kafka.Policy{Dial: s.connect})
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// await asks for a topic until it has so many partitions, 16 at most, and until their leaders know that they are: brokers tell of topics before that, and
// answer for some that they do not tell of any more.
func (s *service) await(t *testing.T, name string, partitions int) {
	t.Helper()
	for told, led := -1, -1; told != partitions || led != partitions; {
		request, topic := kmsg.NewPtrMetadataRequest(), kmsg.NewMetadataRequestTopic()
		topic.Topic = &name
		request.Topics = append(request.Topics, topic)
		all, err := request.RequestWith(t.Context(), s.client)
		if err != nil {
			t.Fatal(err)
		}
		told, led = len(all.Topics[0].Partitions), s.led(t, name)
	}
}

// led is for how many of 16 partitions of a topic some broker answers.
func (s *service) led(t *testing.T, name string) (n int) {
	t.Helper()
	request, topic := kmsg.NewPtrListOffsetsRequest(), kmsg.NewListOffsetsRequestTopic()
	topic.Topic = name
	for number := range int32(16) {
		partition := kmsg.NewListOffsetsRequestTopicPartition()
		partition.Partition, partition.Timestamp = number, -1
		topic.Partitions = append(topic.Partitions, partition)
	}
	request.ReplicaID, request.Topics = -1, append(request.Topics, topic)
	for _, broker := range s.client.DiscoveredBrokers() {
		answer, err := request.RequestWith(t.Context(), broker)
		if err != nil {
			t.Fatal(err)
		}
		for _, partition := range answer.Topics[0].Partitions {
			if partition.ErrorCode == 0 {
				n++
			}
		}
	}
	return n
}

func (s *service) Create(t *testing.T, name string, partitions int) {
	t.Helper()
	if _, err := s.admin.CreateTopic(t.Context(), int32(partitions), 1, nil, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := s.admin.DeleteTopic(context.WithoutCancel(t.Context()), name); err != nil && !errors.Is(err, kerr.UnknownTopicOrPartition) {
			t.Error(err)
		}
	})
	s.await(t, name, partitions)
}

func (s *service) Grow(t *testing.T, name string, partitions int) {
	t.Helper()
	answers, err := s.admin.UpdatePartitions(t.Context(), partitions, name)
	if err := errors.Join(err, answers.Error()); err != nil {
		t.Fatal(err)
	}
	s.await(t, name, partitions)
}

func (s *service) Delete(t *testing.T, name string) {
	t.Helper()
	if _, err := s.admin.DeleteTopic(t.Context(), name); err != nil {
		t.Fatal(err)
	}
	s.client.PurgeTopicsFromClient(name) // another topic of this name has another id
	s.await(t, name, 0)
}

func (s *service) Append(t *testing.T, to stream.Partition, records int) {
	t.Helper()
	for range records {
		record := &kgo.Record{Topic: to.Stream, Partition: number(t, to), Value: []byte("v")}
		if err := s.client.ProduceSync(t.Context(), record).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *service) Trim(t *testing.T, of stream.Partition, records int) {
	t.Helper()
	begin, err := s.admin.ListStartOffsets(t.Context(), of.Stream)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := begin.Lookup(of.Stream, number(t, of))
	var upTo kadm.Offsets
	upTo.Add(kadm.Offset{Topic: of.Stream, Partition: number(t, of), At: first.Offset + int64(records)})
	answers, err := s.admin.DeleteRecords(t.Context(), upTo)
	if err := errors.Join(err, answers.Error()); err != nil {
		t.Fatal(err)
	}
}

func number(t *testing.T, p stream.Partition) (n int32) {
	t.Helper()
	if _, err := fmt.Sscan(p.ID, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func (s *service) harness() streamtest.Harness {
	return streamtest.Harness{
		Service: s, Order: kafka.Order{}, Name: func(base string) string { return "ovate-" + base + "-" + uuid.NewString() },
		Nowhere: "1000000", Strange: []stream.Sequence{"", "-1", "1.5", "0x1", "9223372036854775808", "EOS", " 1"},
	}
}

// inBubble runs a test with brokers that are in this process, time included.
func inBubble(t *testing.T, test func(t *testing.T, s *service, brokers *kfake.Cluster), options ...kfake.Opt) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := new(kfake.VirtualNetwork)
		brokers, err := kfake.NewCluster(append(options, kfake.ListenFn(network.Listen), kfake.NumBrokers(3), kfake.Ports(9092, 9093, 9094))...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(brokers.Close)
		test(t, newService(t, brokers.ListenAddrs()[0], network.DialContext), brokers)
	})
}

func TestSuite(t *testing.T) {
	t.Parallel()
	streamtest.Exercise(t, func(t *testing.T, test func(*testing.T, streamtest.Harness)) {
		inBubble(t, func(t *testing.T, s *service, _ *kfake.Cluster) { test(t, s.harness()) })
	})
}

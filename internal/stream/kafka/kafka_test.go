package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"ovate/internal/stream"
	"ovate/internal/stream/kafka"
	"ovate/internal/stream/streamtest"
)

// TestServer runs the suite with a real Kafka, which the environment variable OVATE_TEST_KAFKA names: HOST:PORT, without TLS or SASL. What it makes there are
// topics whose names begin with ovate-.
func TestServer(t *testing.T) {
	t.Parallel()
	servers := os.Getenv("OVATE_TEST_KAFKA")
	if servers == "" {
		t.Skip("OVATE_TEST_KAFKA is not set")
	}
	streamtest.Exercise(t, func(t *testing.T, test func(*testing.T, streamtest.Harness)) {
		test(t, newService(t, servers, new(net.Dialer).DialContext).harness())
	})
	t.Run("transactions", func(t *testing.T) {
		t.Parallel()
		testIsolation(t, newService(t, servers, new(net.Dialer).DialContext))
	})
}

// judge fails unless an error is a DeniedError with some words, or there is none, if they are empty.
func judge(t *testing.T, err error, denied string) {
	t.Helper()
	why, is := errors.AsType[*stream.DeniedError](err)
	if denied == "" && err != nil || denied != "" && (!is || !strings.Contains(why.Why, denied)) {
		t.Errorf("error %v; want a DeniedError with %q", err, denied)
	}
	if err != nil && strings.Contains(err.Error(), hush) {
		t.Errorf("the error shows a secret: %v", err)
	}
}

func topic(t *testing.T, name string) kafka.Topics {
	t.Helper()
	topics, err := kafka.Topic(name)
	if err != nil {
		t.Fatal(err)
	}
	return topics
}

func TestSASL(t *testing.T) {
	t.Parallel()
	const tail = `Module required username=\"u\" password=\"` + hush + `\";"}`
	login := map[string]string{
		"PLAIN":         `{"security.protocol":"SASL_PLAINTEXT","sasl.mechanism":"PLAIN","sasl.jaas.config":"org.apache.kafka.common.security.plain.PlainLogin` + tail,
		"SCRAM-SHA-256": `{"security.protocol":"SASL_PLAINTEXT","sasl.mechanism":"SCRAM-SHA-256","sasl.jaas.config":"org.apache.kafka.common.security.scram.ScramLogin` + tail,
		"SCRAM-SHA-512": `{"security.protocol":"SASL_PLAINTEXT","sasl.mechanism":"SCRAM-SHA-512","sasl.jaas.config":"org.apache.kafka.common.security.scram.ScramLogin` + tail,
	}
	for mechanism, properties := range login {
		t.Run(mechanism, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, s *service, brokers *kfake.Cluster) {
				known := s.open(t, topic(t, "t"), properties)
				all, err := known.Partitions(t.Context())
				if err != nil || len(all) != 2 {
					t.Errorf("partitions %v, %v", all, err)
				}
				if _, err = known.Latest(t.Context(), all); err != nil {
					t.Error(err)
				}
				// Brokers of kfake end the connection in place of an answer.
				wrong := s.open(t, topic(t, "t"), strings.Replace(properties, hush, "wrong", 1))
				if _, err = wrong.Partitions(t.Context()); err == nil {
					t.Error("a wrong password is good enough")
				}
				none := s.open(t, topic(t, "t"), "{}")
				if _, err = none.Partitions(t.Context()); err == nil {
					t.Error("nobody needs a password")
				}
				// Those of Kafka tell, and some may repeat what they got.
				brokers.ControlKey(int16(kmsg.SASLAuthenticate), func(request kmsg.Request) (kmsg.Response, error, bool) {
					brokers.KeepControl()
					response := request.ResponseKind().(*kmsg.SASLAuthenticateResponse)
					response.ErrorCode, response.ErrorMessage = kerr.SaslAuthenticationFailed.Code, kmsg.StringPtr("not u with "+hush)
					return response, nil, true
				})
				s.clients = kafka.NewClients() // the connection that is there was let in
				_, err = s.open(t, topic(t, "t"), properties).Partitions(t.Context())
				judge(t, err, "not u with ***")
			}, kfake.EnableSASL(), kfake.Superuser(mechanism, "u", hush), kfake.SeedTopics(2, "t"))
		})
	}
	t.Run("another mechanism", func(t *testing.T) {
		t.Parallel()
		inBubble(t, func(t *testing.T, s *service, brokers *kfake.Cluster) {
			brokers.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.SASLHandshake}, TopLevel: true, Err: kerr.UnsupportedSaslMechanism, Count: -1})
			_, err := s.open(t, topic(t, "t"), login["PLAIN"]).Partitions(t.Context())
			judge(t, err, "UNSUPPORTED_SASL_MECHANISM")
		}, kfake.EnableSASL())
	})
}

func TestTopicPattern(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *service, brokers *kfake.Cluster) {
		topics, err := kafka.Pattern("a.*")
		if err != nil {
			t.Fatal(err)
		}
		opened := s.open(t, topics, "{}")
		want := func(want ...stream.Partition) {
			t.Helper()
			all, err := opened.Partitions(t.Context())
			if diff := cmp.Diff(want, all); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		}
		var missing *stream.MissingError
		if all, err := opened.Partitions(t.Context()); !errors.As(err, &missing) || !strings.Contains(err.Error(), "matches[a.*] is not there") {
			t.Errorf("without a topic that matches: %v, %v", all, err)
		}
		s.Create(t, "ab", 2)
		s.Create(t, "aa", 1)
		s.Create(t, "ba", 1)
		want(stream.Partition{Stream: "aa", ID: "0"}, stream.Partition{Stream: "ab", ID: "0"}, stream.Partition{Stream: "ab", ID: "1"})
		s.Delete(t, "aa")
		want(stream.Partition{Stream: "ab", ID: "0"}, stream.Partition{Stream: "ab", ID: "1"})
	})
}

// testIsolation: with read_committed, which is what is not set, the latest place is where the first transaction that has not ended begins; it is available
// whatever readers see.
func testIsolation(t *testing.T, s *service) {
	name := s.harness().Name("transactions")
	s.Create(t, name, 1)
	committed := s.open(t, topic(t, name), "{}")
	uncommitted := s.open(t, topic(t, name), `{"isolation.level":"read_uncommitted"}`)
	all, err := committed.Partitions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := all[0]
	s.Append(t, p, 3)
	producer, err := kgo.NewClient(kgo.SeedBrokers(s.servers), kgo.Dialer(s.dial), kgo.TransactionalID(name), kgo.DefaultProduceTopic(name))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	if err := producer.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := producer.ProduceSync(t.Context(), kgo.StringRecord("a"), kgo.StringRecord("b")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	latest := func(of stream.Stream, want stream.Sequence) {
		t.Helper()
		found, err := of.Latest(t.Context(), all)
		if err != nil || found[p] != want {
			t.Errorf("latest %v, %v; want %s", found, err, want)
		}
	}
	latest(committed, "3")
	latest(uncommitted, "5")
	if available, err := committed.Available(t.Context(), map[stream.Partition]stream.Sequence{p: "5"}); err != nil || !available[p] {
		t.Errorf("whether the end of a transaction is available: %v, %v", available, err)
	}
	if err := producer.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	for { // the brokers end it in their time
		found, err := committed.Latest(t.Context(), all)
		if err != nil {
			t.Fatal(err)
		}
		if found[p] == "6" { // the end is a record, too
			break
		}
	}
}

func TestIsolation(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *service, _ *kfake.Cluster) { testIsolation(t, s) })
}

// TestFaults: what brokers answer comes as one of the seam's errors, for the partitions that it is about.
func TestFaults(t *testing.T) {
	t.Parallel()
	var missing *stream.MissingError
	var denied *stream.DeniedError
	var unreachable *stream.UnreachableError
	for _, c := range []struct {
		fault kfake.Fault
		as    any // nil: none
		words string
	}{
		{kfake.Fault{Keys: []kmsg.Key{kmsg.Metadata}, Topic: "t", Err: kerr.TopicAuthorizationFailed, Count: -1}, &denied, "topic[t]"},
		{kfake.Fault{Keys: []kmsg.Key{kmsg.Metadata}, Topic: "t", Err: kerr.LeaderNotAvailable, Count: -1}, &unreachable, "LEADER_NOT_AVAILABLE"},
		{kfake.Fault{Keys: []kmsg.Key{kmsg.Metadata}, Topic: "t", Err: kerr.UnknownServerError, Count: -1}, nil, "UNKNOWN_SERVER_ERROR"},
		{kfake.Fault{Keys: []kmsg.Key{kmsg.ListOffsets}, Partitions: []int32{3}, Err: kerr.TopicAuthorizationFailed, Count: -1}, &denied, "topic[t], partition 3 "},
		{kfake.Fault{Keys: []kmsg.Key{kmsg.ListOffsets}, Partitions: []int32{3, 4}, Err: kerr.UnknownTopicOrPartition, Count: -1}, &missing, "topic[t], partition 3, 4 "},
		{kfake.Fault{Keys: []kmsg.Key{kmsg.ListOffsets}, Err: kerr.OffsetNotAvailable, Count: -1}, &unreachable, " and 10 more"},
		{kfake.Fault{Keys: []kmsg.Key{kmsg.ListOffsets}, Partitions: []int32{3}, Err: kerr.NotLeaderForPartition, Count: 2}, nil, ""},
	} {
		inBubble(t, func(t *testing.T, s *service, brokers *kfake.Cluster) {
			opened := s.open(t, topic(t, "t"), "{}")
			fault := brokers.Fault(c.fault)
			all, err := opened.Partitions(t.Context())
			want := 20
			if err == nil {
				var latest map[stream.Partition]stream.Sequence
				latest, err = opened.Latest(t.Context(), all)
				if want -= len(c.fault.Partitions); c.words == "" {
					want = 20
				} else if len(c.fault.Partitions) == 0 {
					want = 0
				}
				if len(latest) != want {
					t.Errorf("%v: told are %d partitions of 20", c.fault.Err, len(latest))
				}
			}
			if c.words == "" && err != nil || c.words != "" && !strings.Contains(fmt.Sprint(err), c.words) || c.as != nil && !errors.As(err, c.as) {
				t.Errorf("%v: error %v; want a %T with %q", c.fault.Err, err, c.as, c.words)
			}
			fault.Remove()
			if all, err = opened.Partitions(t.Context()); err == nil {
				_, err = opened.Earliest(t.Context(), all)
			}
			if err != nil {
				t.Errorf("%v: afterwards: %v", c.fault.Err, err)
			}
		}, kfake.SeedTopics(20, "t"))
	}
}

// TestSilence: brokers that do not answer are given up after the time that the properties tell.
func TestSilence(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *service, _ *kfake.Cluster) {
		opened := s.open(t, topic(t, "t"), `{"request.timeout.ms":1000}`)
		s.Stall()
		_, err := opened.Partitions(t.Context())
		if why, is := errors.AsType[*stream.UnreachableError](err); !is || !strings.Contains(why.Error(), "default.api.timeout.ms") {
			t.Errorf("error %v", err)
		}
		s.Mend()
		if all, err := opened.Partitions(t.Context()); err != nil || len(all) != 1 {
			t.Errorf("afterwards: %v, %v", all, err)
		}
	}, kfake.SeedTopics(1, "t"))
}

// TestStrangePartition: a partition of another kind of streams is no question for brokers.
func TestStrangePartition(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *service, _ *kfake.Cluster) {
		opened := s.open(t, topic(t, "t"), "{}")
		for _, id := range []string{"", "-1", "shardId-000000000000", "2147483648"} {
			if found, err := opened.Latest(t.Context(), []stream.Partition{{Stream: "t", ID: id}}); err == nil || len(found) > 0 {
				t.Errorf("partition %q ends at %v", id, found)
			}
		}
	})
}

// TestOneBrokerGone: what the other brokers know is told.
func TestOneBrokerGone(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *service, _ *kfake.Cluster) {
		all := s.dial
		s.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if strings.HasSuffix(address, ":9094") {
				return nil, errRefused
			}
			return all(ctx, network, address)
		}
		opened := s.open(t, topic(t, "t"), "{}")
		partitions, err := opened.Partitions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		latest, err := opened.Latest(t.Context(), partitions)
		if _, is := errors.AsType[*stream.UnreachableError](err); !is || len(latest) == 0 || len(latest) == len(partitions) {
			t.Errorf("latest of %d partitions: %v, %v", len(partitions), latest, err)
		}
	}, kfake.SeedTopics(20, "t"))
}

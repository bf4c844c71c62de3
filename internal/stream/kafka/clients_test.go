package kafka_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"ovate/internal/stream"
	"ovate/internal/stream/kafka"
)

// Streams with the same properties share their connections, whatever their topics are, and end on their own. Those with others share none.
func TestClients(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *service, _ *kfake.Cluster) {
		var dialed atomic.Int32
		way := s.dial
		s.road.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			dialed.Add(1)
			return way(ctx, network, address)
		}
		ask := func(opened stream.Stream) error {
			all, err := opened.Partitions(t.Context())
			if err == nil {
				_, err = opened.Latest(t.Context(), all)
			}
			return err
		}
		const many = 20
		var all []*kafka.Stream
		for i := range many {
			opened := s.open(t, topic(t, fmt.Sprint("t", i%2)), `{"client.id":"c"}`)
			if err := ask(opened); err != nil {
				t.Fatal(err)
			}
			all = append(all, opened)
		}
		ofOne := dialed.Load()
		if ofOne > 6 { // three brokers, one of which is asked by its first address and by its own
			t.Errorf("%d streams have made %d connections", many, ofOne)
		}
		other := s.open(t, topic(t, "t0"), `{"client.id":"d"}`)
		if err := ask(other); err != nil || dialed.Load() == ofOne {
			t.Errorf("another client has made no connection: %v", err)
		}
		for i, opened := range all {
			opened.Close()
			opened.Close() // which does not count twice
			if err := ask(opened); err == nil || !strings.Contains(err.Error(), "was closed") {
				t.Errorf("a closed stream: %v", err)
			}
			if i == many-1 {
				break
			}
			if err := ask(all[i+1]); err != nil {
				t.Fatalf("after %d of the others were closed: %v", i+1, err)
			}
		}
		before := dialed.Load()
		if err := ask(s.open(t, topic(t, "t0"), `{"client.id":"c"}`)); err != nil || dialed.Load() == before {
			t.Errorf("the connections were not closed with the last stream: %v", err)
		}
	}, kfake.SeedTopics(2, "t0", "t1"))
}

// A file that has another content makes other connections, as it names whom to trust.
func TestClientsOfAFile(t *testing.T) {
	t.Parallel()
	mine := newAuthority(t)
	brokers, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"), kfake.TLS(brokersWith(t, mine, "127.0.0.1")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(brokers.Close)
	root, clients := t.TempDir(), kafka.NewClients()
	path := filepath.Join(root, "trust.pem")
	properties := fmt.Sprintf(`{"bootstrap.servers":%q,"security.protocol":"SSL","ssl.truststore.type":"PEM","ssl.truststore.location":%q}`, brokers.ListenAddrs()[0], path)
	for _, c := range []struct {
		trusted *authority
		denied  string
	}{{newAuthority(t), "certificate signed by unknown authority"}, {mine, ""}} {
		if err := os.WriteFile(path, []byte(c.trusted.pem), 0o600); err != nil {
			t.Fatal(err)
		}
		config, err := kafka.ParseConfig([]byte(properties), kafka.Policy{Roots: []string{root}})
		if err != nil {
			t.Fatal(err)
		}
		opened, err := clients.Open(config, topic(t, "t"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(opened.Close)
		_, err = opened.Partitions(t.Context())
		judge(t, err, c.denied)
	}
}

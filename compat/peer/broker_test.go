//go:build peer

package peer

import (
	"context"
	"maps"
	"os"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// TestStreamBroker: what was acknowledged is there when the broker was killed and has come back, and topics grow, are cut, and go.
func TestStreamBroker(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	k := startKafka(ctx, t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ends := func(want map[string]int64) {
		t.Helper()
		if got, err := k.Ends(ctx, "a"); err != nil || !maps.Equal(got, want) {
			t.Errorf("topic a ends at %v, %v; want %v", got, err, want)
		}
	}
	must(k.Create(ctx, "a", 2))
	producer, err := kgo.NewClient(kgo.SeedBrokers(k.Address()), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	must(err)
	defer producer.Close()
	produce := func(partition int32) error {
		return producer.ProduceSync(ctx, &kgo.Record{Topic: "a", Partition: partition, Value: []byte("v")}).FirstErr()
	}
	must(produce(0))
	must(produce(1))
	k.Kill()
	must(k.Start(ctx))
	ends(map[string]int64{"0": 1, "1": 1})
	must(k.Grow(ctx, "a", 3))
	ends(map[string]int64{"0": 1, "1": 1, "2": 0})

	must(k.Freeze())
	sent := make(chan error, 1)
	go func() { sent <- produce(1) }()
	must(k.Thaw())
	must(<-sent)
	must(k.Trim(ctx, "a", map[int32]int64{1: 1}))
	ends(map[string]int64{"0": 1, "1": 2, "2": 0})
	must(k.Delete(ctx, "a"))
	must(k.Create(ctx, "a", 1))
	ends(map[string]int64{"0": 0})
}

// startKafka is a broker until the test ends. What it said is shown if that fails.
func startKafka(ctx context.Context, t *testing.T) *Kafka {
	t.Helper()
	k, err := StartKafka(ctx, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		said := k.Said()
		if err := k.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("Kafka said:\n%s", said)
		}
	})
	return k
}

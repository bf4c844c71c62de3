//go:build peer

package peer

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// flow is rows of flights on their way into a topic, each with an id that no other has.
type flow struct {
	t      *testing.T
	ctx    context.Context
	topic  string
	client *kgo.Client

	mu         sync.Mutex // guards everything below
	partitions int
	ids        int64 // how many were given
	ledger     ledger
	failed     error // the first that was not acknowledged
}

// ledger is what Kafka has acknowledged.
type ledger struct {
	rows, ids, distance int64            // the rows, and sums of their columns
	ends                map[string]int64 // by partition
}

// flowInto makes a topic, into which rows flow.
func (s *streamSite) flowInto(topic string, partitions int) *flow {
	s.t.Helper()
	if err := s.kafka.Create(s.ctx, topic, partitions); err != nil {
		s.t.Fatal(err)
	}
	f := &flow{t: s.t, ctx: s.ctx, topic: topic, ledger: ledger{ends: map[string]int64{}}}
	f.connect(s.kafka, partitions)
	return f
}

// connect has rows sent to so many partitions from now on.
func (f *flow) connect(k *Kafka, partitions int) {
	f.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(k.Address()), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.DefaultProduceTopic(f.topic),
		kgo.MaxBufferedRecords(50_000), kgo.ProducerBatchMaxBytes(64<<20), kgo.MetadataMinAge(100*time.Millisecond))
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(client.Close)
	f.client, f.partitions = client, partitions
	for p := range partitions {
		f.ledger.ends[strconv.Itoa(p)] += 0 // is there
	}
}

// grow gives the topic more partitions, of which a client learns late that is connected already.
func (f *flow) grow(k *Kafka, partitions int) {
	f.t.Helper()
	f.await()
	if err := k.Grow(f.ctx, f.topic, partitions); err != nil {
		f.t.Fatal(err)
	}
	f.connect(k, partitions)
}

// send sends so many rows, and returns when all are acknowledged.
func (f *flow) send(rows int) {
	f.t.Helper()
	f.begin(rows)
	f.await()
}

// begin sends rows, in turn to all partitions, and waits for nothing but room.
func (f *flow) begin(rows int) {
	for range rows {
		f.mu.Lock()
		id, partition := f.ids, int32(f.ids%int64(f.partitions))
		f.ids++
		f.mu.Unlock()
		f.produce(partition, flight(id), ledger{rows: 1, ids: id, distance: distance(id)})
	}
}

// produce sends one record, with which the ledger grows by what it counts for.
func (f *flow) produce(partition int32, value []byte, counts ledger) {
	f.client.Produce(f.ctx, &kgo.Record{Partition: partition, Value: value}, func(_ *kgo.Record, err error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if err != nil {
			f.failed = fmt.Errorf("a record for %s is not acknowledged: %w", f.topic, err)
			return
		}
		f.ledger.rows += counts.rows
		f.ledger.ids += counts.ids
		f.ledger.distance += counts.distance
		f.ledger.ends[strconv.Itoa(int(partition))]++
	})
}

// sendText sends a record that counts for no row.
func (f *flow) sendText(partition int32, value []byte) {
	f.t.Helper()
	f.produce(partition, value, ledger{})
	f.await()
}

// await returns when everything is acknowledged.
func (f *flow) await() {
	f.t.Helper()
	err := f.client.Flush(f.ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed != nil {
		err = f.failed
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

// run sends so many rows a second until stop is called, which returns when all are acknowledged.
func (f *flow) run(perSecond int) (stop func()) {
	ctx, cancel := context.WithCancel(f.ctx)
	var running sync.WaitGroup
	running.Go(func() {
		const ticks = 20 // a second
		ticker := time.NewTicker(time.Second / ticks)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				f.begin(perSecond / ticks)
			}
		}
	})
	return func() {
		f.t.Helper()
		cancel()
		running.Wait()
		f.await()
	}
}

// acknowledged is what Kafka has acknowledged until now.
func (f *flow) acknowledged() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ledger.rows
}

var (
	carriers = []string{"UA", "AA", "B6", "DL", "EV", "MQ", "US", "WN", "VX", "9E"}
	airports = []string{"EWR", "LGA", "JFK", "IAH", "MIA", "BQN", "ATL", "ORD", "FLL", "IAD", "MCO", "PBI", "TPA", "LAX", "SFO", "DFW", "BOS", "LAS"}
	firstDay = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
)

// flight is the row with an id; flights are of two days.
func flight(id int64) []byte {
	at := firstDay.Add(time.Duration(id*7919%(2*24*60)) * time.Minute)
	return fmt.Appendf(nil, `{"t":"%s","id":%d,"carrier":"%s","flight":%d,"origin":"%s","dest":"%s","distance":%d}`,
		at.Format(time.RFC3339), id, carriers[id%int64(len(carriers))], id%6000, airports[id%3], airports[3+id%int64(len(airports)-3)], distance(id))
}

func distance(id int64) int64 { return 80 + id*31%4900 }

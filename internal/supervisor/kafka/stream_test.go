package kafka_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"ovate/internal/commit"
	"ovate/internal/stream"
	client "ovate/internal/stream/kafka"
	"ovate/internal/supervisor/kafka"
	"ovate/internal/supervisor/plan"
)

// A spec's stream has the partitions of its topics, and no others.
func TestOpen(t *testing.T) {
	t.Parallel()
	brokers, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, "t", "topic"))
	if err != nil {
		t.Fatal(err)
	}
	defer brokers.Close()
	for io, want := range map[string][]string{`"topic":"t"`: {"0", "1"}, `"topicPattern":"t.*"`: {"t:0", "t:1", "topic:0", "topic:1"}} {
		spec := strings.Replace(specOf(io, "", ""), "b:9092", strings.Join(brokers.ListenAddrs(), ","), 1)
		s := parse(t, spec)
		opened, err := s.Open(client.NewClients(), client.Policy{})
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		partitions, err := opened.Partitions(t.Context())
		var names []string
		for _, p := range partitions {
			names = append(names, s.Name(p))
		}
		if err != nil || !slices.Equal(names, want) {
			t.Errorf("with %s there are %v, %v, want %v", io, names, err, want)
		}
	}
	s := parse(t, strings.Replace(specOf(`"topic":"t"`, "", ""), `"b:9092"`, `"b"`, 1))
	if opened, err := s.Open(client.NewClients(), client.Policy{}); opened != nil || err == nil || !strings.HasPrefix(err.Error(), "Field [spec.ioConfig.consumerProperties] cannot be used") {
		t.Errorf("a broker without a port: %v, %v", opened, err)
	}
}

// A partition has the name by which Druid knows it, where one topic is read and where several are; what is none has no offset.
func TestNames(t *testing.T) {
	t.Parallel()
	one, several := parse(t, specOf(`"topic":"t"`, "", "")), parse(t, specOf(`"topicPattern":"t.*"`, "", ""))
	p := stream.Partition{Stream: "t", ID: "7"}
	if one.Name(p) != "7" || several.Name(p) != "t:7" {
		t.Errorf("its names are %s and %s", one.Name(p), several.Name(p))
	}
	for _, name := range []string{"", "x", "t:", "t:x", "t:-1", "-1", "2147483648", ":0"} {
		if m, err := one.Metadata(plan.Offsets{name: "1"}); err == nil {
			t.Errorf("%q has an offset: %s", name, m)
		}
	}
}

// Partitions are read by the groups by which Java's supervisor has them read: the numbers are those that its class says.
func TestGroups(t *testing.T) {
	t.Parallel()
	groups := parse(t, specOf(`"topic":"t"`, "", "")).Rules().GroupsOf
	for _, c := range []struct {
		partition string
		of, want  int
	}{
		{"0", 3, 0}, {"5", 3, 2}, {"2147483647", 10, 7}, {"t:0", 7, 31 * 116 % 7}, {"t:3", 7, (31*116 + 3) % 7},
		{"metrics-system:0", 7, 1}, {"metrics-system:4", 7, 4}, {"a topic with a long name:12", 5, 3}, {"größe:1", 9, 8},
	} {
		if got := groups([]string{c.partition}, c.of)[c.partition]; got != c.want {
			t.Errorf("%s is of group %d of %d, want %d", c.partition, got, c.of, c.want)
		}
	}
}

// What is published goes on where it has ended, also where one topic is read now and several were, or the other way round.
func TestPublished(t *testing.T) {
	t.Parallel()
	one, several := parse(t, specOf(`"topic":"t"`, "", "")), parse(t, specOf(`"topicPattern":"t.*"`, "", ""))
	metadata := func(kind, stream, offsets string) string {
		return `{"type":"` + kind + `","partitions":{"type":"end","stream":"` + stream + `","partitionSequenceNumberMap":` + offsets + `}}`
	}
	for _, c := range []struct {
		of     *kafka.Spec
		stored string
		want   plan.Offsets
		ours   bool
	}{
		{one, metadata("kafka", "t", `{"0":5,"1":7}`), plan.Offsets{"0": "5", "1": "7"}, true},
		{one, metadata("kafka", "u", `{"0":5}`), plan.Offsets{}, false},
		{one, metadata("kafka", "t", `{}`), plan.Offsets{}, true},
		{one, metadata("kafka", "t.*", `{"t:0":5,"topic:1":6}`), plan.Offsets{"0": "5"}, true},
		{one, metadata("kafka", "u.*", `{"u:0":5}`), plan.Offsets{}, false},
		{several, metadata("kafka", "t.*", `{"t:0":5,"topic:1":6,"other:0":7}`), plan.Offsets{"t:0": "5", "topic:1": "6"}, true},
		{several, metadata("kafka", "topic", `{"0":5}`), plan.Offsets{"topic:0": "5"}, true},
		{several, metadata("kafka", "at", `{"0":5}`), plan.Offsets{}, false},
		{one, metadata("kinesis", "t", `{"0":"5"}`), plan.Offsets{}, false},
		{one, `{"type":"object","object":5}`, plan.Offsets{}, false},
	} {
		m, err := commit.Parse([]byte(c.stored))
		if err != nil {
			t.Fatal(err)
		}
		got, ours, err := c.of.Offsets(m)
		if err != nil || !reflect.DeepEqual(got, c.want) || ours != c.ours {
			t.Errorf("%s is for %s %v, %v, %v, want %v, %v", c.stored, c.of.Stream, got, ours, err, c.want, c.ours)
		}
	}
	for _, s := range []*kafka.Spec{one, several} {
		places := plan.Offsets{s.Name(stream.Partition{Stream: "t", ID: "3"}): "9"}
		m, err := s.Metadata(places)
		if err != nil {
			t.Fatal(err)
		}
		if got, ours, err := s.Offsets(m); err != nil || !ours || !reflect.DeepEqual(got, places) || m.Stream() != s.Stream {
			t.Errorf("%s is %v, %v, %v, want %v", m, got, ours, err, places)
		}
		if m, err := s.Metadata(plan.Offsets{"x": "1"}); err == nil {
			t.Errorf("what is no partition is %s", m)
		}
	}
}

package kafka_test

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/spec"
	"ovate/internal/stream"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/kafka"
	"ovate/internal/supervisor/plan"
	"ovate/internal/task"
)

func taskOf(t testing.TB, s *kafka.Spec, id string, c plan.Create) string {
	t.Helper()
	text, err := s.TaskJSON(id, c)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A task has all that Java's have. What the spec says of data is in it byte for byte, as are secrets.
func TestTaskJSON(t *testing.T) {
	t.Parallel()
	const properties = `{ "bootstrap.servers" : "b:9092","sasl.jaas.config":"m required password=\"hunter2\";","more":[1.50 ]}`
	s := parse(t, `{"type":"kafka","spec":{`+schema+`,"ioConfig":{"topic":"t","taskDuration":"PT90S","pollTimeout":"50","inputFormat":{ "type":"json","new":1e2},"consumerProperties":`+
		properties+`},"tuningConfig":{"type":"kafka","chatRetries":3,"workerThreads":1,"new" : {"a": 1.0},"maxRowsInMemory":"5"}},"context":{"priority":80,"checkpoints":"x"}}`)
	earliest, latest := druid.Instant(1000), druid.Instant(2000)
	got := taskOf(t, s, "base_aaaaaaaa", plan.Create{
		Group: 3, Sequence: "base", Start: plan.Offsets{"10": "7", "2": "5"}, Earliest: &earliest, Latest: &latest,
		Checkpoints: plan.Checkpoints{First: 2, At: []plan.Offsets{{"2": "5", "10": "7"}, {"2": "6", "10": "8"}}},
	})
	const (
		begin = `"stream":"t","topic":"t","partitionSequenceNumberMap":{"2":5,"10":7},"partitionOffsetMap":{"2":5,"10":7}`
		end   = `{"type":"end","stream":"t","topic":"t","partitionSequenceNumberMap":{"2":9223372036854775807,"10":9223372036854775807},` +
			`"partitionOffsetMap":{"2":9223372036854775807,"10":9223372036854775807}}`
		want = `{"type":"index_kafka","id":"base_aaaaaaaa","resource":{"availabilityGroup":"base","requiredCapacity":1},` + schema +
			`,"tuningConfig":{"type":"KafkaTuningConfig","new":{"a": 1.0},"maxRowsInMemory":"5"},"ioConfig":{"type":"kafka","taskGroupId":3,"baseSequenceName":"base",` +
			`"startPartitions":{"type":"end",` + begin + `},"endPartitions":` + end + `,"startSequenceNumbers":{"type":"start",` + begin + `,"exclusivePartitions":[]},` +
			`"endSequenceNumbers":` + end + `,"consumerProperties":` + properties + `,"pollTimeout":50,"useTransaction":true,` +
			`"minimumMessageTime":"1970-01-01T00:00:01.000Z","maximumMessageTime":"1970-01-01T00:00:02.000Z","inputFormat":{ "type":"json","new":1e2},` +
			`"configOverrides":null,"multiTopic":false,"refreshRejectionPeriodsInMinutes":1},` +
			`"context":{"checkpoints":"{\"2\":{\"2\":5,\"10\":7},\"3\":{\"2\":6,\"10\":8}}","IS_INCREMENTAL_HANDOFF_SUPPORTED":true,"priority":80},` +
			`"groupId":"index_kafka_d","dataSource":"d"}`
	)
	if got != want {
		t.Errorf("the task is\n%s, want\n%s", got, want)
	}
}

// The task of each spec is one that the queue takes, with the priority, the group and the resource of Java's, and that is found again.
func TestTasksAreTaken(t *testing.T) {
	t.Parallel()
	for _, r := range append(load(t, "taken.jsonl"), load(t, "expanded.jsonl")...) {
		s, err := kafka.Parse(r.Spec)
		if err != nil {
			continue
		}
		partition := s.Name(stream.Partition{Stream: "t", ID: "0"})
		text := taskOf(t, s, "base_aaaaaaaa", plan.Create{Sequence: "base", Start: plan.Offsets{partition: "5"}})
		d, err := spec.Read([]byte(text))
		if err == nil {
			err = d.CheckKafka()
		}
		if err != nil {
			t.Errorf("%s: its task is refused: %v", r.Spec, err)
			continue
		}
		made, err := task.DecodeRemote([]byte(text), 0)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if h := made.Header(); h.DataSource != s.DataSource || h.GroupID != "index_kafka_"+s.DataSource || h.Resource.AvailabilityGroup != "base" || h.Resource.RequiredCapacity != 1 {
			t.Errorf("%s has the header %+v", text, h)
		}
		if !s.Current([]byte(text)) {
			t.Errorf("%s is not current", text)
		}
	}
}

// What a task is made of is read of it again.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, io := range []string{`"topic":"t"`, `"topicPattern":"t.*|topic \"ä\""`} {
		s := parse(t, specOf(io, "", `,"context":{"a":"b"}`))
		rapid.Check(t, func(t *rapid.T) {
			c := plan.Create{Group: rapid.IntRange(0, 1000).Draw(t, "group"), Sequence: rapid.StringMatching(`[a-zä]{1,9}`).Draw(t, "sequence")}
			names := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) string {
				return s.Name(stream.Partition{Stream: rapid.SampledFrom([]string{"t", "topic", "t.x-y_z"}).Draw(t, "topic"), ID: fmt.Sprint(rapid.Int32Min(0).Draw(t, "partition"))})
			}), 0, 4, rapid.ID).Draw(t, "partitions")
			offsets := func(label string) plan.Offsets {
				o := plan.Offsets{}
				for _, name := range names {
					o[name] = stream.Sequence(fmt.Sprint(rapid.Int64Min(0).Draw(t, label)))
				}
				return o
			}
			c.Start = offsets("start")
			want := kafka.Task{Stream: s.Stream, Multi: s.Multi}
			if want.Checkpoints.At = []plan.Offsets{c.Start}; rapid.Bool().Draw(t, "checkpoints") {
				want.Checkpoints = plan.Checkpoints{First: rapid.IntRange(0, 9).Draw(t, "first")}
				for range rapid.IntRange(1, 3).Draw(t, "parts") {
					want.Checkpoints.At = append(want.Checkpoints.At, offsets("checkpoint"))
				}
				c.Checkpoints = want.Checkpoints
			}
			for _, place := range []**druid.Instant{&c.Earliest, &c.Latest} {
				if rapid.Bool().Draw(t, "limited") {
					*place = new(druid.Instant(rapid.Int64Range(-1e12, 1e13).Draw(t, "time")))
				}
			}
			want.ID, want.Group, want.Sequence, want.Start, want.Earliest, want.Latest = supervisor.NewTaskID(c.Sequence), c.Group, c.Sequence, c.Start, c.Earliest, c.Latest
			text, err := s.TaskJSON(want.ID, c)
			if err != nil {
				t.Fatal(err)
			}
			got, err := kafka.ReadTask(text)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%s is read as\n%+v, %v, want\n%+v", text, got, err, want)
			}
		})
	}
}

// The name of a sequence is the same for the same data from the same place, however the spec is written, and another for everything else.
func TestSequence(t *testing.T) {
	t.Parallel()
	at := druid.Instant(5)
	create := plan.Create{Start: plan.Offsets{"0": "5", "1": "6"}, Latest: &at}
	name := func(s *kafka.Spec, c plan.Create) string {
		sequence, err := s.Sequence(c)
		if err != nil {
			t.Fatal(err)
		}
		return sequence
	}
	r := load(t, "expanded.jsonl")[0]
	given, written := parse(t, string(r.Spec)), parse(t, string(r.Written))
	first := name(given, create)
	if !regexp.MustCompile(`^index_kafka_d_[0-9a-f]{15}$`).MatchString(first) || name(written, create) != first {
		t.Errorf("it is %s, and of the same spec as Druid writes it %s", first, name(written, create))
	}
	other := create
	other.Latest, other.Earliest = nil, &at
	seen := map[string]bool{first: true}
	for _, sequence := range []string{
		name(given, other), name(given, plan.Create{Start: plan.Offsets{"0": "5", "1": "7"}, Latest: &at}), name(given, plan.Create{Start: create.Start}),
		name(parse(t, strings.Replace(string(r.Spec), `"page"`, `"user"`, 1)), create),
		name(parse(t, specOf(`"topic":"t"`, `,"maxRowsInMemory":1`, "")), create),
	} {
		if seen[sequence] {
			t.Errorf("%s is the name of two sequences", sequence)
		}
		seen[sequence] = true
	}
	create.Sequence = "there"
	if got := name(given, create); got != "there" {
		t.Errorf("that of tasks that there are is %s", got)
	}
}

// Places that are none make no task.
func TestNoTask(t *testing.T) {
	t.Parallel()
	s := parse(t, specOf(`"topic":"t"`, "", ""))
	for _, start := range []plan.Offsets{{"0": "x"}, {"0": "-1"}, {"0": ""}, {"x": "1"}, {"0": "9223372036854775808"}, {"-1": "1"}, {":1": "1"}} {
		if text, err := s.TaskJSON("id", plan.Create{Start: start}); err == nil {
			t.Errorf("of %v the task %s was made", start, text)
		}
	}
}

package kafka_test

import (
	"encoding/json"
	"testing"

	"ovate/internal/spec"
	"ovate/internal/stream"
	"ovate/internal/supervisor/kafka"
	"ovate/internal/supervisor/plan"
)

// FuzzParse looks for specs whose tasks are no JSON, that are not taken, or that are not found again.
func FuzzParse(f *testing.F) {
	for i, r := range append(load(f, "expanded.jsonl"), load(f, "taken.jsonl")...) {
		if i < 5 || i%10 == 0 {
			f.Add([]byte(r.Spec))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := kafka.Parse(text)
		if err != nil {
			return
		}
		c := plan.Create{Group: 1, Start: plan.Offsets{s.Name(stream.Partition{Stream: "t", ID: "0"}): "5"}}
		made, err := s.TaskJSON("id", c)
		if err != nil || !json.Valid(made) {
			t.Fatalf("the task is %s, %v", made, err)
		}
		if !s.Current(made) {
			t.Fatalf("%s is not current", made)
		}
		if c.Sequence, err = s.Sequence(c); err != nil {
			t.Fatal(err)
		}
		got, err := kafka.ReadTask(made)
		if err != nil || got.Stream != s.Stream || got.Multi != s.Multi || got.Sequence != c.Sequence || got.Group != 1 {
			t.Fatalf("%s is read as %+v, %v", made, got, err)
		}
		if d, err := spec.Read(made); err != nil {
			t.Fatalf("%s: %v", made, err)
		} else if err := d.CheckKafka(); err != nil {
			t.Fatalf("%s: %v", made, err)
		}
	})
}

// FuzzReadTask looks for tasks that are read as something of which no task can be made.
func FuzzReadTask(f *testing.F) {
	for _, r := range load(f, "expanded.jsonl") {
		f.Add([]byte(r.Task))
	}
	f.Add([]byte(`{"type":"index_kafka","id":"a","ioConfig":{"baseSequenceName":"s","startPartitions":{"topic":"t","partitionOffsetMap":{"a:00":"+5"}}},"context":{"checkpoints":"{\"7\":{\"a:0\":5}}"}}`))
	s := parse(f, specOf(`"topic":"t"`, "", ""))
	f.Fuzz(func(t *testing.T, text []byte) {
		read, err := kafka.ReadTask(text)
		if err != nil {
			return
		}
		s.Current(text)
		if _, err := s.TaskJSON(read.ID, plan.Create{
			Group: read.Group, Sequence: read.Sequence, Start: read.Start, Checkpoints: read.Checkpoints, Earliest: read.Earliest, Latest: read.Latest,
		}); err != nil {
			t.Fatalf("%s is read as %+v, of which no task is made: %v", text, read, err)
		}
	})
}

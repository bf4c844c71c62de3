package streaming_test

import (
	"context"
	"crypto/sha1"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/commit"
	"ovate/internal/stream"
	"ovate/internal/stream/kafka"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/plan"
	"ovate/internal/supervisor/streaming"
)

const noEnd = "9223372036854775807"

// topic is a stream in memory.
type topic struct {
	mu      sync.Mutex
	removed []int64 // of each partition, how many records are not there any more
	length  []int64
	cut     bool // nobody reaches it
	stuck   bool // nobody gets any records
	shut    bool // nobody here knows what it is
	opened  int
	asked   map[string]int
	moments map[time.Time]bool // at which it was asked anything
	// covered tells whether everything up to some places is published.
	covered func(plan.Offsets) bool
}

func newTopic(length ...int64) *topic {
	return &topic{length: length, removed: make([]int64, len(length)), asked: map[string]int{}, moments: map[time.Time]bool{}}
}

func (t *topic) at(do func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	do()
}

// read has somebody read on, up to the end if there is one.
func (t *topic) read(at, end plan.Offsets) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name := range at {
		n := t.length[number(stream.Sequence(name))]
		if t.stuck {
			n = 0
		}
		if end != nil {
			n = number(end[name])
		}
		at[name] = place(max(n, number(at[name])))
	}
}

func place(n int64) stream.Sequence { return stream.Sequence(strconv.FormatInt(n, 10)) }

// client is a client of a topic.
type client struct{ *topic }

func (t *topic) open() client {
	t.at(func() { t.opened++ })
	return client{t}
}

func (c client) Close() { c.at(func() { c.opened-- }) }

func (c client) ask(what string) error {
	c.asked[what]++
	c.moments[time.Now()] = true
	if c.cut {
		return &stream.UnreachableError{What: "topic s", Why: "the test says so"}
	}
	return nil
}

func (c client) Partitions(context.Context) (all []stream.Partition, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.length {
		all = append(all, stream.Partition{Stream: "s", ID: strconv.Itoa(i)})
	}
	return all, c.ask("partitions")
}

func (c client) places(what string, of []stream.Partition, values *[]int64) (map[stream.Partition]stream.Sequence, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.ask(what); err != nil {
		return nil, err
	}
	at := map[stream.Partition]stream.Sequence{}
	for _, p := range of {
		at[p] = place((*values)[number(stream.Sequence(p.ID))])
	}
	return at, nil
}

func (c client) Earliest(_ context.Context, of []stream.Partition) (map[stream.Partition]stream.Sequence, error) {
	return c.places("earliest", of, &c.removed)
}

func (c client) Latest(_ context.Context, of []stream.Partition) (map[stream.Partition]stream.Sequence, error) {
	return c.places("latest", of, &c.length)
}

func (c client) Available(_ context.Context, at map[stream.Partition]stream.Sequence) (map[stream.Partition]bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	is := map[stream.Partition]bool{}
	for p, n := range at {
		i := number(stream.Sequence(p.ID))
		is[p] = c.removed[i] <= number(n) && number(n) <= c.length[i]
	}
	return is, c.ask("available")
}

// spec is what the specs of the tests say.
type spec struct {
	Spec struct {
		IOConfig struct {
			TaskCount int `json:"taskCount"`
			Version   int `json:"version"` // of everything else
		} `json:"ioConfig"`
	} `json:"spec"`
}

// source is a Source of a topic.
type source struct {
	*topic
	settings streaming.Settings
	version  int
}

func (w *world) source(s *supervisor.Spec) (*source, error) {
	var said spec
	if err := json.Unmarshal(s.Payload, &said); err != nil {
		return nil, err
	}
	settings := w.settings
	settings.Rules.Suspended, settings.Rules.TaskCount = s.Suspended, max(said.Spec.IOConfig.TaskCount, 1)
	return &source{w.topic, settings, said.Spec.IOConfig.Version + w.version}, nil
}

func settings() streaming.Settings {
	return streaming.Settings{
		Rules: plan.Rules{
			Replicas: 1, TaskDuration: 10 * time.Minute, CompletionTimeout: 30 * time.Minute, StopTaskCount: 9, UseEarliest: true, RepartitionDelay: 2 * time.Minute,
			GroupsOf: groups, Order: kafka.Order{},
		},
		TaskType: "index_kafka", StartDelay: 5 * time.Second, Period: 30 * time.Second, ChatTimeout: 10 * time.Second, ChatRetries: 3,
		OffsetPeriod: 30 * time.Second, NoEnd: noEnd, ParseErrors: 3,
	}
}

func groups(partitions []string, count int) map[string]int {
	of := map[string]int{}
	for _, p := range partitions {
		of[p] = int(number(stream.Sequence(p))) % count
	}
	return of
}

func (s *source) Settings() streaming.Settings { return s.settings }
func (s *source) Open() (opened stream.Stream, err error) {
	var shut bool
	if s.at(func() { shut = s.shut }); shut {
		return nil, errors.New("the test does not say which stream")
	}
	return s.open(), nil
}
func (s *source) Name(p stream.Partition) string {
	return p.ID
}

// ioConfig is what the tasks of the tests are told.
type ioConfig struct {
	Group       int            `json:"taskGroupId"`
	Sequence    string         `json:"baseSequenceName"`
	Version     int            `json:"version"`
	First       int            `json:"first"`
	Checkpoints []plan.Offsets `json:"checkpoints"`
	Start       plan.Offsets   `json:"start"`
	Earliest    *druid.Instant `json:"earliest"`
	Latest      *druid.Instant `json:"latest"`
}

func (s *source) Task(c *plan.Create) ([]byte, error) {
	io := ioConfig{c.Group, c.Sequence, s.version, c.Checkpoints.First, c.Checkpoints.At, c.Start, c.Earliest, c.Latest}
	text, err := json.Marshal(io)
	if err != nil {
		return nil, err
	}
	if c.Sequence == "" {
		io.Sequence = fmt.Sprintf("index_kafka_wiki_%.15x", sha1.Sum(text))
	}
	return json.Marshal(map[string]any{
		"type": "index_kafka", "id": fmt.Sprintf("%s_%08x", io.Sequence, rand.Uint32()), "ioConfig": io,
		"resource": map[string]any{"availabilityGroup": io.Sequence, "requiredCapacity": 1}, "dataSchema": map[string]any{"dataSource": "wiki"},
	})
}

func readTask(text []byte) (t plan.Task, err error) {
	var said struct {
		ID       string    `json:"id"`
		IOConfig *ioConfig `json:"ioConfig"`
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return t, err
	}
	io := said.IOConfig
	if io == nil || io.Sequence == "" {
		return t, errors.New("it is somebody else's")
	}
	return plan.Task{
		ID: said.ID, Group: io.Group, Sequence: io.Sequence, Start: io.Start, Checkpoints: plan.Checkpoints{First: io.First, At: io.Checkpoints},
		Earliest: io.Earliest, Latest: io.Latest, Current: true,
	}, nil
}

func (s *source) Read(text []byte) (plan.Task, error) {
	t, err := readTask(text)
	var said struct {
		IOConfig ioConfig `json:"ioConfig"`
	}
	if err == nil {
		err = json.Unmarshal(text, &said)
	}
	t.Current = said.IOConfig.Version == s.version
	return t, err
}

func (s *source) Offsets(m *commit.Metadata) (plan.Offsets, bool, error) {
	o := plan.Offsets{}
	for name, at := range m.Offsets() {
		if number(stream.Sequence(name)) < 0 {
			return nil, false, fmt.Errorf("there is no partition %s", name)
		}
		o[name] = stream.Sequence(at)
	}
	return o, m.Kind() == "kafka" && (m.Stream() == "s" || m.Stream() == "former"), nil
}

func (s *source) Metadata(o plan.Offsets) (*commit.Metadata, error) {
	for name, at := range o {
		if number(at) < 0 {
			return nil, fmt.Errorf("%s is no place in partition %s", at, name)
		}
	}
	return metadataOf("end", o), nil
}

func numbers(o plan.Offsets) map[string]json.Number {
	n := map[string]json.Number{}
	for name, at := range o {
		n[name] = json.Number(at)
	}
	return n
}

func number(s stream.Sequence) int64 {
	n, err := strconv.ParseInt(string(s), 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

// metadataOf is commit metadata of the stream of the tests.
func metadataOf(typ string, o plan.Offsets) *commit.Metadata {
	text, err := json.Marshal(map[string]any{"type": "kafka", "partitions": map[string]any{"type": typ, "stream": "s", "partitionSequenceNumberMap": numbers(o)}})
	if err != nil {
		panic(err)
	}
	m, err := commit.Parse(text)
	if err != nil {
		panic(err)
	}
	return m
}

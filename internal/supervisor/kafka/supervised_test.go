package kafka

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ovate/internal/commit"
	client "ovate/internal/stream/kafka"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/plan"
	"ovate/internal/supervisor/streaming"
)

func text(io, tuning string) string {
	return `{"type":"kafka","spec":{"dataSchema":{"dataSource":"d","timestampSpec":{"column":"ts"},"dimensionsSpec":{"dimensions":["page"]}},` +
		`"ioConfig":{"consumerProperties":{"bootstrap.servers":"b:9092"},"inputFormat":{"type":"json"},` + io + `},"tuningConfig":{"type":"kafka"` + tuning + `}}}`
}

func read(t *testing.T, text string) *Spec {
	t.Helper()
	s, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func specFor(payload string) *supervisor.Spec {
	return &supervisor.Spec{ID: "d", Type: "kafka", DataSource: "d", Source: "t", Payload: []byte(payload)}
}

// A spec that is submitted is looked at as a whole, consumer properties included; one that is stored runs if it can be read.
func TestKind(t *testing.T) {
	t.Parallel()
	good := text(`"topic":"t"`, "")
	for payload, want := range map[string]string{
		good: "",
		text(`"topic":"t","taskDuration":"PT1S"`, ""):                              "taskDuration",
		text(`"topic":"t","taskcount":5`, ""):                                      "taskCount",
		strings.Replace(good, `"b:9092"`, `"b:9092","interceptor.classes":"x"`, 1): "interceptor.classes",
		strings.Replace(good, `"spec":`, `"context":{"priority":"x"},"spec":`, 1):  `the tasks that it has made would be refused: context.priority: must be a whole number, but is "x"`,
	} {
		err := Kind(Options{Workers: true}).Check(specFor(payload))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", payload, err, want)
		}
	}
	large := Kind(Options{Workers: true, MostTask: 2000})
	if err := large.Check(specFor(good)); err != nil {
		t.Error(err)
	}
	for field, payload := range map[string]string{
		"spec.dataSchema":   strings.Replace(good, `"page"`, `"`+strings.Repeat("p", 2000)+`"`, 1),
		"spec.ioConfig":     strings.Replace(good, `"b:9092"`, `"b:9092","client.id":"`+strings.Repeat("c", 2000)+`"`, 1),
		"spec.tuningConfig": text(`"topic":"t"`, `,"indexSpec":{"x":"`+strings.Repeat("p", 2000)+`"}`),
		"context":           strings.Replace(good, `"spec":`, `"context":{"x":"`+strings.Repeat("p", 2000)+`"},"spec":`, 1),
	} {
		if err := large.Check(specFor(payload)); err == nil || !strings.Contains(err.Error(), "Field ["+field+"]") || !strings.Contains(err.Error(), "maxTaskPayloadSize allows 2000") {
			t.Errorf("a large %s: %v", field, err)
		}
	}
	process := streaming.NewProcess(nil, supervisor.DefaultThresholds())
	s, err := Kind(Options{Workers: true, Process: process}).Run(specFor(good), supervisor.Host{})
	if err != nil {
		t.Fatal(err)
	}
	s.Stop(t.Context(), false)
	if _, err := Kind(Options{Workers: true, Process: process}).Run(specFor(`{"type":"kafka"}`), supervisor.Host{}); err == nil {
		t.Error("a spec that cannot be read runs")
	}
	if k := Kind(Options{}); k.Run != nil || !strings.Contains(k.Rests, "workers") {
		t.Errorf("without workers: %q", k.Rests)
	}
}

// A pattern that nobody here knows is refused when it is submitted. A spec that a Java Overlord has taken with one leads the tasks that this has made to their
// ends, and tells why it makes no others.
func TestPatternOfJava(t *testing.T) {
	t.Parallel()
	spec := specFor(text(`"topicPattern":"a(?!b).*"`, ""))
	const why = "Field [spec.ioConfig.topicPattern] cannot be used"
	kind := Kind(Options{Workers: true, Process: streaming.NewProcess(nil, supervisor.DefaultThresholds())})
	if err := kind.Check(spec); err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("it is taken: %v", err)
	}
	s, err := kind.Run(spec, supervisor.Host{})
	if err != nil {
		t.Fatalf("it does not run: %v", err)
	}
	s.Stop(t.Context(), false)
	m, err := commit.Parse([]byte(`{"type":"kafka","partitions":{"type":"end","stream":"a(?!b).*","partitionSequenceNumberMap":{"ac:0":5}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if at, ours, err := (&source{Spec: read(t, string(spec.Payload))}).Offsets(m); err != nil || !ours || at["ac:0"] != "5" {
		t.Errorf("what its tasks have published is %v, ours: %v, %v", at, ours, err)
	}
	if _, err := read(t, string(spec.Payload)).Open(client.NewClients(), client.Policy{}); err == nil || !strings.Contains(err.Error(), why) {
		t.Errorf("its stream is opened: %v", err)
	}
}

// What the spec says of how to go about it comes to whoever does.
func TestSettings(t *testing.T) {
	t.Parallel()
	s := &source{Spec: read(t, text(
		`"topic":"t","startDelay":"PT1S","period":"PT2S","autoScalerConfig":{"enableTaskAutoScaler":true,"taskCountMin":2,"taskCountMax":4,"lagAggregate":"MAX"}`,
		`,"httpTimeout":"PT3S","chatRetries":4,"offsetFetchPeriod":"PT5S","maxSavedParseExceptions":6`))}
	got := s.Settings()
	if got.StartDelay != time.Second || got.Period != 2*time.Second || got.ChatTimeout != 3*time.Second || got.ChatRetries != 4 || got.OffsetPeriod != 5*time.Second ||
		got.ParseErrors != 12 || got.TaskType != "index_kafka" || got.NoEnd != endless || got.Rules.TaskCount != 2 {
		t.Errorf("they are %+v", got)
	}
	if s.TaskCount = 4; s.Settings().ParseErrors != 24 {
		t.Errorf("with more tasks than at first, as these follow the lag, so many errors are shown: %d", s.Settings().ParseErrors)
	}
	want := plan.Scaling{
		Min: 2, Max: 4, Interval: 30 * time.Second, Range: 10 * time.Minute, StartDelay: 5 * time.Minute, Period: time.Minute, Rest: 10 * time.Minute,
		OutThreshold: 6_000_000, InThreshold: 1_000_000, OutShare: 0.3, InShare: 0.9, OutStep: 2, InStep: 1, Aggregate: "MAX",
	}
	if got.Scaling == nil || *got.Scaling != want {
		t.Errorf("it scales by %+v", got.Scaling)
	}
}

// Places of which nobody knows where they are are told, and are not taken for those of another stream, in whose place others would be stored.
func TestOffsetsOfASource(t *testing.T) {
	t.Parallel()
	s := &source{Spec: read(t, text(`"topic":"t"`, ""))}
	for stored, want := range map[string]string{
		`{"type":"kafka","partitions":{"type":"end","stream":"t","partitionSequenceNumberMap":{"0":5}}}`:        "true <nil>",
		`{"type":"kafka","partitions":{"type":"end","stream":"u","partitionSequenceNumberMap":{"0":5}}}`:        "false <nil>",
		`{"type":"kafka","partitions":{"type":"end","stream":"t","partitionSequenceNumberMap":{"0":5,"-1":5}}}`: `partition "-1" must be`,
	} {
		m, err := commit.Parse([]byte(stored))
		if err != nil {
			t.Fatal(err)
		}
		_, ours, err := s.Offsets(m)
		if got := fmt.Sprint(ours, " ", err); !strings.Contains(got, want) {
			t.Errorf("%s are its own: %s", stored, got)
		}
	}
}

// A task that a supervisor has made is one of its own, and does what the spec says; one of another stream or spec does not.
func TestReadOfASource(t *testing.T) {
	t.Parallel()
	s := &source{Spec: read(t, text(`"topic":"t"`, ""))}
	made, err := s.Task(&plan.Create{Group: 3, Start: plan.Offsets{"0": "5"}})
	if err != nil {
		t.Fatal(err)
	}
	task, err := s.Read(made)
	if err != nil || !task.Current || task.Elsewhere || task.Group != 3 || task.Start["0"] != "5" {
		t.Errorf("%+v, %v", task, err)
	}
	other := &source{Spec: read(t, text(`"topic":"u"`, `,"maxRowsPerSegment":7`))}
	if task, err = other.Read(made); err != nil || task.Current || !task.Elsewhere {
		t.Errorf("for another spec it is %+v, %v", task, err)
	}
}

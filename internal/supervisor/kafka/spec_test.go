package kafka_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ovate/druid"
	client "ovate/internal/stream/kafka"
	"ovate/internal/supervisor/document"
	"ovate/internal/supervisor/kafka"
	"ovate/internal/supervisor/routine"
)

const (
	schema = `"dataSchema":{"dataSource":"d","timestampSpec":{"column":"ts"},"dimensionsSpec":{"dimensions":["page"]},"granularitySpec":{"segmentGranularity":"HOUR"}}`
	format = `"consumerProperties":{"bootstrap.servers":"b:9092"},"inputFormat":{"type":"json"}`
)

// specOf is a spec with such members of its ioConfig, of its tuningConfig and of its own.
func specOf(io, tuning, own string) string {
	return `{"type":"kafka","spec":{` + schema + `,"ioConfig":{` + format + `,` + io + `},"tuningConfig":{"type":"kafka"` + tuning + `}}` + own + `}`
}

func parse(t testing.TB, spec string) *kafka.Spec {
	t.Helper()
	s, err := kafka.Parse([]byte(spec))
	if err != nil {
		t.Fatalf("%s: %v", spec, err)
	}
	return s
}

// What a Java Overlord has stored is read with all that it says, which is what Druid has by default.
func TestDefaults(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile(filepath.Join("..", "testdata", "kafka.json"))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"DataSource":"%","Stream":"t","Multi":false,"Suspended":%,"TaskCount":1,"Replicas":1,"StopTaskCount":0,"TaskDuration":3600000000000,` +
		`"StartDelay":5000000000,"Period":30000000000,"CompletionTimeout":1800000000000,"Late":null,"Early":null,"LateStart":null,"UseEarliest":false,` +
		`"ResetAutomatically":false,"Idle":null,"Scaler":null,"ChatRetries":8,"HTTPTimeout":10000000000,` +
		`"OffsetFetchPeriod":30000000000,"ParseErrors":0}`
	filled := func(values ...string) string {
		text := want
		for _, value := range values {
			text = strings.Replace(text, "%", value, 1)
		}
		return text
	}
	if got, want := said(t, parse(t, string(golden))), filled("g_kafka", "true"); got != want {
		t.Errorf("Java's spec says\n%s, want\n%s", got, want)
	}
	for _, spec := range []string{
		specOf(`"topic":"t"`, "", ""), strings.Replace(specOf(`"topic":"t"`, "", ""), `,"tuningConfig":{"type":"kafka"}`, "", 1),
		`{"type":"kafka",` + schema + `,"ioConfig":{"topic":"t",` + format + `}}`,
		`{"type":"kafka","spec":null,` + schema + `,"ioConfig":{"topic":"t",` + format + `},"tuningConfig":null,"suspended":"false"}`,
	} {
		if got, want := said(t, parse(t, spec)), filled("d", "false"); got != want {
			t.Errorf("%s says\n%s, want\n%s", spec, got, want)
		}
	}
}

// Rules are those of the spec, and the members of which Druid has none for Kafka change nothing.
func TestRules(t *testing.T) {
	t.Parallel()
	s := parse(t, specOf(`"topicPattern":"a.*","taskCount":"4","replicas":2,"stopTaskCount":3,"taskDuration":"PT10M","completionTimeout":60000,`+
		`"useEarliestOffset":true,"lateMessageRejectionPeriod":"P1D","earlyMessageRejectionPeriod":"PT-1H","idleConfig":{"enabled":true},`+
		`"useEarliestSequenceNumber":false,"useTransaction":false`, `,"resetOffsetAutomatically":"true","repartitionTransitionDuration":"PT1S"`, `,"suspended":1`))
	r := s.Rules()
	if !r.Suspended || r.TaskCount != 4 || r.Replicas != 2 || r.StopTaskCount != 3 || r.TaskDuration != 10*time.Minute || r.CompletionTimeout != time.Minute ||
		!r.UseEarliest || *r.Late != 24*time.Hour || *r.Early != -time.Hour || r.LateStart != nil || !r.ResetAutomatically || r.IdleAfter != 10*time.Minute ||
		r.RepartitionDelay != 2*time.Minute || r.GroupsOf == nil || r.Order == nil {
		t.Errorf("the rules are %+v", r)
	}
	r = parse(t, specOf(`"topic":"t","taskCount":5,"lateMessageRejectionStartDateTime":"2026-01-01","idleConfig":{"inactiveAfterMillis":5}`, "", "")).Rules()
	if r.StopTaskCount != 5 || *r.LateStart != druid.Instant(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()) || r.IdleAfter != 0 {
		t.Errorf("the rules are %+v", r)
	}
	s = parse(t, specOf(`"topic":"t","taskCount":5,"autoScalerConfig":{"enableTaskAutoScaler":true,"taskCountMin":2,"taskCountMax":20}`, "", ""))
	if r = s.Rules(); r.TaskCount != 2 || r.StopTaskCount != 2 {
		t.Errorf("with a number of tasks that follows the lag they are %+v", r)
	}
}

// The configuration of what follows the lag has Druid's defaults.
func TestScaler(t *testing.T) {
	t.Parallel()
	got := *parse(t, specOf(`"topic":"t","autoScalerConfig":{"enableTaskAutoScaler":"true","taskCountMin":1,"taskCountMax":4,"scaleInStep":3}`, "", "")).Scaler
	want := routine.Scaler{
		Enabled: true, TaskCountMin: 1, TaskCountMax: 4, Interval: 30 * time.Second, Range: 10 * time.Minute, StartDelay: 5 * time.Minute, Period: time.Minute,
		MinFrequency: 10 * time.Minute, ScaleOutThreshold: 6_000_000, ScaleInThreshold: 1_000_000, ScaleOutFraction: 0.3, ScaleInFraction: 0.9,
		ScaleOutStep: 2, ScaleInStep: 3,
	}
	if got != want {
		t.Errorf("it is %+v, want %+v", got, want)
	}
	if s := parse(t, specOf(`"topic":"t","taskCount":3,"autoScalerConfig":{}`, "", "")); s.Scaler.Enabled || s.TaskCount != 3 {
		t.Errorf("an empty one is %+v, with %d tasks", s.Scaler, s.TaskCount)
	}
}

// Nothing of what may be a secret is in an error, whatever is wrong with the spec.
func TestSecretsOfSpecs(t *testing.T) {
	t.Parallel()
	for _, properties := range []string{
		`"hunter2"`, `["hunter2"]`, `{"sasl.jaas.config":"hunter2"}`, `{"bootstrap.servers":"hunter2"}`, `{"bootstrap.servers":"a:1","ssl.keystore.password":{"hunter2":1}}`,
		`{"bootstrap.servers":"a:1","security.protocol":"SASL_SSL","sasl.mechanism":"PLAIN","sasl.jaas.config":"x required password=hunter2 hunter2 ;"}`,
		`{"bootstrap.servers":"a:1","ssl.truststore.password":{"type":"environment","variable":"hunter2"}}`,
	} {
		spec := `{"type":"kafka","spec":{` + schema + `,"ioConfig":{"topic":"t","inputFormat":{"type":"json"},"consumerProperties":` + properties + `}}}`
		s, err := kafka.Parse([]byte(spec))
		if err == nil {
			err = s.Check(client.Policy{})
		}
		if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "consumerProperties") {
			t.Errorf("%s: %v", spec, err)
		}
	}
	_, err := kafka.Parse([]byte(specOf(`"topic":"t","taskDuration":"http://ann:hunter2@host/"`, "", "")))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a URI with a password: %v", err)
	}
}

// A context that its tasks could not have is refused with a spec that is submitted, and not only when tasks are made; one that is stored is taken as it is.
func TestLongContext(t *testing.T) {
	t.Parallel()
	const most = 4 << 20
	for _, more := range []int{0, 1} {
		s := parse(t, specOf(`"topic":"t"`, "", `,"context": {"a": "`+strings.Repeat("x", most-len(`{"a":""}`)+more)+`"}`))
		if err := s.Check(client.Policy{}); (err != nil) != (more > 0) || err != nil && err.Error() != "Field [context] must have at most 4194304 bytes of JSON, but has 4194305" {
			t.Errorf("%d bytes too many: %.200v", more, err)
		}
	}
}

// A spec that is submitted is told of names that are probably meant otherwise, which Druid ignores; one that is stored is taken as it is.
func TestMisspelt(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		specOf(`"topic":"t","taskDuraton":"PT1H"`, "", ""):                                 "Field [spec.ioConfig.taskDuraton] is none that Druid knows: did you mean taskDuration?",
		specOf(`"topic":"t"`, `,"maxRowsInMemmory":5`, ""):                                 "Field [spec.tuningConfig.maxRowsInMemmory] is none that Druid knows: did you mean maxRowsInMemory?",
		specOf(`"topic":"t"`, "", `,"suspend":true,"suspendet":true`):                      "Field [suspendet] is none that Druid knows: did you mean suspended?",
		strings.Replace(specOf(`"topic":"t"`, "", ""), `"column":"ts"`, `"colum":"ts"`, 1): "Field [spec.dataSchema.timestampSpec.colum] is none that Druid knows: did you mean column?",
		strings.Replace(specOf(`"topic":"t"`, "", ""), `"type":"json"`, `"type":"jsn"`, 1): `Field [spec.ioConfig.inputFormat.type] is none that Druid knows, but "jsn": did you mean json?`,
		strings.Replace(specOf(`"topic":"t"`, "", ""), `"granularitySpec"`, `"metricsSpec":[{"type":"filtered","filter":{"type":"not","field":{"type":"selctor","dimension":"a","value":"b"}},"aggregator":{"type":"cuont","name":"n"}}],"granularitySpec"`, 1): `Field [spec.dataSchema.metricsSpec[0].aggregator.type] is none that Druid knows, but "cuont": did you mean count?`,
		strings.Replace(specOf(`"topic":"t"`, "", ""), `"granularitySpec"`, `"transformSpec":{"filter":{"type":"and","fields":[{"type":"selctor","dimension":"a","value":"b"}]}},"granularitySpec"`, 1):                                                         `Field [spec.dataSchema.transformSpec.filter.fields[0].type] is none that Druid knows, but "selctor": did you mean selector?`,
		strings.Replace(specOf(`"topic":"t"`, "", ""), `"granularitySpec"`, `"metricsSpec":[{"type":"ofAnotherExtension","name":"n"}],"granularitySpec"`, 1):                                                                                                    "",
		specOf(`"topic":"t","idleConfig":{"enable":true}`, "", ""):                                                                                              "Field [spec.ioConfig.idleConfig.enable] is none that Druid knows: did you mean enabled?",
		specOf(`"topic":"t","autoScalerConfig":{"enableTaskAutoscaler":true}`, "", ""):                                                                          "Field [spec.ioConfig.autoScalerConfig.enableTaskAutoscaler] is none that Druid knows: did you mean enableTaskAutoScaler?",
		specOf(`"topic":"t"`, `,"indexSpec":{"bitmap":{"type":"roring"}}`, ""):                                                                                  `Field [spec.tuningConfig.indexSpec.bitmap.type] is none that Druid knows, but "roring": did you mean roaring?`,
		specOf(`"topic":"t"`, `,"indexSpec":{"longEncodng":"auto"}`, ""):                                                                                        "Field [spec.tuningConfig.indexSpec.longEncodng] is none that Druid knows: did you mean longEncoding?",
		strings.Replace(specOf(`"topic":"t"`, "", ""), `"page"`, `{"type":"lnog","name":"page"}`, 1):                                                            `Field [spec.dataSchema.dimensionsSpec.dimensions[0].type] is none that Druid knows, but "lnog": did you mean long?`,
		strings.Replace(specOf(`"topic":"t"`, "", ""), `"page"`, `{"name":"page","createBitmapIndx":false}`, 1):                                                 "Field [spec.dataSchema.dimensionsSpec.dimensions[0].createBitmapIndx] is none that Druid knows: did you mean createBitmapIndex?",
		strings.Replace(specOf(`"topic":"t"`, "", ""), `"b:9092"`, `"b:9092","security.protcol":"SASL_SSL","more":"x"`, 1):                                      "Field [spec.ioConfig.consumerProperties.security.protcol] is none that Druid knows: did you mean security.protocol?",
		strings.Replace(specOf(`"topic":"t"`, "", ""), `{"type":"json"}`, `{"type":"kafka","valueFormat":{"type":"json"},"keyFromat":{"type":"json"}}`, 1):      "Field [spec.ioConfig.inputFormat.keyFromat] is none that Druid knows: did you mean keyFormat?",
		strings.Replace(specOf(`"topic":"t"`, "", ""), `{"type":"json"}`, `{"type":"kafka","valueFormat":{"type":"json","flatenSpec":{}}}`, 1):                  "Field [spec.ioConfig.inputFormat.valueFormat.flatenSpec] is none that Druid knows: did you mean flattenSpec?",
		strings.Replace(specOf(`"topic":"t"`, "", ""), `{"type":"json"}`, `{"type":"kafka","valueFormat":{"type":"json"},"headerFormat":{"type":"strnig"}}`, 1): `Field [spec.ioConfig.inputFormat.headerFormat.type] is none that Druid knows, but "strnig": did you mean string?`,
		strings.Replace(specOf(`"topic":"t"`, "", ""), `{"type":"json"}`, `{"type":"regex","pattern":".","columns":["a"],"flatenSpec":{}}`, 1):                  "",
		specOf(`"topic":"t","Topic":"u","more":1,"stopTaskCountRatio":1`, "", ""):                                                                               "",
		specOf(`"topic":"t"`, `,"futureTuning":1`, `,"id":"d","source":"t"`):                                                                                    "",
	} {
		got := ""
		if err := parse(t, spec).Check(client.Policy{}); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s is told %q, want %q", spec, got, want)
		}
	}
}

// What is no spec at all is refused, too.
func TestNoSpec(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, ` `, `[]`, `null`, `{"type":"kafka"`, `{"type":"kafka"}x`, "{\"type\":\"\xff\"}", `{}`, `{"type":"kinesis"}`, strings.Repeat("[", 5000),
		`{"type":"kafka","spec":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`} {
		var fault *document.Error
		if _, err := kafka.Parse([]byte(text)); !errors.As(err, &fault) {
			t.Errorf("%.50s: %v", text, err)
		}
	}
}

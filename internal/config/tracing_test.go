package config

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// OpenTelemetry's variables are properties, which say from where they came; the program's own names count before them, and those of traces before those of all.
func TestTracing(t *testing.T) {
	t.Parallel()
	const base = "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318"
	for _, c := range []struct {
		environ, flags []string
		url            string // empty: nobody traces
		more           func(*Tracing) bool
	}{
		{nil, nil, "", nil},
		{[]string{"OTEL_SERVICE_NAME=a", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"}, nil, "", nil}, // which nobody minds as nothing is sent
		{[]string{base}, nil, "http://c:4318/v1/traces", func(c *Tracing) bool {
			return c.Service == "ovate" && c.Sampler == "parentbased_always_on" && c.Timeout == 10*time.Second && len(c.Headers) == 0 && c.Gzip
		}},
		{[]string{"OTEL_EXPORTER_OTLP_ENDPOINT=https://c/otlp/"}, nil, "https://c/otlp/v1/traces", nil},
		{[]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://t/own", base}, nil, "http://t/own", nil},
		{[]string{base}, []string{"ovate.tracing.endpoint=http://flag:1"}, "http://flag:1/v1/traces", nil},
		{[]string{"ovate_tracing_endpoint=http://own:1", base}, nil, "http://own:1/v1/traces", nil},
		{[]string{base, "OTEL_SDK_DISABLED=true"}, nil, "", nil},
		{[]string{base, "OTEL_TRACES_EXPORTER=none"}, nil, "", nil},
		{[]string{base, "OTEL_EXPORTER_OTLP_PROTOCOL=", "OTEL_TRACES_SAMPLER= "}, nil, "http://c:4318/v1/traces", nil}, // empty is not set
		{[]string{base, "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/json"}, nil, "http://c:4318/v1/traces", nil},
		{[]string{
			base, "OTEL_EXPORTER_OTLP_HEADERS=api-key=a%20b, x=1=2", "OTEL_SERVICE_NAME=me", "OTEL_RESOURCE_ATTRIBUTES=service.name=other,zone=a%2Cb",
			"OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG=0.25", "OTEL_EXPORTER_OTLP_TIMEOUT=2500",
		}, nil, "http://c:4318/v1/traces", func(c *Tracing) bool {
			return maps.Equal(c.Headers, map[string]string{"api-key": "a b", "x": "1=2"}) && c.Service == "me" && c.Attributes["zone"] == "a,b" &&
				c.Sampler == "parentbased_traceidratio" && c.Ratio == 0.25 && c.Timeout == 2500*time.Millisecond
		}},
		{[]string{base, "OTEL_EXPORTER_OTLP_COMPRESSION=gzip", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION=none"}, nil, "http://c:4318/v1/traces", func(c *Tracing) bool { return !c.Gzip }},
		{[]string{base, "OTEL_RESOURCE_ATTRIBUTES=service.name=other"}, nil, "http://c:4318/v1/traces", func(c *Tracing) bool { return c.Service == "other" }},
	} {
		from := Sources{Environ: c.environ}
		for _, f := range c.flags {
			name, value, _ := strings.Cut(f, "=")
			from.Flags = append(from.Flags, Setting{name, value, "-D"})
		}
		got, err := Load(from)
		if err != nil || got.Tracing.URL != c.url || c.more != nil && !c.more(&got.Tracing) {
			t.Errorf("%q, %q: %+v, %v", c.environ, c.flags, got, err)
		}
	}
	got, err := Load(Sources{Environ: []string{base, "OTEL_EXPORTER_OTLP_HEADERS=api-key=hidden"}})
	if err != nil {
		t.Fatal(err)
	}
	if from := got.Origin("ovate.tracing.endpoint"); from != "environment variable OTEL_EXPORTER_OTLP_ENDPOINT" {
		t.Errorf("it comes from %s", from)
	}
	if shown := slices.ContainsFunc(got.Settings(), func(s Setting) bool { return strings.Contains(s.Value, "hidden") }); shown {
		t.Errorf("a header is shown: %+v", got.Settings())
	}
}

// What cannot be honoured is refused at the start, without what may be secret.
func TestBadTracing(t *testing.T) {
	t.Parallel()
	const base = "OTEL_EXPORTER_OTLP_ENDPOINT=http://c:4318"
	for given, want := range map[string]string{
		"OTEL_EXPORTER_OTLP_PROTOCOL=grpc":                  `ovate.tracing.protocol = "grpc" (environment variable OTEL_EXPORTER_OTLP_PROTOCOL): must be http/json`,
		"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf":  `(environment variable OTEL_EXPORTER_OTLP_TRACES_PROTOCOL): must be http/json`,
		"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=collector:4318": "must be the URL of a collector that takes OTLP over HTTP, like http://HOST:4318",
		"OTEL_EXPORTER_OTLP_HEADERS=hidden":                 `ovate.tracing.headers = "***" (environment variable OTEL_EXPORTER_OTLP_HEADERS): must be name=value`,
		"OTEL_EXPORTER_OTLP_HEADERS=a=1,b=%zzhidden":        "number 2 of them is not",
		"OTEL_EXPORTER_OTLP_HEADERS=a%20b=hidden":           "one of them can be none",
		"OTEL_EXPORTER_OTLP_HEADERS=a=hidden%0d%0ax: y":     "one of them can be none",
		"OTEL_EXPORTER_OTLP_TIMEOUT=soon":                   "must be milliseconds from 1 to 600000",
		"OTEL_EXPORTER_OTLP_COMPRESSION=zstd":               "must be gzip or none",
		"OTEL_RESOURCE_ATTRIBUTES=zone":                     "must be name=value,name=value",
		"OTEL_TRACES_SAMPLER=jaeger_remote":                 "must be always_on or always_off or",
		"OTEL_TRACES_SAMPLER=traceidratio ":                 "",
		"OTEL_TRACES_EXPORTER=zipkin":                       "must be otlp or none",
		"OTEL_SDK_DISABLED=maybe":                           "must be true or false",
	} {
		environ := []string{base, given}
		if want == "" { // with which it is another variable that is wrong
			environ, want = append(environ, "OTEL_TRACES_SAMPLER_ARG=2"), "must be a number from 0 to 1, as ovate.tracing.sampler is traceidratio"
		}
		_, err := Load(Sources{Environ: environ})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%q: %v; want %q", environ, err, want)
		}
	}
}

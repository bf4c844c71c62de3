package config

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"

	"ovate/internal/tracing"
)

// Tracing is where traces go, and which ones.
type Tracing struct {
	URL        string            // to which they are posted; empty: nobody traces anything
	Headers    map[string]string // of each request, perhaps secret
	Gzip       bool
	Timeout    time.Duration
	Service    string
	Attributes map[string]string // of this server
	Sampler    string            // one of tracing.Samplers
	Ratio      float64           // for those that go by one

	disabled          bool
	exporter          string
	base, traces      string // the URL of all that a collector takes, and that of traces alone
	protocol, headers string
	ratio             string
}

// tracingKeys are of traces. Their names and values are those of OpenTelemetry's variables.
func tracingKeys() []key {
	const t = "ovate.tracing."
	return []key{
		{t + "disabled", "false", func(c *Config, v string) error { return setBool(&c.Tracing.disabled, v) }},
		{t + "exporter", "otlp", func(c *Config, v string) error {
			return setOneOf(&c.Tracing.exporter, v, "traces go to a collector (OTLP), or nowhere", "otlp", "none")
		}},
		{t + "endpoint", "", optional(func(c *Config, v string) error {
			c.Tracing.base = v
			return checkCollector(v)
		})},
		{t + "tracesEndpoint", "", optional(func(c *Config, v string) error {
			c.Tracing.traces = v
			return checkCollector(v)
		})},
		{t + "protocol", "http/json", func(c *Config, v string) error { c.Tracing.protocol = v; return nil }},
		{t + "headers", "", func(c *Config, v string) error { c.Tracing.headers = v; return nil }},
		{t + "compression", "gzip", func(c *Config, v string) error {
			var how string
			err := setOneOf(&how, v, "collectors need know no other compression", "gzip", "none")
			c.Tracing.Gzip = how == "gzip"
			return err
		}},
		{t + "timeout", "10000", func(c *Config, v string) error { return setTracingTimeout(&c.Tracing.Timeout, v) }},
		{t + "serviceName", "ovate", func(c *Config, v string) error { c.Tracing.Service = v; return nil }},
		{t + "resourceAttributes", "", optional((*Config).setResourceAttributes)},
		{t + "sampler", "parentbased_always_on", func(c *Config, v string) error {
			return setOneOf(&c.Tracing.Sampler, v, "other samplers are not built in this version", tracing.Samplers()...)
		}},
		{t + "samplerArg", "1", func(c *Config, v string) error { c.Tracing.ratio = v; return nil }},
	}
}

// tracingVariables are the properties that OpenTelemetry's own variables give. An empty one is as if it were not set, as OpenTelemetry has it, and one of
// traces alone counts before that of all signals.
func tracingVariables(environ []string) []Setting {
	given := map[string]string{}
	for _, variable := range environ {
		if name, value, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "OTEL_") && strings.TrimSpace(value) != "" {
			given[name] = value
		}
	}
	var settings []Setting
	for _, v := range [...]struct{ name, property string }{
		{"OTEL_SDK_DISABLED", "disabled"},
		{"OTEL_TRACES_EXPORTER", "exporter"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "endpoint"},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "tracesEndpoint"},
		{"OTEL_EXPORTER_OTLP_PROTOCOL", "protocol"},
		{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "protocol"},
		{"OTEL_EXPORTER_OTLP_HEADERS", "headers"},
		{"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "headers"},
		{"OTEL_EXPORTER_OTLP_COMPRESSION", "compression"},
		{"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "compression"},
		{"OTEL_EXPORTER_OTLP_TIMEOUT", "timeout"},
		{"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "timeout"},
		{"OTEL_SERVICE_NAME", "serviceName"},
		{"OTEL_RESOURCE_ATTRIBUTES", "resourceAttributes"},
		{"OTEL_TRACES_SAMPLER", "sampler"},
		{"OTEL_TRACES_SAMPLER_ARG", "samplerArg"},
	} {
		if value, there := given[v.name]; there {
			settings = append(settings, Setting{"ovate.tracing." + v.property, value, "environment variable " + v.name})
		}
	}
	return settings
}

func checkCollector(v string) error {
	u, err := url.Parse(v)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("must be the URL of a collector that takes OTLP over HTTP, like http://HOST:4318")
	}
	return nil
}

func setTracingTimeout(d *time.Duration, v string) error {
	if err := setDuration(d, v); err != nil || *d < time.Millisecond || *d > 10*time.Minute {
		return errors.New("must be milliseconds from 1 to 600000, or an ISO-8601 duration like PT10S")
	}
	return nil
}

// setResourceAttributes takes what is told of this server. What names it counts unless another property does.
func (c *Config) setResourceAttributes(v string) error {
	all, err := parsePairs(v)
	if err != nil {
		return err
	}
	if name := all["service.name"]; name != "" && c.Origin("ovate.tracing.serviceName") == "default" {
		c.Tracing.Service = name
	}
	c.Tracing.Attributes = all
	return nil
}

// parsePairs reads name=value,name=value, with %XX for what would be misread. Its error does not repeat what may be secret.
func parsePairs(v string) (map[string]string, error) {
	all := map[string]string{}
	for i, pair := range strings.Split(v, ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		name, value, found := strings.Cut(pair, "=")
		name, wrong := url.PathUnescape(strings.TrimSpace(name))
		value, alsoWrong := url.PathUnescape(strings.TrimSpace(value))
		if !found || name == "" || wrong != nil || alsoWrong != nil {
			return nil, fmt.Errorf("must be name=value,name=value, with %%XX for a comma, a blank or a %% within: number %d of them is not", i+1)
		}
		all[name] = value
	}
	return all, nil
}

// settleTracing finds out where traces go. What is wrong with how they are to be sent matters only if they are.
func (c *Config) settleTracing() (err error) {
	t := &c.Tracing
	switch {
	case t.disabled, t.exporter == "none", t.base == "" && t.traces == "":
		return nil
	case t.protocol != "http/json":
		return c.Refusal("ovate.tracing.protocol", "must be http/json: collectors take it where they take http/protobuf, on port 4318; grpc and http/protobuf are not built in. "+
			"Traces are sent as ovate.tracing.endpoint or ovate.tracing.tracesEndpoint is set")
	}
	if t.Headers, err = parsePairs(t.headers); err != nil {
		return c.Refusal("ovate.tracing.headers", err.Error())
	}
	headerName := regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$") // RFC 9110, 5.6.2
	for name, value := range t.Headers {
		if !headerName.MatchString(name) || strings.ContainsFunc(value, unicode.IsControl) {
			return c.Refusal("ovate.tracing.headers", "must be name=value,name=value of headers of HTTP: one of them can be none")
		}
	}
	if strings.Contains(t.Sampler, "ratio") {
		if err := setRatio(&t.Ratio, t.ratio); err != nil {
			return c.Refusal("ovate.tracing.samplerArg", err.Error()+", as ovate.tracing.sampler is "+t.Sampler)
		}
	}
	if t.URL = t.traces; t.URL == "" {
		t.URL = strings.TrimSuffix(t.base, "/") + "/v1/traces"
	}
	return nil
}

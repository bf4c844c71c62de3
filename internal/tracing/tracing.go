// Package tracing tells a collector of OpenTelemetry what became of requests and tasks: a span for each request, and for each task with what it has waited
// for and done. A nil *Tracing tells nobody.
package tracing

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	otelsdk "go.opentelemetry.io/otel/sdk"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"ovate/internal/span"
	"ovate/internal/tracing/otlp"
)

// Options are what is told, and whom.
type Options struct {
	Collector otlp.Config
	// Client sends requests to the collector.
	Client *http.Client
	// Service is the name of this one, Version that of this program, and Attributes are what else is told of it with each batch.
	Service, Version string
	Attributes       map[string]string
	// Sampler is one of Samplers, and Ratio how many of the traces are told of for those that go by one.
	Sampler string
	Ratio   float64
	Log     *slog.Logger
}

// Bounds of what is kept for the collector.
const (
	mostSpans   = 4096 // that wait
	batch       = 512
	batchPeriod = time.Second
	mostText    = 1024 // bytes of the value of an attribute
	mostParts   = 128  // attributes, events and links of a span
	// stopPatience is how long Stop waits for a collector.
	stopPatience = 5 * time.Second
)

// Tracing begins traces, and has them sent. Make it with New, let it send with Start, end it with Stop. It may be used from any goroutines.
type Tracing struct {
	tracer     trace.Tracer
	provider   *sdk.TracerProvider
	exporter   *otlp.Exporter
	queue      *bounded
	propagator propagation.TraceContext
	tasks      holder
	started    bool
	timeout    time.Duration
}

// New makes a Tracing, of which nothing is sent yet.
func New(o Options) (*Tracing, error) {
	sampler, err := samplerOf(o.Sampler, o.Ratio)
	if err != nil {
		return nil, err
	}
	t := &Tracing{exporter: otlp.New(o.Collector, o.Client, o.Log), timeout: o.Collector.Timeout}
	limits := sdk.SpanLimits{ // and not what the SDK finds in the environment
		AttributeValueLengthLimit: mostText, AttributeValueDepthLimit: sdk.DefaultAttributeValueDepthLimit, AttributeCountLimit: mostParts, EventCountLimit: mostParts,
		LinkCountLimit: mostParts, AttributePerEventCountLimit: mostParts, AttributePerLinkCountLimit: mostParts,
	}
	t.provider = sdk.NewTracerProvider(sdk.WithSampler(sampler), sdk.WithRawSpanLimits(limits), sdk.WithResource(resourceOf(o)))
	t.tracer = t.provider.Tracer(span.Scope)
	return t, nil
}

// resourceOf is what is told of this server.
func resourceOf(o Options) *resource.Resource {
	all := []attribute.KeyValue{
		attribute.String("service.name", o.Service), attribute.String("service.version", o.Version), attribute.String("service.instance.id", uuid.NewString()),
		attribute.String("telemetry.sdk.language", "go"), attribute.String("telemetry.sdk.name", "opentelemetry"), attribute.String("telemetry.sdk.version", otelsdk.Version()),
	}
	if host, err := os.Hostname(); err == nil {
		all = append(all, attribute.String("host.name", host))
	}
	for name, value := range o.Attributes { // which count before these
		if name != "service.name" { // that of Service counts
			all = append(all, attribute.String(name, value))
		}
	}
	return resource.NewSchemaless(all...)
}

// Samplers are the names of those there are, as the variable OTEL_TRACES_SAMPLER has them.
func Samplers() []string {
	return []string{"always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"}
}

func samplerOf(name string, ratio float64) (sdk.Sampler, error) {
	switch slices.Index(Samplers(), name) {
	case 0:
		return sdk.AlwaysSample(), nil
	case 1:
		return sdk.NeverSample(), nil
	case 2:
		return sdk.TraceIDRatioBased(ratio), nil
	case 3:
		return sdk.ParentBased(sdk.AlwaysSample()), nil
	case 4:
		return sdk.ParentBased(sdk.NeverSample()), nil
	case 5:
		return sdk.ParentBased(sdk.TraceIDRatioBased(ratio)), nil
	}
	return nil, fmt.Errorf("there is no sampler %q", name)
}

// Start has spans sent.
func (t *Tracing) Start() {
	if t == nil || t.started {
		return
	}
	t.started = true
	t.queue = newBounded(mostSpans, t.exporter, sdk.WithMaxExportBatchSize(batch), sdk.WithBatchTimeout(batchPeriod), sdk.WithExportTimeout(t.timeout))
	t.provider.RegisterSpanProcessor(t.queue)
}

// Stop tells of tasks that still run that they are cut off, and sends what there is, unless that takes long. Nothing is told of afterwards.
func (t *Tracing) Stop() {
	if t == nil || !t.started {
		return
	}
	t.started = false
	t.tasks.replace(nil)
	ctx, cancel := context.WithTimeout(context.Background(), stopPatience)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil { // the collector takes its time
		t.exporter.Abort()
	}
}

// Counts are how many spans there were.
type Counts struct {
	Sent    int64 // the collector has them
	Refused int64 // by the collector
	Failed  int64 // could not be sent
	Dropped int64 // came faster than they were sent
}

// Counts tells how many spans there were; false if nobody is told of any.
func (t *Tracing) Counts() (Counts, bool) {
	if t == nil {
		return Counts{}, false
	}
	c := Counts{Sent: t.exporter.Sent(), Refused: t.exporter.Refused(), Failed: t.exporter.Failed()}
	if q := t.queue; q != nil {
		c.Dropped = q.dropped.Load()
	}
	return c, true
}

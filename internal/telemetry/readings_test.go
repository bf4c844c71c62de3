package telemetry

import (
	"log/slog"
	"net/http"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"ovate/druid"
	"ovate/internal/emitter"
	"ovate/internal/tracing"
)

// What is read when somebody asks is sent, all of it, where there is something to tell.
func TestReadingsAreSent(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	traces, err := tracing.New(tracing.Options{Client: http.DefaultClient, Sampler: tracing.Samplers()[0], Log: log})
	if err != nil {
		t.Fatal(err)
	}
	telemetry := New(Options{
		Leading: func() Leading { return busy() }, ZooKeeper: func() bool { return true }, Sessions: func() (int, bool) { return 1, true },
		Emitter: emitter.New(func() emitter.Service { return emitter.Service{} }, log), Tracing: traces,
	})
	telemetry.Tasks().Moved("wiki", "", druid.Waiting)
	registry := prometheus.NewRegistry()
	reader := newReader(&maker{registry: registry}, telemetry)
	registry.MustRegister(reader)
	sent := map[string]bool{}
	metrics := make(chan prometheus.Metric)
	go func() {
		defer close(metrics)
		reader.Collect(metrics)
	}()
	for m := range metrics {
		sent[m.Desc().String()] = true
	}
	for _, one := range reader.all {
		if text := one.desc.String(); !sent[text] {
			t.Errorf("nobody sends %s: Collect in reader.go has to", text)
		}
	}
}

package tracing

import (
	"context"
	"sync/atomic"

	sdk "go.opentelemetry.io/otel/sdk/trace"
)

// bounded is the SDK's queue and batches, and counts what finds no room, which the SDK tells nobody. It never waits.
type bounded struct {
	sdk.SpanProcessor
	most    int64
	waiting atomic.Int64 // in the queue, or being sent
	dropped atomic.Int64
}

// newBounded makes a queue before an exporter that has room for so many spans.
func newBounded(most int, to sdk.SpanExporter, o ...sdk.BatchSpanProcessorOption) *bounded {
	b := &bounded{most: int64(most)}
	b.SpanProcessor = sdk.NewBatchSpanProcessor(leaving{to, b}, append(o, sdk.WithMaxQueueSize(most))...)
	return b
}

// OnEnd takes a span, or drops it.
func (b *bounded) OnEnd(s sdk.ReadOnlySpan) {
	if !s.SpanContext().IsSampled() {
		return
	}
	if b.waiting.Add(1) > b.most {
		b.waiting.Add(-1)
		b.dropped.Add(1)
		return
	}
	b.SpanProcessor.OnEnd(s)
}

// leaving is an exporter that tells how many spans do not wait any more.
type leaving struct {
	sdk.SpanExporter
	from *bounded
}

func (l leaving) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	defer l.from.waiting.Add(-int64(len(spans)))
	return l.SpanExporter.ExportSpans(ctx, spans)
}

package emitter

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"
)

// Logging writes each event to the log, as one line with the event's JSON.
type Logging struct {
	Log   *slog.Logger
	Level slog.Level
}

// Take implements Sink.
func (l Logging) Take(ctx context.Context, event []byte) {
	l.Log.Log(ctx, l.Level, "Event", "event", json.RawMessage(event))
}

// Flush implements Sink; nothing waits.
func (Logging) Flush(context.Context, time.Time, bool) {}

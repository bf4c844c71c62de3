// Package audit makes entries of the audit history, as Druid's audit manager writes them.
package audit

import (
	"context"

	"ovate/druid"
	"ovate/internal/metadata"
)

// Caller is who asks for something that the history keeps.
type Caller struct{ Author, Comment, IP string }

type callerKey struct{}

// WithCaller tells whatever is called with the context who asks for it.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

func callerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

// Entry is what was done: Key is the data source, and Payload the JSON that tells what.
type Entry struct {
	Key, Type, Method, URI string
	Payload                []byte
	Time                   druid.Instant
}

// Row is the row of the entry. The caller comes from ctx. The inner payload is a JSON text.
func (e Entry) Row(ctx context.Context) metadata.AuditRow {
	by := callerOf(ctx)
	dst := druid.AppendString([]byte(`{"key":`), e.Key)
	dst = druid.AppendString(append(dst, `,"type":`...), e.Type)
	dst = druid.AppendString(append(dst, `,"auditInfo":{"author":`...), by.Author)
	dst = druid.AppendString(append(dst, `,"identity":"allowAll","comment":`...), by.Comment)
	dst = druid.AppendString(append(dst, `,"ip":`...), by.IP)
	dst = druid.AppendString(append(dst, `},"request":{"service":"overlord","method":`...), e.Method)
	dst = druid.AppendString(append(dst, `,"uri":`...), e.URI)
	dst = druid.AppendString(append(dst, `,"queryParams":null},"payload":`...), string(e.Payload))
	dst = e.Time.AppendTo(append(dst, `,"auditTime":"`...))
	return metadata.AuditRow{
		Key: e.Key, Type: e.Type, Author: by.Author, Comment: by.Comment, Created: e.Time, Payload: append(dst, `"}`...),
	}
}

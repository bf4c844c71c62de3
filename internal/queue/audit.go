package queue

import (
	"context"

	"ovate/druid"
	"ovate/internal/metadata"
)

// Caller is who submits a task, for the audit history.
type Caller struct{ Author, Comment, IP string }

type callerKey struct{}

// WithCaller tells Add who submits the task.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

func callerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}

// audited tells whether the submission of a task of a type goes into the audit history.
func audited(typ string) bool {
	switch typ {
	case "index", "index_parallel", "compact", "kill":
		return true
	}
	return false
}

// auditRow is the entry that Druid's audit manager makes of a submission. The inner payload is a JSON text.
func auditRow(by Caller, e *entry) metadata.AuditRow {
	inner := druid.AppendString([]byte(`{"id":`), e.id)
	inner = druid.AppendString(append(inner, `,"groupId":`...), e.identity.GroupID)
	inner = druid.AppendString(append(inner, `,"type":`...), e.typ)
	inner = append(inner, '}')

	dst := druid.AppendString([]byte(`{"key":`), e.identity.DataSource)
	dst = druid.AppendString(append(dst, `,"type":"task","auditInfo":{"author":`...), by.Author)
	dst = druid.AppendString(append(dst, `,"identity":"allowAll","comment":`...), by.Comment)
	dst = druid.AppendString(append(dst, `,"ip":`...), by.IP)
	dst = append(dst, `},"request":{"service":"overlord","method":"POST","uri":"/druid/indexer/v1/task","queryParams":null},"payload":`...)
	dst = druid.AppendString(dst, string(inner))
	dst = e.created.AppendTo(append(dst, `,"auditTime":"`...))
	return metadata.AuditRow{
		Key: e.identity.DataSource, Type: "task", Author: by.Author, Comment: by.Comment, Created: e.created, Payload: append(dst, `"}`...),
	}
}

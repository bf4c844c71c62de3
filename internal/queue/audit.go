package queue

import (
	"context"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/metadata"
)

// auditRow is the entry of a submission.
func auditRow(ctx context.Context, e *entry) metadata.AuditRow {
	inner := druid.AppendString([]byte(`{"id":`), e.id)
	inner = druid.AppendString(append(inner, `,"groupId":`...), e.identity.GroupID)
	inner = druid.AppendString(append(inner, `,"type":`...), e.typ)
	return audit.Entry{
		Key: e.identity.DataSource, Type: "task", Method: "POST", URI: "/druid/indexer/v1/task", Payload: append(inner, '}'), Time: e.created,
	}.Row(ctx)
}

package queue

import (
	"context"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/metadata"
)

// audited tells whether the submission of a task of a type goes into the audit history.
func audited(typ string) bool {
	switch typ {
	case "index", "index_parallel", "compact", "kill":
		return true
	}
	return false
}

// auditRow is the entry of a submission.
func auditRow(ctx context.Context, e *entry) metadata.AuditRow {
	inner := druid.AppendString([]byte(`{"id":`), e.id)
	inner = druid.AppendString(append(inner, `,"groupId":`...), e.identity.GroupID)
	inner = druid.AppendString(append(inner, `,"type":`...), e.typ)
	return audit.Entry{
		Key: e.identity.DataSource, Type: "task", Method: "POST", URI: "/druid/indexer/v1/task", Payload: append(inner, '}'), Time: e.created,
	}.Row(ctx)
}

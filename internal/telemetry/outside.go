package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ovate/internal/metadata"
)

// outside are the metrics of what comes from others in a cluster: workers, ZooKeeper, and whoever changes what is configured.
type outside struct {
	discovered prometheus.Counter
	reconnects prometheus.Observer
	audits     prometheus.Counter
}

func newOutside(m *maker) outside {
	return outside{
		discovered: m.counter("druid_task_discovered_total", "task/discovered/count", "Tasks that workers ran of which nobody knew, and which they were told to end. Druid has it from version 37 on.").WithLabelValues(),
		reconnects: m.histogram("druid_zk_reconnect_time_seconds", "zk/reconnect/time", "How long there was no connection to ZooKeeper, until there was one again.", longSeconds).WithLabelValues(),
		audits:     m.counter("druid_config_audit_total", "config/audit", "Entries that were made in the audit history.").WithLabelValues(),
	}
}

// Discovered tells that a worker runs a task of which nobody knows.
func (t *Telemetry) Discovered(task string) {
	t.outside.discovered.Inc()
	if t.wanted() {
		t.emit("task/discovered/count", 1, dims("taskId", task)...)
	}
}

// Reconnected tells that there is a connection to ZooKeeper again, and how long there was none.
func (t *Telemetry) Reconnected(away time.Duration) {
	t.outside.reconnects.Observe(away.Seconds())
	if t.wanted() {
		t.emit("zk/reconnect/time", float64(away.Milliseconds()))
	}
}

// audited tells of an entry of the audit history that is stored. As in Druid, unless it is configured, what was changed to is not in it.
func (t *Telemetry) audited(row *metadata.AuditRow) {
	t.outside.audits.Inc()
	if t.wanted() {
		t.emit("config/audit", 1, dims("author", row.Author, "comment", row.Comment, "created_date", row.Created.String(), "key", row.Key, "type", row.Type)...)
	}
}

// meteredTx notes which entries a transaction makes in the audit history.
type meteredTx struct {
	metadata.Tx
	audits *[]metadata.AuditRow
}

// InsertAudit implements metadata.Tx.
func (m meteredTx) InsertAudit(rows ...metadata.AuditRow) error {
	err := m.Tx.InsertAudit(rows...)
	if err == nil {
		*m.audits = append(*m.audits, rows...)
	}
	return err
}

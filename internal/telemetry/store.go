package telemetry

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ovate/internal/metadata"
)

// store are the metrics of the metadata store.
type store struct {
	updates  *prometheus.HistogramVec
	together prometheus.Observer
}

func newStore(m *maker) store {
	return store{
		updates: m.histogram("ovate_store_update_time_seconds", "", "How long transactions of the metadata store took, with what they waited for, by their outcome: "+
			"committed, refused (nothing was stored, for a reason of whoever asked), failed (nothing was stored, as the store fails) or unknown.", seconds, "outcome"),
		together: m.histogram("ovate_store_commit_size", "", "How many transactions shared a commit, in SQLite.", sizes).WithLabelValues(),
	}
}

// Committed tells how many updates have shared a commit.
func (t *Telemetry) Committed(together int) { t.store.together.Observe(float64(together)) }

// Store is a store whose transactions are counted.
func (t *Telemetry) Store(s metadata.Store) metadata.Store { return metered{s, t} }

type metered struct {
	metadata.Store
	telemetry *Telemetry
}

// Update implements metadata.Store.
func (m metered) Update(ctx context.Context, fn func(metadata.Tx) error) error {
	begun := time.Now()
	var own error
	var audits []metadata.AuditRow
	err := m.Store.Update(ctx, func(tx metadata.Tx) error {
		audits = audits[:0] // it may be tried again
		own = fn(meteredTx{tx, &audits})
		return own
	})
	if err == nil {
		for i := range audits {
			m.telemetry.audited(&audits[i])
		}
	}
	outcome := "committed"
	switch {
	case err == nil:
	case errors.Is(err, metadata.ErrOutcomeUnknown):
		outcome = "unknown"
	case own != nil && errors.Is(err, own) && !metadata.IsTransient(err), ctx.Err() != nil:
		outcome = "refused"
	default:
		outcome = "failed"
	}
	m.telemetry.store.updates.WithLabelValues(outcome).Observe(time.Since(begun).Seconds())
	return err
}

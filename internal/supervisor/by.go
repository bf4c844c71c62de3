package supervisor

import (
	"context"

	"ovate/internal/audit"
)

// By is who has submitted the spec that a supervisor has, or had last, by the audit history; empty if that does not tell, or not any more.
func (m *Manager) By(ctx context.Context, id string) (string, error) {
	return audit.LastBy(ctx, m.options.Store, id, "supervisor")
}

package supervisor

import (
	"context"

	"ovate/internal/audit"
)

// By is who has submitted the spec that a supervisor has, or had last, by the audit history; empty if that does not tell, or not any more.
func (m *Manager) By(ctx context.Context, id string) (string, error) {
	return audit.LastBy(ctx, m.options.Store, id, "supervisor")
}

// recall has what was stored when the term began count as that of those who have submitted it, as far as the audit history tells. That may take a while, which
// nobody waits for.
func (m *Manager) recall() {
	ids := map[string]bool{}
	for _, one := range m.all() {
		ids[one.id] = true
	}
	err := audit.LastByAll(m.lasts, m.options.Store, ids, "supervisor", func(id, by string) {
		m.mu.Lock()
		defer m.mu.Unlock()
		if one := m.members[id]; one != nil && one.by == "" {
			m.taken.forget(one)
			one.by = by
			m.taken.count(one)
		}
	})
	if err != nil && m.lasts.Err() == nil {
		m.options.Log.Warn("it cannot be told who has submitted the supervisors that were there before this term, so that they count as nobody's", "error", err)
	}
}

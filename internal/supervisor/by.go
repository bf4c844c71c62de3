package supervisor

import (
	"context"
	"fmt"

	"ovate/internal/audit"
)

// By is who has submitted the spec that a supervisor has, or had last, by the audit history; empty if that does not tell, or not any more.
func (m *Manager) By(ctx context.Context, id string) (string, error) {
	return audit.LastBy(ctx, m.options.Store, id, "supervisor")
}

// recall has what was stored when the term began count as that of those who have submitted it, as far as the audit history tells. It looks once in a term: when
// somebody submits who has a share.
func (m *Manager) recall(ctx context.Context) error {
	var unknown []string
	m.mu.Lock()
	if !m.recalled {
		for id, one := range m.members {
			if one.by == "" {
				unknown = append(unknown, id)
			}
		}
	}
	m.mu.Unlock()
	for _, id := range unknown {
		by, err := m.By(ctx, id)
		if err != nil {
			return fmt.Errorf("look who has submitted supervisor %s: %w", id, err)
		}
		m.mu.Lock()
		if one := m.members[id]; one != nil && one.by == "" {
			m.taken.forget(one)
			one.by = by
			m.taken.count(one)
		}
		m.mu.Unlock()
	}
	m.mu.Lock()
	m.recalled = true
	m.mu.Unlock()
	return nil
}

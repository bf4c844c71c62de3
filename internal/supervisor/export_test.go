package supervisor

import "ovate/internal/share"

// Limit has a manager of nothing yet take no more than this.
func (m *Manager) Limit(supervisors, bytes int64) {
	m.taken = taken{share.New("supervisors", supervisors), share.New("bytes of specs of supervisors", bytes)}
}

// Quiet waits until nothing is under way that was begun.
func (m *Manager) Quiet() { m.changes.Wait() }

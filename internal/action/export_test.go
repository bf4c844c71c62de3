package action

import "ovate/druid"

// Waiting is how many allocations in a time chunk wait for a transaction of others to end.
func (b *Box) Waiting(dataSource string, interval druid.Interval) int {
	b.allocations.mu.Lock()
	defer b.allocations.mu.Unlock()
	l := b.allocations.lines[spot{dataSource, interval}]
	if l == nil {
		return 0
	}
	return len(l.waiting)
}

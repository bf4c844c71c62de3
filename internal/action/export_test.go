package action

// Waiting is how many allocations wait for a transaction of others to end.
func (b *Box) Waiting() int {
	b.allocations.mu.Lock()
	defer b.allocations.mu.Unlock()
	return len(b.allocations.waiting)
}

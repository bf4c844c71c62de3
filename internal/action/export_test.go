package action

// Waiting is how many allocations wait for a transaction of others to end.
func (b *Box) Waiting() int { return b.allocations.Waiting() }

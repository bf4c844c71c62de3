package choice

import (
	"cmp"

	"ovate/internal/compaction"
)

// eligible tells whether a policy has a candidate compacted at all.
func eligible(p *compaction.Policy, c *Candidate) bool {
	return p.Type != compaction.FixedOrder || place(p, c) >= 0
}

// compare orders candidates by a policy, which has both of them compacted.
func compare(p *compaction.Policy, a, b *Candidate) int {
	switch p.Type {
	case compaction.FixedOrder:
		return cmp.Or(cmp.Compare(place(p, a), place(p, b)), newestFirst(a, b))
	default:
		return cmp.Or(cmp.Compare(rank(p, a), rank(p, b)), newestFirst(a, b))
	}
}

// place is where a policy with a fixed order has a candidate; below 0 if it has it nowhere.
func place(p *compaction.Policy, c *Candidate) int {
	for i, e := range p.Eligible {
		if e.DataSource == c.DataSource && e.Interval.Encloses(c.Interval) {
			return i
		}
	}
	return -1
}

// rank is 0 for a candidate of the data source that goes first, if there is one, and else 1.
func rank(p *compaction.Policy, c *Candidate) int {
	if p.First != "" && c.DataSource == p.First {
		return 0
	}
	return 1
}

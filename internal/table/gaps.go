package table

// gaps are the blank lines of a batch. Where there is but one column, one between two rows may stand for a value that is missing.
type gaps struct {
	between, after tally // before a row, and behind the last
	last           int64 // row
}

func (g *gaps) blank(line int64) { g.after.add(line) }

func (g *gaps) row(line int64) {
	g.last = line
	if g.after.count > 0 {
		g.between.merge(&g.after)
		g.after = tally{}
	}
}

// tellGaps notes the blank lines of a batch. Those behind its last row count once a row of another batch is known to come behind them.
func (in *Input) tellGaps(g *gaps) {
	in.tellAll(&g.between, whyGap)
	in.mu.Lock()
	defer in.mu.Unlock()
	in.lastRow = max(in.lastRow, g.last)
	if g.after.count > 0 {
		in.gaps = append(in.gaps, g.after)
	}
}

const whyGap = "is blank and no row; if a value is missing there, write \"\" for it"

// resolveGaps notes the blank lines at the ends of batches that have a row behind them.
func (in *Input) resolveGaps() {
	in.mu.Lock()
	waiting := in.gaps
	in.gaps = nil
	last := in.lastRow
	in.mu.Unlock()
	for _, g := range waiting {
		if g.line < last {
			in.tellAll(&g, whyGap)
		}
	}
}

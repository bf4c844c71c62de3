package table

import "bytes"

// copyNull stands for null in the text that databases write, as PostgreSQL's COPY does.
const copyNull = `\N`

// escapeTallies counts rows that seem to be of a database's own text: those with its word for null, and those with its other escapes, which are not undone.
type escapeTallies struct{ nulls, others tally }

func (e *escapeTallies) add(cells []Cell, line int64) {
	null, other := false, false
	for _, c := range cells {
		at := bytes.IndexByte(c.Raw, '\\')
		if at < 0 {
			continue
		}
		if string(c.Raw) == copyNull {
			null = true
		} else if next := at + 1; next < len(c.Raw) && bytes.IndexByte([]byte(`\tnrbfv`), c.Raw[next]) >= 0 {
			other = true
		}
	}
	if null {
		e.nulls.add(line)
	}
	if other {
		e.others.add(line)
	}
}

// tellEscapes adds those of a batch.
func (in *Input) tellEscapes(e *escapeTallies) {
	if e.nulls.count+e.others.count == 0 {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.escaped.nulls.merge(&e.nulls)
	in.escaped.others.merge(&e.others)
	*e = escapeTallies{}
}

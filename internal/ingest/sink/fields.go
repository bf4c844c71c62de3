package sink

// fields tells which discovered columns of a batch some of its rows have, at the cost of what they have and not of what there is.
type fields struct {
	call    int   // counts up
	columns []int // by column, and
	sets    []int // by set of fields: the call that met it last
	met     []int32
}

// begin prepares for a batch.
func (f *fields) begin(columns, sets int) {
	f.call = 0
	f.columns = append(f.columns[:0], make([]int, columns)...)
	f.sets = append(f.sets[:0], make([]int, sets)...)
}

// fieldsOf returns the discovered columns of the batch at hand that the given rows have, also without a value, in the order in which the
// rows have them.
func (s *Set) fieldsOf(rows []int32) []int32 {
	b, f := s.batch, &s.met
	if len(b.Discovered) == 0 {
		return nil
	}
	if len(rows) == 1 {
		return b.FieldSets[b.Fields[rows[0]]]
	}
	f.call++
	f.met = f.met[:0]
	for _, r := range rows {
		set := b.Fields[r]
		if f.sets[set] == f.call {
			continue
		}
		f.sets[set] = f.call
		for _, k := range b.FieldSets[set] {
			if f.columns[k] != f.call {
				f.columns[k] = f.call
				f.met = append(f.met, k)
			}
		}
	}
	return f.met
}

package smile

// shared is what references point to, as pieces of the input.
type shared struct{ seen [][]byte }

func (s *shared) add(text []byte) {
	if s == nil {
		return
	}
	if len(s.seen) == maxShared {
		s.seen = s.seen[:0]
	}
	s.seen = append(s.seen, text)
}

// sharedText reads a text of n bytes that can be referred to later.
func (d *decoder) sharedText(table *shared, n int) ([]byte, error) {
	text, err := d.take(n)
	if err == nil {
		table.add(text)
	}
	return text, err
}

func (d *decoder) longReference(table *shared, high byte, what string) ([]byte, error) {
	low, err := d.byte()
	if err != nil {
		return nil, err
	}
	return d.reference(table, int(high)<<8|int(low), what)
}

func (d *decoder) reference(table *shared, i int, what string) ([]byte, error) {
	if table == nil {
		return nil, d.fail("a %s is referred to, but the header says that none are shared", what)
	}
	if i >= len(table.seen) {
		return nil, d.fail("%s %d is referred to, but there are %d", what, i, len(table.seen))
	}
	return table.seen[i], nil
}

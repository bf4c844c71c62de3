package detect

// commas is how the commas of a column are read.
type commas uint8

const (
	noCommas  commas = iota
	decimals         // the last is a decimal point, points part thousands
	thousands        // they part thousands
)

// plain appends a number without what parts its thousands, and with a decimal point.
func (c commas) plain(dst, b []byte) []byte {
	for _, x := range b {
		switch {
		case c == decimals && x == ',':
			dst = append(dst, '.')
		case c == decimals && x == '.' || c == thousands && x == ',':
		default:
			dst = append(dst, x)
		}
	}
	return dst
}

// trim drops blanks around a field.
func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}

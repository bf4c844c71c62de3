package table

// outline returns the place behind the value that begins at i, going by quotes and brackets alone, so that it also finds the end
// of one that is broken; -1 if it does not end. A value that is neither a list nor an object ends before a comma, a blank or a
// bracket.
func outline(data []byte, i int) int {
	depth := 0
	for begin := i; i < len(data); i++ {
		switch c := data[i]; c {
		case '"':
			if i = textEnd(data, i+1); i < 0 {
				return -1
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			if depth == 0 && i > begin {
				return i
			}
			depth++
		case '}', ']':
			if depth == 0 {
				return max(i, begin+1)
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\n', '\r', '\t':
			if depth == 0 {
				return max(i, begin+1)
			}
		}
	}
	if depth == 0 {
		return len(data)
	}
	return -1
}

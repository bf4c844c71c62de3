package jsontext

import "iter"

// Members goes through an object that has been checked before, from its brace on: the keys as they are written, without their quotes,
// and the values.
func Members(object []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		for i := Blanks(object, 1); i < len(object) && object[i] == '"'; {
			begin := i + 1
			end := stringEnd(object, begin)
			if end < 0 {
				return
			}
			i = Blanks(object, Blanks(object, end+1)+1)
			value, next := valueAt(object, i)
			if next < 0 || !yield(object[begin:end], value) {
				return
			}
			i = next
		}
	}
}

// Elements goes through a list that has been checked before, from its bracket on.
func Elements(list []byte) iter.Seq[[]byte] {
	return func(yield func(value []byte) bool) {
		for i := Blanks(list, 1); i < len(list) && list[i] != ']'; {
			value, next := valueAt(list, i)
			if next < 0 || !yield(value) {
				return
			}
			i = next
		}
	}
}

// valueAt is the value that begins at i, and the place of the next one or of the bracket behind it, -1 if the value does not end.
func valueAt(data []byte, i int) (value []byte, next int) {
	end := Outline(data, i)
	if end < 0 {
		return nil, -1
	}
	if next = Blanks(data, end); next < len(data) && data[next] == ',' {
		next = Blanks(data, next+1)
	}
	return data[i:end], next
}

// IsEmpty tells whether a list or an object that has been checked before holds nothing.
func IsEmpty(value []byte) bool {
	i := Blanks(value, 1)
	return i < len(value) && (value[i] == ']' || value[i] == '}')
}

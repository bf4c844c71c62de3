package segment

import "ovate/segment/internal/utf16"

// CompareJava orders a and b, both UTF-8, as Java orders strings: by UTF-16 code units. Dictionaries are in this
// order. It is not the order of the bytes: characters beyond U+FFFF come before U+E000 to U+FFFF.
func CompareJava(a, b []byte) int { return utf16.Compare(a, b) }

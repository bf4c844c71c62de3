package format

import "bytes"

// relaxer makes strict JSON of lines written with the extensions that Jackson's JsonParser.Feature names. What it does not
// understand it leaves as it is, for the strict parser to refuse. A NaN becomes the text "NaN", which columns of
// doubles read alike.
type relaxer struct {
	comments, yamlComments, names, singleQuotes, controls, anyEscape bool
	leadingZeros, leadingPoint, notNumbers, missing, trailingComma   bool

	in    []byte // the line at hand
	at    int
	out   []byte
	outer []byte // the lists and objects that are open

	unclosed bool // no comment ends in the rest of the line
}

// relaxations are the features that are understood.
func (r *relaxer) relaxations() map[string]*bool {
	return map[string]*bool{
		"ALLOW_COMMENTS":                          &r.comments,
		"ALLOW_YAML_COMMENTS":                     &r.yamlComments,
		"ALLOW_UNQUOTED_FIELD_NAMES":              &r.names,
		"ALLOW_SINGLE_QUOTES":                     &r.singleQuotes,
		"ALLOW_UNQUOTED_CONTROL_CHARS":            &r.controls,
		"ALLOW_BACKSLASH_ESCAPING_ANY_CHARACTER":  &r.anyEscape,
		"ALLOW_NUMERIC_LEADING_ZEROS":             &r.leadingZeros,
		"ALLOW_LEADING_DECIMAL_POINT_FOR_NUMBERS": &r.leadingPoint,
		"ALLOW_NON_NUMERIC_NUMBERS":               &r.notNumbers,
		"ALLOW_MISSING_VALUES":                    &r.missing,
		"ALLOW_TRAILING_COMMA":                    &r.trailingComma,
	}
}

// apply returns the lines in strict JSON. They stay in the memory of the relaxer.
func (r *relaxer) apply(data []byte) []byte {
	r.out = r.out[:0]
	for len(data) > 0 {
		line, rest, ended := bytes.Cut(data, []byte{'\n'})
		r.in, r.at, r.outer, r.unclosed = line, 0, r.outer[:0], false
		r.line()
		if ended {
			r.out = append(r.out, '\n')
		}
		data = rest
	}
	return r.out
}

func (r *relaxer) line() {
	afterComma, expectName := false, false
	for r.at < len(r.in) {
		c := r.in[r.at]
		inObject := len(r.outer) > 0 && r.outer[len(r.outer)-1] == '{'
		switch {
		case c == ' ' || c == '\t' || c == '\r':
			r.copy(1)
			continue
		case r.comment(c):
			r.out = append(r.out, ' ') // what stands on both sides does not become one
			continue
		case c == '{' || c == '[':
			r.outer = append(r.outer, c)
			r.copy(1)
			afterComma, expectName = false, c == '{'
			if c == '[' && r.missing {
				r.fill(true)
			}
			continue
		case c == '}' || c == ']':
			if afterComma && r.trailingComma {
				r.out = bytes.TrimRight(r.out, " \t\r")
				r.out = r.out[:len(r.out)-1] // the comma
			}
			if len(r.outer) > 0 {
				r.outer = r.outer[:len(r.outer)-1]
			}
			r.copy(1)
		case c == ',':
			r.copy(1)
			afterComma, expectName = true, inObject
			if !inObject && r.missing {
				r.fill(false)
			}
			continue
		case c == ':':
			r.copy(1)
			expectName = false
			if r.missing {
				r.fill(false)
			}
			continue
		case c == '"' || c == '\'' && r.singleQuotes:
			r.text(c)
		case expectName && r.names && isRelaxedName(c):
			r.name()
		default:
			r.word()
		}
		afterComma = false
	}
}

func (r *relaxer) copy(n int) {
	r.out = append(r.out, r.in[r.at:r.at+n]...)
	r.at += n
}

// comment steps over a comment that begins with c, if one does.
func (r *relaxer) comment(c byte) bool {
	rest := r.in[r.at:]
	switch {
	case c == '#' && r.yamlComments, r.comments && bytes.HasPrefix(rest, []byte("//")):
		r.at = len(r.in)
		return true
	case r.comments && !r.unclosed && bytes.HasPrefix(rest, []byte("/*")):
		if n := bytes.Index(rest[2:], []byte("*/")); n >= 0 {
			r.at += n + 4
			return true
		}
		r.unclosed = true
	}
	return false
}

// fill writes null where a value is missing. first says that it would be the first of a list, which may be empty.
func (r *relaxer) fill(first bool) {
	for r.at < len(r.in) && (r.in[r.at] == ' ' || r.in[r.at] == '\t' || r.comment(r.in[r.at])) {
		if r.at < len(r.in) && (r.in[r.at] == ' ' || r.in[r.at] == '\t') {
			r.at++
		}
	}
	if r.at == len(r.in) {
		return
	}
	switch c := r.in[r.at]; {
	case c == ',', (c == ']' || c == '}') && !first && !r.trailingComma:
		r.out = append(r.out, "null"...)
	}
}

// text copies a string, quoted by q, in double quotes.
func (r *relaxer) text(q byte) {
	r.out = append(r.out, '"')
	for r.at++; r.at < len(r.in); r.at++ {
		switch c := r.in[r.at]; {
		case c == q:
			r.at++
			r.out = append(r.out, '"')
			return
		case c == '"':
			r.out = append(r.out, '\\', '"')
		case c < ' ' && r.controls:
			const hex = "0123456789abcdef"
			r.out = append(r.out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c == '\\' && r.at+1 < len(r.in):
			r.at++
			r.escape(r.in[r.at])
		default:
			r.out = append(r.out, c)
		}
	}
}

// escape writes what a backslash and c mean.
func (r *relaxer) escape(c byte) {
	known := bytes.IndexByte([]byte(`"\/bfnrtu`), c) >= 0
	if !known && (r.anyEscape || c == '\'' && r.singleQuotes) {
		r.out = append(r.out, c)
		return
	}
	r.out = append(r.out, '\\', c)
}

func isNamePart(c byte) bool {
	return c >= 0x80 || c == '_' || c == '$' || c-'0' <= 9 || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// isRelaxedName tells whether c may stand in a name without quotes.
func isRelaxedName(c byte) bool { return isNamePart(c) || bytes.IndexByte([]byte("@#*-+"), c) >= 0 }

func (r *relaxer) name() {
	r.out = append(r.out, '"')
	n := 0
	for r.at+n < len(r.in) && isRelaxedName(r.in[r.at+n]) {
		n++
	}
	r.copy(n)
	r.out = append(r.out, '"')
}

// word copies a number or a word.
func (r *relaxer) word() {
	n := 1
	for r.at+n < len(r.in) && bytes.IndexByte([]byte(" \t\r,:{}[]\"/#"), r.in[r.at+n]) < 0 {
		n++
	}
	word := r.in[r.at : r.at+n]
	r.at += n
	if r.notNumbers {
		switch string(word) {
		case "NaN":
			word = []byte(`"NaN"`)
		case "Infinity", "+INF", "+Infinity":
			word = []byte("1e999")
		case "-INF", "-Infinity":
			word = []byte("-1e999")
		}
	}
	digits := word
	if digits[0] == '-' {
		digits = digits[1:]
	}
	r.out = append(r.out, word[:len(word)-len(digits)]...)
	for r.leadingZeros && len(digits) > 1 && digits[0] == '0' && digits[1]-'0' <= 9 {
		digits = digits[1:]
	}
	if r.leadingPoint && len(digits) == len(word) && len(digits) > 1 && digits[0] == '.' && digits[1]-'0' <= 9 {
		r.out = append(r.out, '0')
	}
	r.out = append(r.out, digits...)
}

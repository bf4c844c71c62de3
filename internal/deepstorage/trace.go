package deepstorage

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"path"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"ovate/druid"
)

// A trace is a text by which it is seen that what one row names are, or hold, or lie within, the files of another segment. Most traces are
// parts of paths: those that the storage's own folder does not count in, as PathKey.

// Traces are what there is of the files of a segment in whoever names them: these files, one of them, or a folder that they lie in. The
// first is their Key. None are of a segment without files.
func Traces(loadSpec json.RawMessage) ([]string, error) {
	key, err := Key(loadSpec)
	if err != nil || key == "" {
		return nil, err
	}
	if kind, at, _ := read(loadSpec); isPath(kind) && PathKey(at) == key {
		return PathTraces(key), nil
	}
	return []string{key}, nil
}

// PathTraces are Traces of what lies where a PathKey says.
func PathTraces(key string) []string {
	names := strings.SplitN(key, "/", Depth+1)
	if len(names) < Depth {
		return []string{key}
	}
	join := func(from, to int) string { return strings.Join(names[from:to], "/") }
	traces := []string{key, join(0, 2), join(0, 3), join(1, 4), names[0] + "/"}
	if len(names) > Depth {
		traces = append(traces, join(0, Depth), names[Depth])
	}
	return traces
}

// Named calls fn with the traces of all that a load spec names, in whatever field. Nearly always that is the Key alone.
func Named(loadSpec json.RawMessage, fn func(trace string)) error {
	key, err := Key(loadSpec)
	if err != nil || key == "" {
		return err
	}
	fn(key)
	if !utf8.Valid(loadSpec) {
		NamedIn(loadSpec, fn) // damaged, though it can be read
		return nil
	}
	if isPlain(loadSpec) && isPlace(strings.Split(key, "/")) {
		return nil
	}
	eachText(string(loadSpec), nestedTexts, func(text string) { namesOf(text).each(fn) })
	return nil
}

// isPlain tells whether a load spec looks as programs write it, and names nothing beside the one path.
func isPlain(loadSpec []byte) bool {
	const local, s3 = 8, 16 // quotes of {"type":"local","path":"…"} and {"type":"s3_zip","bucket":"…","key":"…","S3Schema":"s3n"}
	kind, at, err := read(loadSpec)
	quotes := bytes.Count(loadSpec, []byte{'"'})
	if err != nil || bytes.ContainsAny(loadSpec, `\%`) || bytes.Count(loadSpec, []byte{'/'}) != strings.Count(at, "/") {
		return false
	}
	return kind == typeLocal && quotes == local || kind == typeS3 && quotes == s3
}

// NamedIn is Named for the payload of a row that cannot be read, whole or damaged: fn is called with more rather than with less.
func NamedIn(payload []byte, fn func(trace string)) {
	text := plainText(payload)
	eachText(text, nestedTexts, func(text string) {
		eachUnique(text, fn)
		names := namesOf(text)
		names.each(fn)
		if !names.isWhole() {
			names.eachPart(fn)
		}
	})
	cut := namesOf(text[strings.LastIndexByte(text, '"')+1:]) // perhaps in the midst of a path
	for _, name := range cut[max(0, len(cut)-2):] {
		fn(name + "/")
	}
}

// plainText is a text whatever its encoding.
func plainText(of []byte) string {
	if nulls := bytes.Count(of, []byte{0}); nulls > len(of)/4 {
		var order binary.ByteOrder = binary.LittleEndian
		if of[0] == 0 || bytes.HasPrefix(of, []byte{0xfe, 0xff}) {
			order = binary.BigEndian
		}
		units := make([]uint16, len(of)/2)
		for i := range units {
			units[i] = order.Uint16(of[2*i:])
		}
		return strings.ReplaceAll(string(utf16.Decode(units)), "\x00", "")
	}
	return string(bytes.ReplaceAll(of, []byte{0}, nil))
}

// nestedTexts is how many times texts are looked for in texts.
const nestedTexts = 4

// eachText calls fn with what in a text lies between quotes, as it is and with its escapes undone, and with texts in these.
func eachText(text string, nested int, fn func(string)) {
	for text != "" {
		var piece string
		piece, text = cutText(text)
		fn(piece)
		for _, plain := range []string{unescaped(piece), decoded(piece)} {
			if plain == piece {
				continue
			}
			fn(plain)
			if nested > 0 {
				eachText(plain, nested-1, fn)
			}
		}
	}
}

// cutText cuts a text at its first quote that is not escaped, or end of a line.
func cutText(text string) (piece, behind string) {
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\':
			i++
		case text[i] == '"' || text[i] < ' ':
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

// unescaped undoes the escapes of JSON, as far as they are some.
func unescaped(text string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, `\`)
		out.WriteString(before)
		if !found || after == "" {
			return out.String()
		}
		text = after[1:]
		unit, read := hex(text, 4)
		if after[0] != 'u' || !read {
			out.WriteByte(after[0])
			continue
		}
		out.WriteRune(unit) // half of a character is no part of a name that is looked for
		text = text[4:]
	}
}

// decoded undoes the escapes of URLs, as far as they are some.
func decoded(text string) string {
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "%")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		if b, read := hex(after, 2); read {
			out.WriteByte(byte(b))
			after = after[2:]
		} else {
			out.WriteByte('%')
		}
		text = after
	}
}

// hex reads a number of so many digits at the beginning of a text.
func hex(text string, digits int) (n rune, read bool) {
	if len(text) < digits {
		return 0, false
	}
	value, err := strconv.ParseUint(text[:digits], 16, 4*digits)
	return rune(value), err == nil
}

// eachUnique calls fn with what in a text looks like the unique name of a push.
func eachUnique(text string, fn func(string)) {
	const length, dash = 36, 8
	for i := 0; i+length <= len(text); i++ {
		if text[i+dash] == '-' && IsUnique(text[i:i+length]) {
			fn(text[i : i+length])
		}
	}
}

// pathNames are the names of a path.
type pathNames []string

// namesOf are the names of a path; none of a text that is no path.
func namesOf(text string) pathNames {
	if !strings.Contains(text, "/") {
		return nil
	}
	return strings.Split(strings.Trim(path.Clean(text), "/"), "/")
}

// each calls fn for each part that may lead to a segment, whatever comes before and behind, and for what the path ends with: it may lead to
// a folder of many segments.
func (n pathNames) each(fn func(string)) {
	for i := 0; i+Depth <= len(n); i++ {
		to := i + Depth
		if to < len(n) && IsUnique(n[to]) {
			to++
		}
		fn(strings.Join(n[i:to], "/"))
	}
	for k := 2; k < Depth && k <= len(n); k++ {
		fn(strings.Join(n[len(n)-k:], "/"))
	}
}

// eachPart calls fn for all parts that hint at a segment, of a path that is damaged.
func (n pathNames) eachPart(fn func(string)) {
	for k := 2; k < Depth; k++ {
		for i := 0; i+k <= len(n); i++ {
			fn(strings.Join(n[i:i+k], "/"))
		}
	}
}

// isWhole tells whether a path leads to a segment, or into it, so that it is known which.
func (n pathNames) isWhole() bool {
	for i := 0; i+Depth <= len(n); i++ {
		if isPlace(n[i:]) && i+Depth < len(n) { // so that the number is not cut
			return true
		}
	}
	return false
}

// isPlace tells whether names begin as those that lead to a segment: data source, interval, version and partition.
func isPlace(names []string) bool {
	if len(names) < Depth {
		return false
	}
	start, end, _ := strings.Cut(names[1], "_")
	if _, err := druid.ParseInterval(start + "/" + end); err != nil {
		return false
	}
	_, err := strconv.Atoi(names[3])
	return err == nil
}

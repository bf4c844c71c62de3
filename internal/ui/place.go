package ui

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"ovate/druid"
	"ovate/internal/jsontext"
	"ovate/internal/spec"
)

// misplaced is a fault of a spec, with its line, and those that were found together with it.
type misplaced struct {
	what   string
	line   int
	others []alsoWrong
}

// alsoWrong is a fault that was found together with others. Line is 0 where that is not known.
type alsoWrong struct {
	What string
	Line int
}

// othersShown is how many faults a page tells besides the first.
const othersShown = 20

// Error tells what is wrong.
func (m *misplaced) Error() string { return m.what }

// placed is why a document is no task, with the line of what it names.
func placed(document []byte, err error) error {
	if refused := (*druid.Error)(nil); errors.As(err, &refused) {
		return &misplaced{what: refused.Message, line: lineNamed(document, refused.Message)}
	}
	first, names := errors.AsType[*spec.Error](err)
	if !names {
		return &misplaced{what: err.Error(), line: lineNamed(document, err.Error())}
	}
	m := &misplaced{what: err.Error(), line: lineOf(document, first.Path)}
	all := first.All()
	for _, other := range all[1:min(len(all), 1+othersShown)] {
		m.others = append(m.others, alsoWrong{other.Error(), lineOf(document, other.Path)})
	}
	return m
}

// lineNamed is the line of the field that a sentence names, as Field [a.b] does, or Druid's words for a type that it does not know; 0 if it names none.
func lineNamed(document []byte, sentence string) int {
	if found := regexp.MustCompile(`^(?:Field |Invalid value for field )\[([^\[\]]+)\]`).FindStringSubmatch(sentence); found != nil {
		return lineOf(document, found[1])
	}
	var kind struct{ Type string }
	if json.Unmarshal(document, &kind) == nil && strings.Contains(sentence, "ould not resolve type id '"+kind.Type+"'") {
		return lineOf(document, "type")
	}
	return 0
}

// lineOf is the line, from 1, of what a path such as spec.dataSchema.dimensions[0].name leads to, or of the last thing on the way that is there.
func lineOf(document []byte, path string) int {
	value, line := document, 0
	at := func(part []byte) int { return offset(document, part) }
	for _, key := range pathKeys(path) {
		var found, name []byte
		if key.name != "" {
			if len(bytes.TrimSpace(value)) == 0 || bytes.TrimSpace(value)[0] != '{' {
				break
			}
			for k, v := range jsontext.Members(bytes.TrimSpace(value)) {
				if string(k) == key.name {
					name, found = k, v
				}
			}
		} else if v := bytes.TrimSpace(value); len(v) > 0 && v[0] == '[' {
			i := 0
			for element := range jsontext.Elements(v) {
				if i == key.index {
					name, found = element, element
				}
				i++
			}
		}
		if found == nil {
			break
		}
		if o := at(name); o >= 0 {
			line, _ = jsontext.Position(document, o)
		}
		value = found
	}
	return line
}

// offset is where a part of a text begins in it; -1 if it is no part.
func offset(whole, part []byte) int {
	if len(part) == 0 {
		return -1
	}
	for i := range whole {
		if &whole[i] == &part[0] {
			return i
		}
	}
	return -1
}

// pathKey is one step of a path: a name, or an index.
type pathKey struct {
	name  string
	index int
}

func pathKeys(path string) (keys []pathKey) {
	for part := range strings.SplitSeq(path, ".") {
		name, rest, indexed := strings.Cut(part, "[")
		if name != "" {
			keys = append(keys, pathKey{name: name})
		}
		for indexed {
			var n int
			if _, err := fmt.Sscanf(rest, "%d]", &n); err != nil {
				break
			}
			keys = append(keys, pathKey{index: n})
			_, rest, indexed = strings.Cut(rest, "[")
		}
	}
	return keys
}

// numbered is a line of the spec.
type numbered struct {
	Number int
	Text   string
	Bad    bool
}

// around are the lines about one.
func around(text string, line int) (lines []numbered) {
	if line == 0 {
		return nil
	}
	all := strings.Split(text, "\n")
	const beside = 2
	for n := max(1, line-beside); n <= min(len(all), line+beside); n++ {
		lines = append(lines, numbered{n, cut(all[n-1], 200), n == line})
	}
	return lines
}

// cut is a text of at most so many letters.
func cut(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

package table

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"ovate/internal/moment"
	"ovate/internal/nullword"
)

// look is what a field looks like.
type look uint8

const (
	nothing look = iota
	word
	whole // a whole number
	fraction
	instant
	truth
)

// isHeader tells whether the first row names the columns rather than being one more row. A name differs from what stands below
// it: it is a word above numbers or times. Where all are words, the names are distinct and seldom come again below.
func isHeader(first record, rest []record, times *moment.Reader) bool {
	is, _ := judgeHeader(first, rest, times)
	return is
}

// judgeHeader is isHeader that tells, too, whether anything but its place speaks for a header.
func judgeHeader(first record, rest []record, times *moment.Reader) (is, sure bool) {
	known := map[string]bool{}
	for _, c := range first.cells {
		known[folded(c.Raw)] = true
	}
	rest = slices.DeleteFunc(slices.Clone(rest), func(r record) bool { // the header again, as files are joined
		n := 0
		for _, c := range r.cells {
			if known[folded(c.Raw)] {
				n++
			}
		}
		return len(r.cells) > 1 && n > 1 && 3*n >= 2*len(r.cells)
	})
	if namesRows(first, rest) {
		return true, true
	}
	evidence, repeated, named := false, 0, 0
	seen := map[string]bool{}
	for i, c := range first.cells {
		head := lookOf(c.Raw, times)
		if head == fraction && bytes.IndexFunc(c.Raw, unicode.IsDigit) < 0 {
			head = word // inf is short for inflation as well
		}
		if len(bytes.TrimSpace(c.Raw)) == 0 {
			continue // some tools leave the column of row numbers without a name
		}
		below := columnLook(rest, i, times)
		switch {
		case head == instant && (below == instant || below == nothing), head == fraction && below != word:
			return false, false
		case head == instant: // the name of a column of values of that day
			evidence = evidence || below == fraction
			named++
		case head != nothing: // NA may be a name, too
			named++
		}
		if name := string(c.Raw); seen[name] && head != word {
			return false, false
		} else {
			seen[name] = true
		}
		if head == word && below > word {
			evidence = true
		}
		if head == word && below == word && comesAgain(c.Raw, rest, i) {
			repeated++
		}
	}
	if evidence || named > 1 && len(rest) > 0 && isSeries(first) && !isSeries(rest[0]) && len(rest[0].cells) >= len(first.cells) {
		return true, true
	}
	for _, c := range first.cells {
		if l := lookOf(c.Raw, times); l == whole || l == truth {
			return false, false
		}
	}
	return 2*repeated < max(1, named) && 2*named >= len(first.cells), false
}

// namesRows tells whether the first column has a different text in every row but none in the first: these are names of rows, and
// what stands beside the empty field names the columns, even if it is numbers.
func namesRows(first record, rest []record) bool {
	for i, c := range first.cells {
		if (len(c.Raw) == 0) != (i == 0) {
			return false
		}
	}
	seen := map[string]bool{}
	for _, r := range rest {
		name := string(r.cells[0].Raw)
		if name == "" || seen[name] {
			return false
		}
		seen[name] = true
	}
	return len(rest) > 1
}

// isSeries tells whether the whole numbers in a row are three or more that go on in equal steps, as years do.
func isSeries(r record) bool {
	var numbers []int
	for _, c := range r.cells {
		if n, err := strconv.Atoi(string(c.Raw)); err == nil {
			numbers = append(numbers, n)
		}
	}
	for i := 2; i < len(numbers); i++ {
		if numbers[i]-numbers[i-1] != numbers[1]-numbers[0] {
			return false
		}
	}
	if len(numbers) == 2 { // years beside each other
		return numbers[0] >= 1800 && numbers[1] <= 2200 && numbers[1] == numbers[0]+1
	}
	return len(numbers) > 2 && numbers[0] != numbers[1]
}

// columnLook is what the values of a column look like; word if they do not agree, nothing if there are none.
func columnLook(rows []record, column int, times *moment.Reader) look {
	var counts [truth + 1]int
	all := 0
	for _, r := range rows {
		if column < len(r.cells) {
			if l := lookOf(r.cells[column].Raw, times); l != nothing {
				counts[l]++
				all++
			}
		}
	}
	if all == 0 {
		return nothing
	}
	most := word
	numbers := counts[whole] + counts[fraction]
	switch {
	case numbers*10 >= all*9:
		most = fraction
	case counts[instant]*10 >= all*9, (counts[instant]+counts[whole])*10 >= all*9 && counts[instant] > 0:
		most = instant
	case counts[truth] == all:
		most = truth
	}
	return most
}

// comesAgain tells whether a text stands in a column more than once in a hundred rows.
func comesAgain(name []byte, rows []record, column int) bool {
	n := 0
	for _, r := range rows {
		if column < len(r.cells) && string(r.cells[column].Raw) == string(name) {
			n++
		}
	}
	return n > 0 && n*100 >= len(rows)
}

func lookOf(raw []byte, times *moment.Reader) look {
	text := strings.TrimSpace(string(raw))
	if text == "" || nullword.Index([]byte(text)) >= 0 {
		return nothing
	}
	digits := strings.TrimLeft(text, "+-")
	if strings.Trim(digits, "0123456789") == "" && digits != "" {
		return whole
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil || strings.Trim(text, "0123456789.,+-%$€£ ") == "" && strings.IndexFunc(text, unicode.IsDigit) >= 0 && strings.Count(text, "-") < 2 {
		return fraction
	}
	switch strings.ToLower(text) {
	case "true", "false":
		return truth
	}
	if text[0]-'0' <= 9 || strings.ContainsAny(text, "0123456789") {
		if _, result := times.Read([]byte(text)); result == moment.Time {
			return instant
		}
	}
	return word
}

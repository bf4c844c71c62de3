package table

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"ovate/internal/moment"
)

// isHeader tells whether the first row names the columns rather than being one more row. A name differs from what stands below
// it: it is a word above numbers or times. Where all are words, the names are distinct and do not come again below.
func isHeader(first record, rest []record, times *moment.Reader) bool {
	is, _ := judgeHeader(first, rest, times)
	return is
}

// judgeHeader is isHeader that tells, too, whether anything but its place speaks for a header, and nothing against it.
func judgeHeader(first record, rest []record, times *moment.Reader) (is, sure bool) {
	if len(rest) > 0 && underlined(first, rest[0]) {
		return true, true
	}
	all := len(rest)
	rest = withoutRepeated(first, rest)
	if is, sure := namesRows(first, rest, times); is {
		return true, sure
	}
	e, isRow := weigh(first, rest, times)
	switch {
	case isRow && fractionsAreNames(first, rest):
		return true, false
	case isRow:
		return false, false
	case e.named > 1 && (numbersAreNames(first, rest) || yearIsName(first, rest)):
		return true, true
	case e.above > 0:
		return e.numbers < e.above || e.numbers > 2 && widens(first), e.numbers == 0
	case e.numbers+e.marks > 0 || valueLike(first, rest, times):
		return false, false
	}
	for _, c := range first.cells {
		if l := lookOf(c.Raw, times); l == whole || l == truth {
			return false, false
		}
	}
	return len(rest) == all && 6*e.repeated < max(1, e.named) && 2*e.named >= len(first.cells), false
}

// underlined tells whether a record of dashes alone stands below another, as below names, whatever these are.
func underlined(first, below record) bool {
	rules := func(text []byte) bool { return len(text) > 1 && isDashes(text) }
	var dashes [][]byte
	for _, c := range below.cells {
		dashes = append(dashes, bytes.Fields(c.Raw)...)
	}
	return len(first.cells) > 1 && len(first.cells) == len(dashes) && !slices.ContainsFunc(dashes, func(text []byte) bool { return !rules(text) }) &&
		!slices.ContainsFunc(first.cells, func(c Cell) bool { return rules(bytes.TrimSpace(c.Raw)) })
}

// withoutRepeated are the rows but for those that are the header again, as where files are joined.
func withoutRepeated(first record, rest []record) []record {
	known := map[string]bool{}
	for _, c := range first.cells {
		known[folded(c.Raw)] = true
	}
	return slices.DeleteFunc(slices.Clone(rest), func(r record) bool {
		n := 0
		for _, c := range r.cells {
			if known[folded(c.Raw)] {
				n++
			}
		}
		return len(r.cells) > 1 && n > 1 && 3*n >= 2*len(r.cells)
	})
}

// evidence counts the fields of a first row by what they say of it.
type evidence struct {
	above    int // words above numbers or times, as names are
	numbers  int // whole numbers above numbers, as in one more row
	marks    int // words for an unknown value above numbers or times, which may be names
	named    int // that may be names
	repeated int // words that come again in their columns
}

// weigh counts what the fields of a first row say of it, or tells that one can only be a value.
func weigh(first record, rest []record, times *moment.Reader) (e evidence, isRow bool) {
	seen := map[string]bool{}
	for i, c := range first.cells {
		head := lookOf(c.Raw, times)
		if head == fraction && !bytes.ContainsFunc(c.Raw, unicode.IsDigit) || head == nothing && isSodium(c.Raw, rest, i) {
			head = word // inf is short for inflation as well
		}
		if len(bytes.TrimSpace(c.Raw)) == 0 {
			continue // some tools leave the column of row numbers without a name
		}
		below := columnLook(rest, i, times)
		if head == instant && (below == instant || below == nothing) || head == fraction && below != word {
			return e, true
		}
		if name := string(c.Raw); seen[name] && head != word {
			return e, true
		} else {
			seen[name] = true
		}
		if head != nothing { // NA may be a name, too
			e.named++
		}
		switch {
		case head == nothing && below > word:
			e.marks++
		case head == whole && below == fraction:
			e.numbers++
		case head == word && below > word, head == instant && below == fraction: // a day names the column of its values
			e.above++
		case head == word && below == word && comesAgain(c.Raw, rest, i):
			e.repeated++
		}
	}
	return e, false
}

// isSodium tells whether a field is Na, which is a name where no value of its column is written so: for an unknown value it is seldom written so, and there
// hardly once.
func isSodium(raw []byte, rest []record, column int) bool {
	return string(bytes.TrimSpace(raw)) == "Na" && !slices.ContainsFunc(rest, func(r record) bool {
		return column < len(r.cells) && string(bytes.TrimSpace(r.cells[column].Raw)) == "Na"
	})
}

// numbersAreNames tells whether the whole numbers of a first row go on in equal steps, as years do that name columns, and those of the rows do not.
func numbersAreNames(first record, rest []record) bool {
	if len(rest) == 0 || len(rest[0].cells) < len(first.cells) || !isSeries(first) {
		return false
	}
	isYears := areYears(first)
	for _, r := range rest[:min(len(rest), 20)] {
		if isYears && areYears(r) {
			return false
		}
		if !isYears && !isSeries(r) {
			return true
		}
	}
	return isYears
}

// fractionsAreNames tells whether a first row is a word and behind it numbers that go on in equal steps, as those of a curve do that name columns, and no row
// below it is like that.
func fractionsAreNames(first record, rest []record) bool {
	return len(rest) > 0 && inSteps(first) && !slices.ContainsFunc(rest, inSteps)
}

// inSteps tells whether a record has a word and behind it five numbers or more in equal steps.
func inSteps(r record) bool {
	const fewest = 5
	if len(r.cells) <= fewest {
		return false
	}
	var numbers []float64
	for _, c := range r.cells[1:] {
		n, err := strconv.ParseFloat(string(bytes.TrimSpace(c.Raw)), 64)
		if err != nil {
			return false
		}
		numbers = append(numbers, n)
	}
	step := numbers[1] - numbers[0]
	for i := 2; i < len(numbers); i++ {
		if math.Abs(numbers[i]-numbers[i-1]-step) > 1e-6*math.Abs(step) {
			return false
		}
	}
	_, err := strconv.ParseFloat(string(bytes.TrimSpace(r.cells[0].Raw)), 64)
	return step > 0 && err != nil && len(bytes.TrimSpace(r.cells[0].Raw)) > 0
}

// keyNames are names of columns by which rows are told apart where years name the others.
var keyNames = [...]string{"country", "region", "state", "county", "city", "place", "area", "geo", "location", "entity", "code", "name", "category", "item", "land", "pays", "pais"}

// yearIsName tells whether the only whole number in a first row is a year that names its column: it stands beside what is known as a name, and no value
// below it may be a year.
func yearIsName(first record, rest []record) bool {
	year, known := -1, false
	for i, c := range first.cells {
		text := folded(c.Raw)
		n, err := strconv.Atoi(text)
		switch words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '_' || r == '-' }); {
		case err == nil && (year >= 0 || n < 1900 || n > 2100):
			return false
		case err == nil:
			year = i
		case len(words) > 0:
			known = known || slices.Contains(keyNames[:], words[len(words)-1])
		}
	}
	return known && year >= 0 && !slices.ContainsFunc(rest, func(r record) bool {
		return year < len(r.cells) && areYears(record{cells: r.cells[year : year+1]})
	})
}

// areYears tells whether all whole numbers in a row may be years.
func areYears(r record) bool {
	n := 0
	for _, c := range r.cells {
		if y, err := strconv.Atoi(string(bytes.TrimSpace(c.Raw))); err == nil {
			if n++; y < 1500 || y > 2200 {
				return false
			}
		}
	}
	return n > 0
}

// widens tells whether a first row is words, and behind them whole numbers that grow, as quantiles do that name columns.
func widens(first record) bool {
	last, n := 0, 0
	for _, c := range first.cells {
		number, err := strconv.Atoi(string(c.Raw))
		if err != nil && n > 0 || err == nil && n > 0 && number <= last {
			return false
		}
		if err == nil {
			last = number
			n++
		}
	}
	return n > 0
}

// namesRows tells whether the first column has a different text in every row but none in the first: these are names of rows, and
// what stands beside the empty field names the columns, even if it is numbers that grow. It is sure if that is more than the place says.
func namesRows(first record, rest []record, times *moment.Reader) (is, sure bool) {
	for i, c := range first.cells {
		if (len(c.Raw) == 0) != (i == 0) {
			return false, false
		}
	}
	seen := map[string]bool{}
	for _, r := range rest {
		name := string(r.cells[0].Raw)
		if name == "" || seen[name] {
			return false, false
		}
		seen[name] = true
	}
	if len(rest) < 2 {
		return false, false
	}
	sure = columnLook(rest, 0, times) > word
	last, numbers, wholes := math.Inf(-1), 0, 0
	for i, c := range first.cells[1:] {
		head, below := lookOf(c.Raw, times), columnLook(rest, i+1, times)
		if n, err := strconv.ParseFloat(string(c.Raw), 64); err == nil && below == fraction {
			if n <= last {
				return false, false
			}
			last = n
			numbers++
		}
		if head == whole {
			wholes++
		}
		sure = sure || head == word && below > word
	}
	series := numbersAreNames(first, rest)
	return series || wholes == 0 || wholes > 2, sure && numbers == 0 || series
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

// comesAgain tells whether a text stands in a column as a value that comes more than once. Where the column has many values and all of
// them differ, as keys do, a name is among them by chance: ID is a country, too.
func comesAgain(name []byte, rows []record, column int) bool {
	const many = 20
	again, twice := false, false
	values := map[string]bool{}
	for _, r := range rows {
		if column < len(r.cells) {
			value := string(r.cells[column].Raw)
			again = again || value == string(name)
			twice = twice || values[value]
			values[value] = true
		}
	}
	return again && (twice || len(values) < many)
}

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// pair is a column in both readings.
type pair struct {
	name         string
	ours, theirs []any
	csv          bool // DuckDB's values are the texts of the file
}

// numbered is the name of a column that stands twice, as either of both makes it different.
var numbered = regexp.MustCompile(`^(.*)_(\d+)$`)

// renumber gives columns that stand twice the same names on both sides, and tells whether they had others.
func renumber(ours, theirs *rows) bool {
	before := [2][]string{}
	for side, r := range []*rows{ours, theirs} {
		times := map[string]int{}
		for _, name := range r.columns {
			times[name] = 0
		}
		for i, name := range r.columns {
			m := numbered.FindStringSubmatch(name)
			if m == nil {
				continue
			}
			if n, twice := times[m[1]]; twice {
				before[side] = append(before[side], name)
				times[m[1]] = n + 1
				r.columns[i] = fmt.Sprintf("%s_%d", m[1], n+1)
			}
		}
	}
	return !slices.Equal(before[0], before[1])
}

// match pairs the columns: by name, and those that are called otherwise by their order. A column that only DuckDB has is the
// time. Columns without any value are left out.
func match(ours, theirs *rows) (pairs []pair, time *timePair, why string) {
	csv := !slices.Contains(theirs.types, "JSON")
	byName := map[string]int{}
	for i, name := range theirs.columns {
		byName[name] = i
	}
	var restOurs, restTheirs []int
	taken := map[int]bool{}
	for i, name := range ours.columns {
		if name == timeColumn {
			time = &timePair{ours: column(ours.values, i)}
			continue
		}
		if k, ok := byName[name]; ok {
			taken[k] = true
			pairs = append(pairs, pair{name, column(ours.values, i), column(theirs.values, k), csv})
		} else if !empty(column(ours.values, i)) {
			restOurs = append(restOurs, i)
		}
	}
	for k := range theirs.columns {
		if !taken[k] && !empty(column(theirs.values, k)) {
			restTheirs = append(restTheirs, k)
		}
	}
	if len(restTheirs) == len(restOurs)+1 { // one of them is the time: the one whose name is told, or that is no column of ours
		k := timeAmong(theirs, restTheirs)
		time.name, time.theirs, time.millis = theirs.columns[k], column(theirs.values, k), instants(theirs.millis, k)
		restTheirs = slices.DeleteFunc(restTheirs, func(i int) bool { return i == k })
	}
	if len(restOurs) != len(restTheirs) {
		return nil, nil, fmt.Sprintf("columns %q, DuckDB %q", names(ours, restOurs), names(theirs, restTheirs))
	}
	for n, i := range restOurs {
		k := restTheirs[n]
		pairs = append(pairs, pair{ours.columns[i] + ", in DuckDB " + theirs.columns[k], column(ours.values, i), column(theirs.values, k), csv})
	}
	if time != nil && time.theirs == nil {
		time = nil // a constant that ovate put there
	}
	return pairs, time, ""
}

// timeAmong prefers what DuckDB takes for a time.
func timeAmong(theirs *rows, rest []int) int {
	for _, k := range rest {
		if t := theirs.types[k]; t == "DATE" || strings.HasPrefix(t, "TIMESTAMP") {
			return k
		}
	}
	for _, k := range rest {
		if name := strings.ToLower(theirs.columns[k]); strings.Contains(name, "time") || strings.Contains(name, "date") || strings.Contains(name, "year") {
			return k
		}
	}
	return rest[0]
}

func names(r *rows, which []int) (names []string) {
	for _, i := range which {
		names = append(names, r.columns[i])
	}
	return names
}

func column(values [][]any, i int) (all []any) {
	for _, row := range values {
		if i < len(row) {
			all = append(all, row[i])
		} else {
			all = append(all, nil)
		}
	}
	return all
}

func instants(millis [][]*int64, i int) (all []*int64) {
	for _, row := range millis {
		if row == nil {
			return nil
		}
		all = append(all, row[i])
	}
	return all
}

func empty(values []any) bool {
	return !slices.ContainsFunc(values, func(v any) bool { return v != nil && v != "" })
}

var (
	nullWords    = regexp.MustCompile(`(?i)^(na|n/a|#n/a|null|nan|none|\\n|-|\.|\?)$`)
	decimalComma = regexp.MustCompile(`^-?\d+,\d+$`)
	thousands    = regexp.MustCompile(`^-?\d{1,3}(,\d{3})+(\.\d+)?$`)
)

// adapt makes of DuckDB's values what ovate says that it makes of them, and says what that was; trims is that it takes blanks away.
func (p *pair) adapt(trims bool) (reasons []string) {
	numbers := !slices.ContainsFunc(p.ours, func(v any) bool { _, text := v.(string); return text })
	doubles := slices.ContainsFunc(p.ours, func(v any) bool {
		n, ok := v.(json.Number)
		return ok && strings.ContainsAny(n.String(), ".eE")
	})
	keepsNothing := slices.Contains(p.ours, any("[]"))
	for i, v := range p.theirs {
		text, _ := v.(string)
		trimmed := strings.TrimSpace(text)
		switch {
		case v == nil:
		case numbers && nullWords.MatchString(trimmed):
			p.theirs[i] = nil
			reasons = append(reasons, "words for null among numbers")
		case numbers && thousands.MatchString(trimmed):
			p.theirs[i] = strings.ReplaceAll(trimmed, ",", "")
			reasons = append(reasons, "commas between thousands")
		case numbers && decimalComma.MatchString(trimmed):
			p.theirs[i] = strings.Replace(trimmed, ",", ".", 1)
			reasons = append(reasons, "decimal commas")
		case doubles && digitsOnly(trimmed):
			f, err := strconv.ParseFloat(trimmed, 64)
			if err == nil {
				p.theirs[i] = strconv.FormatFloat(f, 'e', -1, 64)
			}
		case !numbers && len(trimmed) > 1 && trimmed[0] == '"' && strings.HasSuffix(trimmed, `"`):
			p.theirs[i] = strings.Trim(trimmed, `"`)
			reasons = append(reasons, "quotes after blanks, which DuckDB leaves there")
		case numbers && text != trimmed:
			p.theirs[i] = trimmed
		case trims && text != trimmed:
			p.theirs[i] = trimmed
			reasons = append(reasons, "blanks after delimiters, which DuckDB leaves there")
		case !p.csv && text == "[]" && !keepsNothing:
			p.theirs[i] = nil
			reasons = append(reasons, "lists of nothing, which Druid keeps as null")
		}
	}
	return reasons
}

// digitsOnly tells whether a text is an integer, which a column of doubles keeps as a double.
func digitsOnly(text string) bool {
	return text != "" && strings.Trim(strings.TrimPrefix(text, "-"), "0123456789") == ""
}

// differs compares the columns as multisets: texts as they stand in the file, numbers as numbers.
func (p *pair) differs() string {
	count := map[string]int{}
	for _, v := range p.ours {
		if text, ok := v.(string); ok && p.csv && text != "" {
			count["text "+text]++
		} else {
			count[canonical(v)]++
		}
	}
	texts := slices.ContainsFunc(p.ours, func(v any) bool { _, text := v.(string); return text })
	for _, v := range p.theirs {
		if text, ok := v.(string); ok && p.csv && texts && text != "" {
			count["text "+text]--
		} else {
			count[canonical(v)]--
		}
	}
	var more, fewer string
	for value, n := range count {
		if n > 0 && (more == "" || value < more) {
			more = value
		}
		if n < 0 && (fewer == "" || value < fewer) {
			fewer = value
		}
	}
	if more == "" && fewer == "" {
		return ""
	}
	return fmt.Sprintf("column %s: for example %q, DuckDB %q", p.name, short(more), short(fewer))
}

// canonical is one text for all ways of writing a value: numbers by their value, lists by their elements, nothing for null.
func canonical(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []any:
		if len(v) == 1 { // Druid keeps a list of one value as the value
			return canonical(v[0])
		}
		var parts []string
		for _, e := range v {
			parts = append(parts, canonical(e))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case map[string]any:
		var fields []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if v[name] != nil {
				fields = append(fields, name+":"+canonical(v[name]))
			}
		}
		return "{" + strings.Join(fields, ",") + "}"
	case json.Number:
		return canonicalText(v.String())
	case string:
		return canonicalText(v)
	case bool:
		return strconv.FormatBool(v)
	}
	return fmt.Sprint(v)
}

func canonicalText(text string) string {
	if text != "" && (text[0] == '[' || text[0] == '{' || text[0] == '"') {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		var value any
		if decoder.Decode(&value) == nil && !decoder.More() {
			if s, ok := value.(string); !ok || s != text {
				return canonical(value)
			}
		}
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return strconv.FormatInt(n, 10)
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.ContainsAny(text, "xXpP_") || math.IsNaN(f) || strings.Trim(text, "0123456789") == "" {
		return text
	}
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

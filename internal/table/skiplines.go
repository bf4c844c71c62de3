package table

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// LineRange is some lines beside each other, counted from 1.
type LineRange struct{ First, Last int64 }

// ParseLines reads which lines of a file are left out: "4" is the first four, and "2-3" or "1,3-4" are these lines. first is how many at the beginning, and
// more are those behind the first one that counts.
func ParseLines(text string) (first int64, more []LineRange, err error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
		return n, nil, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			to = from
		}
		a, errA := strconv.ParseInt(from, 10, 64)
		b, errB := strconv.ParseInt(to, 10, 64)
		if errA != nil || errB != nil || a < 1 || b < a {
			return 0, nil, fmt.Errorf("«--skip-lines %q» must be a number of lines at the beginning, as 4, or lines such as 2-3 or 1,3-4", text)
		}
		more = append(more, LineRange{a, b})
	}
	slices.SortFunc(more, func(a, b LineRange) int { return cmp.Compare(a.First, b.First) })
	for len(more) > 0 && more[0].First <= first+1 {
		first = max(first, more[0].Last)
		more = more[1:]
	}
	return first, more, nil
}

// omits tells whether the caller leaves out a line.
func (d *Dialect) omits(line int64) bool {
	return slices.ContainsFunc(d.omitted, func(r LineRange) bool { return r.First <= line && line <= r.Last })
}

// skipLine goes behind the line at hand if it is no row by itself, whatever the others are: a comment or another line that the caller leaves out, or one of those that
// frame a table.
func (f *fields) skipLine(data []byte, line int64) bool {
	switch {
	case f.Comment != "" && f.skipComment(data), f.frame != nil && f.skipFrame(data, line), f.Delimiter == "" && f.skipAside(data, line):
		return true
	case len(f.omitted) > 0 && f.omits(line):
		f.at = min(lineEnd(data, f.at, f.Break)+1, len(data))
		return true
	}
	return false
}

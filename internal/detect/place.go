package detect

import (
	"fmt"
	"unicode/utf8"
)

// place is where a value stands.
type place struct {
	batch int // 0 is nowhere: batches count from 1 here
	line  int64
	input string
	value string
}

func (p *place) before(q *place) bool {
	return p.batch != 0 && (q.batch == 0 || p.batch < q.batch || p.batch == q.batch && p.line < q.line)
}

// keepFirst takes another place if it comes before.
func (p *place) keepFirst(q *place) {
	if q.before(p) {
		*p = *q
	}
}

// String is the value, and where it stands.
func (p *place) String() string { return fmt.Sprintf("%q in %s, line %d", p.value, p.input, p.line) }

// tally is how many values are something, and where the first of them stands.
type tally struct {
	n     int64
	first place
}

// count counts the value at hand if it is.
func (w *counter) count(t *tally, is bool, b []byte) {
	if is {
		t.n++
		w.at(&t.first, b)
	}
}

func (t *tally) merge(o *tally) {
	t.n += o.n
	t.first.keepFirst(&o.first)
}

// alike finds out whether texts are the same one.
type alike struct {
	n    int // 0 or 1, or 2 if there are several
	text string
}

func (a *alike) add(raw []byte) {
	switch {
	case a.n == 0 && len(raw) <= longestWord:
		a.n, a.text = 1, string(raw)
	case a.n == 0, a.n == 1 && string(raw) != a.text:
		a.n = 2
	}
}

func (a *alike) merge(o *alike) {
	switch {
	case a.n == 0:
		*a = *o
	case o.n == 2, o.n == 1 && o.text != a.text:
		a.n = 2
	}
}

// longestWord is how long a text may be that stands for null, in bytes.
const longestWord = 24

// cutText is the beginning of a text, enough to know it by.
func cutText(s string) string {
	if len(s) > 80 {
		end := 80
		for end > 76 && !utf8.RuneStart(s[end]) {
			end--
		}
		return s[:end] + "…"
	}
	return s
}

package preview

import (
	"testing"

	"ovate/internal/choice"
)

// TestNames: what a sentence says of flags is said of the fields of a request.
func TestNames(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"; «--no-header» makes a row of it.", "; [choices.header] false makes a row of it."},
		{"If both are rows, say «--no-header»", "If both are rows, say [choices.header] false"},
		{"or say «--no-header» with «--skip-lines 2»", `or say [choices.header] false with [choices.skipLines] "2"`},
		{"line 6: «--skip-lines 6» «--no-header» «--comment %» «--null '?'» takes them, ", `line 6: [choices.skipLines] "6", [choices.header] false, [choices.comment] "%", [choices.null] ["?"] takes them, `},
		{`«--type "v=long"» «--skip-bad» leaves out the rows`, `[choices.type] {"v":"long"} leaves out the rows`},
		{`«--type 'a\;b=double'» and «--type COLUMN=string» keeps`, `[choices.type] {"a;b":"double"} and [choices.type] {"COLUMN":"string"} keeps`},
		{"say «--delimiter ,» (then", `say [choices.delimiter] "," (then`},
		{`takes «--delimiter "\t"», or «--delimiter tab»`, `takes [choices.delimiter] "\t", or [choices.delimiter] "tab"`},
		{"«--delimiter» parts them otherwise.", "[choices.delimiter] parts them otherwise."},
		{"with «--format» or «--delimiter»", "with [choices.format] or [choices.delimiter]"},
		{"say «--encoding» and its name; «--encoding latin-1» does not count", `say [choices.encoding] and its name; [choices.encoding] "latin-1" does not count`},
		{"Say which: «--json-path data.rows»; or «--json-path .» if", `Say which: [choices.jsonPath] "data.rows"; or [choices.jsonPath] "." if`},
		{"«--json-path», key 1 (r)", "[choices.jsonPath], key 1 (r)"},
		{"«--drop 'a\\,b'»; «--columns a».", `[choices.drop] ["a,b"]; [choices.columns] ["a"].`},
		{"«--time» excludes «--time-column», «--time-format» and «--time-zone»: it", "[choices.time] excludes [choices.timeColumn], [choices.timeFormat] and [choices.timeZone]: it"},
		{"(«--time-zone EST=Australia/Sydney» says otherwise)", `([choices.timeZone] "EST=Australia/Sydney" says otherwise)`},
		{"«--null=WORD» makes one null; 2 more notes like it, on d.", `[choices.null] ["WORD"] makes one null; 2 more notes like it, on d.`},
		{"have psql write csv: psql --csv; «--fill» makes null", "have psql write csv: psql --csv; [choices.fill] true makes null"},
		{"say with «--encoding» what it is", "say with [choices.encoding] what it is"},
		{"; «--time-zone=-05:00» for the same clocks", `; [choices.timeZone] "-05:00" for the same clocks`},
		{"«--quote none» or «--comment '#'»", `[choices.quote] "none" or [choices.comment] "#"`},
	} {
		if got := choice.In(c[0], Fields); got != c[1] {
			t.Errorf("%s\n is %s", c[0], got)
		}
	}
}

package detect

import (
	"context"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ovate/internal/detect/number"
)

// TestNumerals: what people write as numbers is read to the same number, and what is something else is none.
func TestNumerals(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1 234,5": "1234,5", "1\u202f234\u00a0567": "1234567", "1'234.50": "1234.50", "1’234": "1234", "45.000.000": "45000000", "12,50-": "-12,50", "1.234,56-": "-1.234,56",
		"\u22125": "-5", "- 5": "", "12,00 EUR": "12,00", "EUR 12": "12", "€5": "5", "-$1,234.50": "-1,234.50", "$-5": "-5", "(1,234)": "-1,234", "45 %": "45", "5 km/h": "5", "12 m²": "12",
		"1 234,5 €": "1234,5", "R$ 5": "5",
		"1 23": "", "0 123": "", "01 234": "", "1234 567": "", "1 234 56": "", "1 234'567": "", "1.234.56": "", "12-13": "", "5--": "", "-5-": "", "(-5)": "", "007 kg": "", "EUR12": "", "T0": "",
		"10:20": "", "2024-01-01": "", "5 kilometres": "", "EUR 5 EUR": "", "": "", "-": "", "()": "", "%": "", "1 234 567 890 123 456 789 012 345 678 901": "", "192.168.1.10": "", "192.168.100.200": "", "192.168.100.900": "192168100900",
	} {
		n, is := numeralOf(nil, []byte(text))
		if got := string(n.text); want == "" && is || want != "" && (!is || got != want) {
			t.Errorf("%q is %q (%v), want %q", text, got, is, want)
		}
	}
}

// TestPointsMayBeOfVersions: where nothing says that commas are decimal ones, numbers with points alone may as well be versions.
func TestPointsMayBeOfVersions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"d,v\n2024-01-01,1.234.567\n2024-01-02,21.234.567\n": "string", "d,v\n2024-01-01,1.234.567\n2024-01-02,7\n": "long", "d;v\n2024-01-01;1.234.567\n2024-01-02;21.234.567\n": "long"} {
		found, err := Files(context.Background(), []string{write(t, "a.csv", text)}, Options{CopyDir: t.TempDir()})
		if err != nil || found.Columns[0].Type != want {
			t.Errorf("%q: %v %v", text, found, err)
		}
	}
}

// TestNumeralsKeepDigits: no digit is lost, whatever stands between them.
func TestNumeralsKeepDigits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(rapid.StringMatching(`[-(−]?(EUR )?[€$]?[0-9]{0,4}([ .,'’][0-9]{2,4}){0,3}[-)%]?( ?[a-zA-Z%]{1,6})?`).Draw(t, "text"))
		n, is := numeralOf(nil, b)
		if !is {
			return
		}
		digits := func(b []byte) string {
			return strings.Map(func(r rune) rune {
				if r >= '0' && r <= '9' {
					return r
				}
				return -1
			}, string(b))
		}
		if f := number.Of(n.text).Form; digits(n.text) != digits(b) || f == number.None || f == number.Coded {
			t.Fatalf("%q is %q (%d)", b, n.text, f)
		}
	})
}

// TestColumnsOfNumerals: a column of them is numbers, told, or text with a note whose flag takes it.
func TestColumnsOfNumerals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ values, kind, note, rows string }{
		{"1 234,5|85,00|12 000,25", "double", "Read with blanks between thousands: v", `"1234.5" "85.00" "12000.25"`},
		{"1'234|85", "long", "Read with apostrophes between thousands: v", `1234 85`},
		{"1.234,56-|2,00", "double", "Read as negative by a minus behind it", `"-1234.56" "2.00"`},
		{"45.000.000|1.234|7", "long", "Read with points between thousands: v", `45000000 1234 7`},
		{"\u22125|5", "long", "or one that is no hyphen: v", `-5 5`},
		{"555 123|555 124", "string", "--type v=long takes it for a number", `555123 555124`},
		{"1.234.567|1.234.568", "long", "Read with points between thousands: v", `1234567 1234568`},
		{"5-|6-", "string", "--type v=double takes it for that of a number", `"-5" "-6"`},
		{"1 234|1'234.5", "string", "--type v=double takes them for numbers all the same", `"1234" "1234.5"`},
		{"12,00 EUR|1.013,50 EUR", "string", "--type v=double takes the numbers alone", `"12.00" "1013.50"`},
		{"(12.5)|3", "string", "--type v=double takes the numbers alone", `"-12.5" "3"`},
		{"45 %|5%", "string", "--type v=double takes the numbers alone", `"45" "5"`},
		{"12 EUR|13 USD", "string", `as its numbers are of more than one currency or unit: v (EUR, USD; the first "12 EUR"`, ""},
		{"€1|$2.50|£3", "string", "as its numbers are of more than one currency or unit: v ($, £, €; the first", ""},
		{"(100)|5%", "string", "as its numbers are of more than one currency or unit: v (%, ()", ""},
		{"7|5%", "string", "as its numbers are of more than one currency or unit: v (%, none;", ""},
		{"5 kg|6 g|7 t|8 lb|9 oz", "string", "of more than one currency or unit: v (g, kg, lb, …; the first", ""},
		{"(100)|$5|7", "string", "--type v=double takes the numbers alone", `"-100" "5" "7"`},
		// A point or a comma that may part thousands is told, with the flags for both.
		{"1.234 €|2.500 €", "string", `may be a decimal one or part thousands: v ("1.234 €" in a.csv, line 2). --type v=double takes it for a decimal one, --type v=long`, `1234 2500`},
		{"$1,234|$2,500", "string", `--type v=double takes it for a decimal one, --type v=long for one between thousands`, `1234 2500`},
		{"1.234 €|500", "string", `may be a decimal one or part thousands: v ("1.234 €" in a.csv, line 2). --type v=double takes it for a decimal one, --type v=long`, `1234 500`},
		{"$1,234|$2,500.50", "string", "--type v=double takes the numbers alone", `"1234" "2500.50"`},
		{"1.234.567 €|1.234 €", "string", "--type v=double takes the numbers alone", `"1234567" "1234"`},
		{"0.500 €|1.234 €", "string", "--type v=double takes the numbers alone", `"0.500" "1.234"`},
		{"85,00|1 023,40|x", "string", `--type "v=double" --skip-bad leaves such rows out`, ""},
		{"192.168.100.200|110.168.100.201", "string", "", ""},
	} {
		kind := "double"
		if strings.Contains(test.note, "=long") {
			kind = "long"
		}
		text := "d;v\n2024-01-01;" + strings.ReplaceAll(test.values, "|", "\n2024-01-01;") + "\n"
		read := func(types map[string]string) (*Table, string) {
			found, err := Files(context.Background(), []string{write(t, "a.csv", text)}, Options{CopyDir: t.TempDir(), Types: types})
			if err != nil {
				t.Fatal(test.values, err)
			}
			var values []string
			for _, path := range found.Copies {
				copied, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				for line := range strings.Lines(string(copied)) {
					values = append(values, strings.Split(strings.Split(line, `"v":`)[1], ",\"")[0])
				}
			}
			return found, strings.Join(values, " ")
		}
		found, values := read(nil)
		if got := found.Columns[0].Type; got != test.kind || !strings.Contains(strings.Join(found.Notes, "\n"), test.note) || got != "string" && values != test.rows {
			t.Errorf("%s is %s: %s\n%s", test.values, got, values, strings.Join(found.Notes, "\n"))
		}
		if test.kind == "string" && test.rows != "" {
			if found, values := read(map[string]string{"v": kind}); values != test.rows {
				t.Errorf("%s as %s: %s\n%s", test.values, kind, values, strings.Join(found.Notes, "\n"))
			}
		}
	}
}

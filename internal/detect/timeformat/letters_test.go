package timeformat

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ovate/internal/ingest/timestamp"
)

// Whatever the case of its letters, a pattern reads what is meant, or is refused; it never reads another time.
func TestLettersOfAnyCase(t *testing.T) {
	t.Parallel()
	layouts := map[string]string{"yyyy": "2006", "MM": "01", "MMM": "Jan", "dd": "02", "DDD": "002", "HH": "15", "hh": "03", "mm": "04", "ss": "05", "SSS": "000", "a": "PM"}
	dates := [][]string{{"yyyy", "MM", "dd"}, {"dd", "MM", "yyyy"}, {"MM", "dd", "yyyy"}, {"yyyy", "dd", "MM"}, {"dd", "MMM", "yyyy"}, {"MM", "yyyy"}, {"yyyy", "MM"}, {"yyyy", "DDD"}}
	clocks := [][]string{{}, {"HH"}, {"HH", "mm"}, {"HH", "mm", "ss"}, {"HH", "mm", "ss", "SSS"}, {"hh", "mm", "a"}, {"hh", "mm", "ss", "a"}}
	rapid.Check(t, func(t *rapid.T) {
		date, clock := rapid.SampledFrom(dates).Draw(t, "date"), rapid.SampledFrom(clocks).Draw(t, "clock")
		between, colon := rapid.SampledFrom([]string{"-", "/", ".", " ", ""}).Draw(t, "between"), rapid.SampledFrom([]string{":", ".", "-", ""}).Draw(t, "colon")
		gap := rapid.SampledFrom([]string{" ", "_", "", "'T'"}).Draw(t, "gap")
		at := time.UnixMilli(rapid.Int64Range(0, 4102444799999).Draw(t, "at")).UTC()
		var right, typed, value strings.Builder
		write := func(fields []string, separator string) {
			for i, f := range fields {
				if s := separator; i > 0 {
					if f == "SSS" && s != "" {
						s = "."
					}
					right.WriteString(s)
					typed.WriteString(s)
					value.WriteString(s)
				}
				right.WriteString(f)
				switch rapid.IntRange(0, 2).Draw(t, "case") {
				case 0:
					typed.WriteString(strings.ToLower(f))
				case 1:
					typed.WriteString(strings.ToUpper(f))
				default:
					typed.WriteString(f)
				}
				text := at.Format(layouts[f])
				if f == "SSS" {
					text = at.Format(".000")[1:]
				}
				value.WriteString(text)
			}
		}
		blocks := [][]string{date, clock}
		separators := []string{between, colon}
		if rapid.Bool().Draw(t, "clock first") {
			blocks[0], blocks[1], separators[0], separators[1] = clock, date, colon, between
		}
		write(blocks[0], separators[0])
		if len(clock) > 0 {
			right.WriteString(gap)
			typed.WriteString(gap)
			value.WriteString(strings.Trim(gap, "'"))
		}
		write(blocks[1], separators[1])
		want, err := timestamp.New(right.String())
		if err != nil {
			t.Fatal(err)
		}
		expected, readable := want.Text([]byte(value.String()))
		format, note, err := Meant(typed.String())
		if err != nil || !readable {
			return
		}
		if typed.String() == right.String() && format != right.String() && gap != "'T'" {
			t.Fatalf("%s, which is right, is taken for %s", right.String(), format)
		}
		if format != typed.String() && !(strings.Contains(note, typed.String()) && strings.Contains(note, format)) {
			t.Fatalf("%s is taken for %s, which the note does not say: %s", typed.String(), format, note)
		}
		got, err := timestamp.New(format)
		if err != nil {
			t.Fatal(err)
		}
		if read, ok := got.Text([]byte(value.String())); ok && read != expected {
			t.Fatalf("%s with %s, taken for %s, is %s; with %s %s", value.String(), typed.String(), format, read, right.String(), expected)
		}
	})
}

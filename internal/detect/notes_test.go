package detect

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// What is true of many columns is told in one line, with the first value, where it stands, and the flag that decides otherwise.
func TestNotesOfColumns(t *testing.T) {
	t.Parallel()
	var names, kinds, values []string
	for i := range 30 {
		names, kinds, values = append(names, fmt.Sprint("alpha ", i)), append(kinds, "continuous"), append(values, fmt.Sprintf("%d.5", i))
	}
	second := strings.Join(names, ",") + "\n" + strings.Join(kinds, ",") + "\n" + strings.Repeat(strings.Join(values, ",")+"\n", 3)
	const numbers = "Numbers are kept by their value, not as they are written: "
	for _, f := range []struct {
		text  string
		o     Options
		notes []string // all of them but that there is no time; the file is called F
	}{
		{text: second, notes: []string{"Line 2 (continuous,continuous,continuous,continuous,continuous,continuous,continuous,con…) looks like more of the header, such as units: --skip-lines 2-2 leaves it out.", `30 columns are text, as line 2 of F holds no number in them: alpha 0 ("continuous"), alpha 1 ("continuous"), alpha 2 ("continuous"), alpha 3 ("continuous"), alpha 4 ("continuous"), ` +
			`alpha 5 ("continuous"), alpha 6 ("continuous"), alpha 7 ("continuous"), alpha 8 ("continuous"), alpha 9 ("continuous"), alpha 10 ("continuous"), alpha 11 ("continuous") and 18 more. ` +
			"If it is no row but a second header, --skip-lines 2-2 leaves it out"}},
		{text: second, o: Options{Verbose: true}, notes: []string{"looks like more of the header", `alpha 29 ("continuous"). If it is`}},
		{text: "a,b,c,d,e\n1,1,1,1,1\nx,2,2,2,2\n2,x,3,3,3\n3,3,x,4,4\n4,4,4,x,5\n5,5,5,5,x\n", notes: []string{
			`a is text, as 1 of its 6 values is no number, the first "x" in F, line 3; --type "a=long" --skip-bad`, `b is text`, `c is text`, `2 more notes like the last one, on d, e.`}},
		{text: "zip,n\n01234,1\n12345,2\n", notes: []string{`zip is text, as 1 of its 2 values begins with a zero or a plus, which numbers do not keep, the first "01234" in F, line 2; --type "zip=long" takes it for numbers.`}},
		// A word that is the only text among numbers may be one for null, which loses no row.
		{text: "id,v\n1,\n2,  \n3,5\n", notes: []string{`v is text, as 1 of its 2 values is blanks alone, the first "  " in F, line 3; --type "v=long" makes null of them, and --null " " in all columns.`}},
		{text: "k,x\n0,007\n1,abc\n2,1\n3,2\n", notes: []string{`x is text, as 1 of its 4 values is no number, the first "abc" in F, line 3, and 1 begins with a zero or a plus, the first "007" in F, line 2; --type "x=long" --skip-bad leaves out the rows of the former, and takes the latter for numbers.`}},
		{text: "k,x\n0,007.5\n1,abc\n2,1\n3,2\n", notes: []string{`--type "x=double" --skip-bad leaves out`}},
		{text: "k,x\n0,99999999999999999999\n1,abc\n2,1\n3,2\n", notes: []string{`x is text, as 2 of its 4 values are no whole number that a long holds, the first "99999999999999999999" in F, line 2;`}},
		{text: "k,x\n0,99999999999999999999\n1,abc\n2,1.5\n3,2\n", notes: []string{`x is text, as 1 of its 4 values is no number, the first "abc" in F, line 3;`}},
		{text: "k,x\n0,  \n1,abc\n2,1\n3,2\n", notes: []string{`x is text, as 1 of its 4 values is no number, the first "abc" in F, line 3;`}},
		{text: "d;v\n2024-01-01;1 234,50\n2024-01-02;3,1\n", notes: []string{"Read with decimal commas", "Read with blanks", `not as they are written: v (once, the first "1 234,50" in F, line 2).`}},
		{text: "d;v\n2024-01-01;12,50-\n2024-01-02;3,1\n", notes: []string{"Read with decimal commas", "Read as negative", `not as they are written: v (once, the first "12,50-" in F, line 2).`}},
		{text: "d;v\n2024-01-01; 1'234.50\n2024-01-02;3.1\n", notes: []string{"Read with apostrophes", `not as they are written: v (once, the first "1'234.50" in F, line 2).`}},
		{text: "id,v\n1,*\n2,3\n3,5\n", notes: []string{`--null "*" makes null of it in all columns`}},
		{text: "id,v\n1,gone\n2,gone\n3,5\n4,5\n", notes: []string{`v is text, as 2 of its 4 values are no number, the first "gone" in F, line 2; --null "gone" makes null of it in all columns, --type "v=long" --skip-bad`}},
		{text: "id,v\n1,gone\n2,away\n3,5\n4,5\n", notes: []string{`the first "gone" in F, line 2; --type "v=long" --skip-bad`}},
		{text: "id,v\n1,  \n2,5\n", o: Options{Nulls: []string{" "}}, notes: []string{`Null, as --null says: v (" " once).`}},
		// What the caller's own words make null is told by column, in texts, numbers and the time alike, and not of columns that are left out.
		{text: "id,n,m,k\n1,5,5,5\n2,6,5,6\n3,5,-999,7\n", o: Options{Nulls: []string{"5", "-999"}, Drop: []string{"k"}}, notes: []string{`Null, as --null says: n ("5" 2 times), m ("5" 2 times and "-999" once).`}},
		{text: `{"id":1,"n":-999}` + "\n" + `{"id":2,"n":"-999"}`, o: Options{Nulls: []string{"-999", "x"}}, notes: []string{`Null, as --null says: n ("-999" 2 times).`, `--null x changes nothing`}},
		{text: "country,v\nDE,1\nFR,..\nIT,..\n", notes: []string{`Null: v (".." 2 times).`}},
		{text: "country;v\nDE;1,5\nFR;x\nIT;2,5\n", notes: []string{`--type "v=double" --skip-bad`}},
		{text: "id,v\n1,½\n2,3\n3,5\n", notes: []string{`the first "½" in F, line 2; --type "v=long" --skip-bad`}}, // no word for null
		{text: "id,v\n1,12a\n2,13b\n", notes: nil},
		// A letter behind digits is no unit by itself: a number that is left without it would be another id.
		{text: "id,v\n6000,1\n6001,2\n6000a,3\n", notes: []string{`id is text, as 1 of its 3 values is no number, the first "6000a" in F, line 4; --type "id=long" --skip-bad leaves such rows out.`}},
		{text: "id,v\n6000,1\n6001,2\n6000A,3\n", notes: []string{`id is text, as 1 of its 3 values is no number, the first "6000A" in F, line 4`}},
		{text: "id,v\n6000,1\n6001,2\n6000a,3\n6000b,3\n", notes: []string{`id is text, as 2 of its 4 values are no number`}},
		{text: "id,w\n1,5g\n2,12g\n", notes: []string{`a unit, a percent sign or brackets to Druid: w (the first "5g" in F, line 2). --type`}},
		{text: "id,n\n1,0.5\n2,1e-400\n", notes: []string{`Kept as text, as no double holds a number that near to zero: n (the first "1e-400" in F, line 3). --null=WORD makes it null.`}},
		{text: "id,n\n1,0.5\n2,1e400\n", notes: []string{`Kept as text, as no long or double holds a number that large: n`}},
		// Zeros and exponents by which more than a value may be meant are told, whatever stands beside them.
		{text: "n,price,code\n1,5.20,1e5\n2,6.30,2e6\n", notes: []string{numbers + `code (2 times, the first "1e5" in F, line 2), price ("5.20"). --type COLUMN=string keeps the text.`}},
		{text: "n,price\n1,184.750000\n2,17.000000\n", notes: []string{numbers + `price ("184.750000"). --type`}},
		{text: "n;price\n1;3,50\n2;4,25\n", notes: []string{`Read with decimal commas: price ("3,50" in F, line 2). --type`}},
		{text: "n,ver\n1,1.10\n2,1.9\n3,1.20\n", notes: []string{numbers + `ver (2 times, the first "1.10" in F, line 2). --type`}},
		{text: "n,x\n1,.5\n2,45\n3,1.5E-07\n4,1e+05\n5,2.0\n", notes: nil},
		{text: `{"n":1,"x":1e5}` + "\n" + `{"n":2,"x":0.5}`, notes: []string{numbers + `x (once, the first "1e5" in F, line 1). --type`}},
		{text: "n;price\n1;3,50\n2;4,25\n", notes: []string{`Read with decimal commas: price ("3,50" in F, line 2). --type`}},
		// A header may have more lines than one.
		{text: "\"a\nx\",b\n1,2\n", notes: []string{`column "a\nx" is named "a x"`}},
		{text: "# made today\n\"a\nx\",b\n1,2\n", notes: []string{"the header ends in line 3; what stands before it is left out", `column "a\nx" is named "a x"`}},
		{text: "n,ver\n1,1.10\n2,1.9\n", o: Options{Types: map[string]string{"ver": "string"}}, notes: nil},
	} {
		table := look(t, f.text, f.o)
		var notes []string
		for _, note := range table.Notes {
			if !strings.HasPrefix(note, "No column is a time") && !strings.Contains(note, "by its place alone") {
				notes = append(notes, strings.ReplaceAll(note, filepath.Base(table.Files[0].Name), "F"))
			}
		}
		for i, want := range f.notes {
			if len(notes) != len(f.notes) || !strings.Contains(notes[i], want) {
				t.Errorf("%.40q: %s", f.text, strings.Join(notes, "\n"))
				break
			}
		}
		if f.notes == nil && notes != nil {
			t.Errorf("%.40q: %s", f.text, strings.Join(notes, "\n"))
		}
	}
}

// Of many columns that may be the time, a few are told with all that is known of them.
func TestNotesOfManyTimes(t *testing.T) {
	t.Parallel()
	text := "at"
	for i := range 20 {
		text += fmt.Sprintf(",date%d", i)
	}
	text += "\n2024-01-01" + strings.Repeat(",2024-01-02", 20) + "\n2024-01-02" + strings.Repeat(",2024-01-03", 20) + "\n2024-01-03" + strings.Repeat(",", 20) + "\n"
	notes := strings.Join(look(t, text, Options{}).Notes, "\n")
	if strings.Count(notes, "is not taken for the time") != 3 || !strings.Contains(notes, "Neither are these, which are times in some rows alone: date3, date4, date5, date6, date7, date8, date9, date10 and 9 more.") {
		t.Error(notes)
	}
}

// What is assumed of a time is told with the first value of which it is.
func TestNotesOfTimes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"date,n\n18.08.26,1\n22.08.27,2\n":                                  `date: 2 times a year of two digits, which is taken for one from 1969 to 2068; --type date=string keeps the values as they are written in a column as well, the first "18.08.26" in F, line 2.`,
		"at,n\n09.07.2013 12:00:00,1\n10.07.2013,2\n13.07.2013 9:00:00,3\n": `at: once a date without a time of day, which is taken for midnight; --type at=string keeps the values as they are written in a column as well, the first "10.07.2013" in F, line 3.`,
		"d,v\n2024-01-15 10:00 CET,1\n2024-01-15 10:00 EST,2\n":             `(--time-zone EST=Australia/Sydney says otherwise), the first "2024-01-15 10:00 EST"`,
		"d,v\nMon Jan 15 10:00:00 PST 2024,1\n":                             `(--time-zone PST=Asia/Manila says otherwise)`,
		"date,v\n2020-05,1\n2021-05-06,2\n":                                 `date: once a month alone, which is taken for its first day; --type date=string keeps the values as they are written in a column as well, the first "2020-05" in F, line 2.`,
		"date,n\n990115,1\n240228,2\n":                                      `--time-format yyyyMM takes them for months`,
	} {
		table := look(t, text, Options{})
		if notes := strings.ReplaceAll(strings.Join(table.Notes, "\n"), filepath.Base(table.Files[0].Name), "F"); !strings.Contains(notes, want) {
			t.Errorf("%q: %s", text, notes)
		}
	}
}

package detect

import (
	"strings"
	"testing"
)

// A column that is named like a time and is plainly none is told, and no fault; one that may be a time is refused with how to read it.
func TestColumnsNamedLikeTimes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"name,Time-Weighted\nA,0.05 mg\nB,0.1 mg\n", "at,n\nA1,5\nB2,6\n", "Time,v\nT0,1\nT1,2\n", "timestamp,v\n0,1\n1,2\n2,3\n", "date,v\n5,1\n6,2\n"} {
		table := look(t, text, Options{})
		notes := strings.Join(table.Notes, "\n")
		if table.Time.Column != "" || !strings.Contains(notes, "No column is a time") || !strings.Contains(notes, "Named like a time, but not read as one") {
			t.Errorf("%q: time %q\n%s", text, table.Time.Column, notes)
		}
	}
	// Numbers under any name of a time are told, with the flag that may read them.
	for _, name := range []string{"time", "modified", "last_updated", "epoch", "dt", "day", "measured on", "departure_time"} {
		text := "id," + name + "\n1,45292.25\n2,45293.5\n"
		notes := strings.Join(look(t, text, Options{}).Notes, "\n")
		if !strings.Contains(notes, "Named like a time, but not read as one: "+name+" (numbers). ") || !strings.Contains(notes, "45292.25 is 2024-01-01: --time-column \""+name+"\" --time-format excel takes it so.") {
			t.Errorf("%q: %s", text, notes)
		}
		if table := look(t, text, Options{TimeColumn: name, TimeFormat: "excel"}); table.Time.Column != name {
			t.Errorf("%q: time %q", text, table.Time.Column)
		}
	}
	for _, name := range []string{"updated_at", "when", "created"} { // these are refused, and a flag without their name takes them
		if table := look(t, "id,"+name+"\n1,45292.25\n2,45293.5\n", Options{TimeFormat: "excel"}); table.Time.Column != name {
			t.Errorf("%s: time %q", name, table.Time.Column)
		}
	}
	if notes := strings.Join(look(t, "id,updated_by\n1,45292\n2,45293\n", Options{}).Notes, "\n"); strings.Contains(notes, "Named like") {
		t.Error(notes)
	}
	for text, want := range map[string]string{
		"id,updated_at\n1,45292.25\n2,45293.5\n":                       "--time-format excel takes it so",
		"id,when\n1,240305101112\n2,240306101112\n":                    "named like one, cannot be read",
		"date,v\n12h30,1\n13h30,2\n":                                   "named like one, cannot be read",
		"ordinal_date,v\n736389,1\n736390,2\n":                         "named like one, cannot be read",
		"date,v\n5. Brumaire 24,1\n6. Brumaire 24,2\n":                 "named like one, cannot be read",
		"date,v\n\u0662\u0660\u0662\u0664-\u0660\u0661,1\n":            "named like one, cannot be read",
		"date,v\n0,1\n45000,2\n":                                       "named like one, cannot be read",
		"date,v\n2024-01-01,1\n01/02/2024,2\n2024-01-03T10:00:00Z,3\n": "beside times that are written otherwise, so that no --time-format reads all",
		"date,v\n01/02/2024,1\n02/03/2024,2\n":                         `choose with --time-format "MM/dd/yyyy" or "dd/MM/yyyy"`,
	} {
		_, err := Files(t.Context(), []string{write(t, "a.csv", text)}, Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// What is to be typed is quoted as a shell needs it.
func TestNamesInFlagsAreQuoted(t *testing.T) {
	t.Parallel()
	table := look(t, "Created at,US$ n\n2024-01-01T10:00:00.0005Z,1\n2024-01-02T10:00:00Z,2\n2024-01-03T10:00:00Z,x\n", Options{})
	notes := strings.Join(table.Notes, "\n")
	for _, want := range []string{`--type "Created at=string"`, `--type 'US$ n=long'`} {
		if !strings.Contains(notes, want) {
			t.Errorf("no %s in\n%s", want, notes)
		}
	}
}

// Of a text that was taken for a name, the words are not looked at.
func TestLongName(t *testing.T) {
	t.Parallel()
	if words := wordsOf(strings.Repeat("day ", longestName)); words != nil {
		t.Errorf("it has %d", len(words))
	}
}

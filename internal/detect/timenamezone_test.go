package detect

import (
	"strings"
	"testing"
)

// TestZonesInNames: a zone in the name of the column is told with the flag that applies it, where the times do not say theirs.
func TestZonesInNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ said, flag string }{
		"Zeit [MEZ]": {"MEZ", "--time-zone Europe/Berlin takes them for those of there, with summer time; --time-zone +01:00"}, "Time_CET": {"CET", "--time-zone Europe/Berlin"},
		"time (UTC)": {"UTC", ""}, "ts_utc": {"UTC", ""}, "timeUTC": {"UTC", ""}, "Time (GMT)": {"GMT", ""}, "Time (UTC+0)": {"UTC+0", ""},
		"Time (UTC+1)": {"UTC+1", "--time-zone +01:00"}, "time [GMT-03:30]": {"GMT-03:30", "--time-zone=-03:30"}, "time_+0530": {"+0530", "--time-zone +05:30"},
		"Time (Europe/Berlin)": {"Europe/Berlin", "--time-zone Europe/Berlin"}, "Date (EST)": {"EST", "--time-zone America/New_York"}, "Zeit IST": {"IST", "--time-zone Asia/Kolkata"},
		"time": {}, "best time": {}, "time_local": {}, "time 2024-01": {}, "time (+99)": {}, "time (No/Where)": {},
	} {
		for _, values := range []string{"2024-01-15 10:30,1\n2024-01-15 10:31,2\n", "2024011510,1\n2024011511,2\n"} {
			found := look(t, `"`+name+`",v`+"\n"+values, Options{})
			notes := strings.Join(found.Notes, "\n")
			if found.Time.NameZone != want.said || strings.Contains(notes, "the name says "+want.said) != (want.flag != "") || !strings.Contains(notes, want.flag) {
				t.Errorf("%q says %q, want %+v:\n%s", name, found.Time.NameZone, want, notes)
			}
		}
	}
	for _, f := range []struct {
		text string
		o    Options
	}{
		{"time (CET),v\n2024-01-15T10:30:00+01:00,1\n", Options{}}, {"time (CET),v\n2024-01-15,1\n", Options{}}, {"ts_cet,v\n1705312800,1\n", Options{}},
		{"time (CET),v\n2024-01-15 10:30,1\n", Options{TimeZone: "Europe/Paris"}},
	} {
		if found := look(t, f.text, f.o); found.Time.NameZone != "" || strings.Contains(strings.Join(found.Notes, "\n"), "the name says") {
			t.Errorf("%q: %s", f.text, found.Notes)
		}
	}
}

// TestHour24: 24 for the hour is the end of the day in every form of a time, and told.
func TestHour24(t *testing.T) {
	t.Parallel()
	for _, f := range []struct {
		text string
		o    Options
	}{
		{"ts,v\n2024011501,1\n2024011524,2\n", Options{}}, {"ts,v\n2024011501,1\n2024011524,2\n", Options{TimeFormat: "yyyyMMddHH"}},
		{"ts,v\n202401150100,1\n202401152400,2\n", Options{}}, {"ts,v\n20240115010000,1\n20240115240000,2\n", Options{}}, {"ts,v\n20240115010000,1\n20240115240000,2\n", Options{TimeFormat: "yyyyMMddHHmmss"}},
		{"ts,v\n15.01.2024 01:00,1\n15.01.2024 24:00,2\n", Options{}}, {"ts,v\n15.01.2024 01:00,1\n15.01.2024 24:00,2\n", Options{TimeFormat: "dd.MM.yyyy HH:mm"}},
		{"ts,v\n2024-01-15T01:00,1\n2024-01-15T24:00,2\n", Options{TimeFormat: "iso"}}, {"ts,v\n1501202401,1\n1501202424,2\n", Options{TimeFormat: "ddMMyyyyHH"}},
		{"Date,Hour,v\n2024-01-15,1,1\n2024-01-15,24,2\n", Options{}}, {"year,month,day,hour,v\n2024,1,15,1,1\n2024,1,15,24,2\n", Options{}},
	} {
		found := look(t, f.text, f.o)
		notes := strings.Join(found.Notes, "\n")
		if got := found.Span.String(); got != "2024-01-15T01:00:00.000Z/2024-01-16T00:00:00.001Z" || !strings.Contains(notes, "once 24 for the hour, which is the midnight at the end of that day") {
			t.Errorf("%q, %s: %s\n%s", f.text, f.o.TimeFormat, got, notes)
		}
		if len(found.Copies) == 0 {
			t.Errorf("%q is left to the engine, which knows no hour 24", f.text)
		}
	}
	const some = "ts,v\n2024011501,1\n2024011525,2\n2024011526,2\n"
	if notes := strings.Join(look(t, some, Options{}).Notes, "\n"); !strings.Contains(notes, "1 of them could be a date and its hour, which --time-format yyyyMMddHH takes them for") {
		t.Error(notes)
	}
}

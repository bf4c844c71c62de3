package timeformat

import (
	"strings"
	"testing"
)

func TestDigits(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		value string
		as    Digits
		want  string // nothing: it is no such time
		finer bool
	}{
		{"1705313472", Posix, "2024-01-15T10:11:12.000Z", false}, {"1705313472.5", Posix, "2024-01-15T10:11:12.500Z", false}, {"1705313472.0001", Posix, "2024-01-15T10:11:12.000Z", true},
		{"-1", Posix, "1969-12-31T23:59:59.000Z", false}, {"1705313472123456789", Nano, "2024-01-15T10:11:12.123Z", true}, {"1705313472123000000", Nano, "2024-01-15T10:11:12.123Z", false},
		{"", Posix, "", false}, {"1e9", Posix, "2001-09-09T01:46:40.000Z", false}, {"1e", Posix, "", false}, {"e9", Posix, "", false}, {"1e99", Posix, "", false}, {"1.60328E+12", Millis, "", false},
		{"1.705312800123E9", Posix, "2024-01-15T10:00:00.123Z", false}, {"1.7053128e+18", Nano, "2024-01-15T10:00:00.000Z", false}, {"-1.5E0", Posix, "1969-12-31T23:59:58.500Z", false}, {"15E-2", Posix, "1970-01-01T00:00:00.150Z", false}, {"15E-3", Posix, "1970-01-01T00:00:00.015Z", false}, {"15E-1", Posix, "1970-01-01T00:00:01.500Z", false},
		{"638409096000000000", Ticks, "2024-01-15T10:00:00.000Z", false}, {"638409096000012345", Ticks, "2024-01-15T10:00:00.001Z", true}, {"133497864000000000", Filetime, "2024-01-15T10:00:00.000Z", false},
		{"2024011510", Hour10, "2024-01-15T10:00:00.000Z", false}, {"2024011524", Hour10, "2024-01-16T00:00:00.000Z", false}, {"2024011525", Hour10, "", false}, {"202401152401", Minute12, "", false}, {"1705312800", Hour10, "", false}, {"202401151030", Minute12, "2024-01-15T10:30:00.000Z", false},
		{"2009131110544", YearDay13, "2009-05-11T11:05:44.000Z", false}, {"2009366110544", YearDay13, "", false}, {"2008366110544", YearDay13, "2008-12-31T11:05:44.000Z", false}, {"2009000110544", YearDay13, "", false},
		{"150124", DayFirst6, "2024-01-15T00:00:00.000Z", false}, {"011524", MonthFirst6, "2024-01-15T00:00:00.000Z", false}, {"310224", DayFirst6, "", false}, {"20240115.0", Day8, "2024-01-15T00:00:00.000Z", false}, {"20240115.5", Day8, "", false},
		{"1.", Posix, "1970-01-01T00:00:01.000Z", false},
		{"20240115", Day8, "2024-01-15T00:00:00.000Z", false}, {"20240230", Day8, "", false}, {"20240115101112", Second14, "2024-01-15T10:11:12.000Z", false},
		{"240115", Day6, "2024-01-15T00:00:00.000Z", false}, {"690101", Day6, "1969-01-01T00:00:00.000Z", false}, {"202413", Month6, "", false},
		{"2024.03", Month7, "2024-03-01T00:00:00.000Z", false}, {"2024x03", Month7, "", false}, {"2024", Year4, "2024-01-01T00:00:00.000Z", false}, {"999", Year4, "", false},
	} {
		at, finer, ok := test.as.Read([]byte(test.value))
		if ok != (test.want != "") || ok && (at.String() != test.want || finer != test.finer) {
			t.Errorf("%q as %s is %v, %v, %v; want %q", test.value, test.as.Name(), at, finer, ok, test.want)
		}
	}
}

// A whole number since 1970 is read to the same instant whether its digits or its value are looked at.
func TestCountsAgree(t *testing.T) {
	t.Parallel()
	for d := range Counts {
		for value, text := range map[int64]string{1705313472: "1705313472", 1705313472123: "1705313472123", 1705313472123456: "1705313472123456", 1705313472123456789: "1705313472123456789", 638409096001234567: "638409096001234567", 133497864001234567: "133497864001234567"} {
			at, finer, present := d.Count(value)
			readAt, readFiner, ok := d.Read([]byte(text))
			if present != (ok && d.IsPresent(readAt)) || present && (at != readAt || finer != readFiner) {
				t.Errorf("%s as %s: %v, %v, %v and %v, %v, %v", text, d.Name(), at, finer, present, readAt, readFiner, ok)
			}
		}
	}
}

func TestExcel(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"45306": "2024-01-15T00:00:00.000Z", "45306.25": "2024-01-15T06:00:00.000Z", "1": "1900-01-01T00:00:00.000Z", "59": "1900-02-28T00:00:00.000Z", "61": "1900-03-01T00:00:00.000Z", "4.5306e4": "2024-01-15T00:00:00.000Z",
		"60": "", "60.5": "", "0": "", "-1": "", "045306": "", "+45306": "", "2958466": "", "0x10": "", "inf": "", "1_0": "", "": "", ".": "", "1-5": "",
	} {
		if at, ok := excelDay([]byte(value)); ok != (want != "") || ok && at.String() != want {
			t.Errorf("%q is %v, %v; want %q", value, at, ok, want)
		}
	}
	for value, want := range map[string]string{"0.5": "12:00:00.000", "0": "00:00:00.000", ".25": "06:00:00.000", "1": "", "-0.1": "", "12:00": "", "00.5": ""} {
		if got := string(ExcelClock([]byte(value))); got != want {
			t.Errorf("%q is %q, want %q", value, got, want)
		}
	}
}

func TestShapes(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"2401151030": "yyMMddHHmm ddMMyyHHmm", "1501202410": "ddMMyyyyHH", "1131202410": "MMddyyyyHH", "1705312800": "", "990115103045": "yyMMddHHmmss", "2024011510304512": "yyyyMMddHHmmssSS",
		"2009131110544123": "yyyyDDDHHmmssSSS", "1705312800123456": "", "2024011510304512345": "yyyyMMddHHmmssSSSSS", "24011510x0": "", "": "",
	} {
		got := ""
		for _, s := range Shapes {
			if s.Fits([]byte(value)) {
				got += " " + string(s)
			}
		}
		if got = strings.TrimPrefix(got, " "); got != want {
			t.Errorf("%q is %q, want %q", value, got, want)
		}
	}
}

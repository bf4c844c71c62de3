package table

import (
	"strings"
	"testing"
)

// The time of each line of a log is as long as it reads: a zone belongs to it, known or not, and a level or a number does not.
func TestTimesOfLogs(t *testing.T) {
	t.Parallel()
	for _, at := range []string{
		"2024-01-15 10:20:30", "2024-01-15 10:20:30 +0200", "2024-01-15 10:20:30 IST", "2024-01-15 10:20:30 (IST)", "[2024-01-15 10:20:30 IST]", "2024-01-15T10:20:30IST",
		"2024-01-15 10:20:30 -03", "2024-01-15 10:20:30 Europe/Berlin", "2024-01-15 10:20:30 Asia/Nowhere", "2024-01-15 10:20:30 [Europe/Berlin]", "2024-01-15 10:20:30 +0000 UTC", "2024-01-15 10:20:30 GMT+2", "2024-01-15 10:20:30 America/Port-au-Prince", "01/15/2024 10:20:30 p.m.",
		"01/15/2024 10:20:30 PM EST", "Mon Jan 15 10:20:30 +0100 2024", "Mon Jan 15 10:20:30 2024", "2024-01-15 10:20:30,123 SAST", "Jan 15 2024 10:20:30 AM",
	} {
		for _, message := range []string{"INFO a thing", "GET /x, y", "-5 degrees, +3", "[main] WARN", "a/b c", "5 rows in 3 s", "- \"x", "and more", "A b", "PUT, z"} {
			text := "2024-01-15 10:20:29 DEBUG one, two, three\n" + at + " " + message + "\n2024-01-15 10:20:29 ERROR x\n"
			check(t, Options{}, text, "1: time=t2024-01-15 10:20:29 message=tDEBUG one, two, three", "2: time=t"+at+" message=t"+message, "3: time=t2024-01-15 10:20:29 message=tERROR x")
		}
	}
}

// Letters behind all times that may be a zone are told, if they are none that is known.
func TestLettersBehindTimes(t *testing.T) {
	t.Parallel()
	for letters, told := range map[string]bool{"MET": true, "XYZ": true, "[QQT]": true, "INFO": false, "Met": false, "RUNNING": false} {
		const at = "2024-01-15 10:20:30"
		table := check(t, Options{}, at+" "+letters+" a, b\n"+at+" "+letters+" c\n", "1: time=t"+at+" message=t"+letters+" a, b", "2: time=t"+at+" message=t"+letters+" c")
		if notes := strings.Join(notesOf(table), "\n"); strings.Contains(notes, "which is not taken for the zone of the times. --time-zone Europe/Berlin") != told {
			t.Errorf("%s: %s", letters, notes)
		}
	}
}

// A time that ends at a delimiter is a field of a table, even if some lines have fewer fields.
func TestRaggedTableIsNoLog(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"2024-01-15 10:20:30", "2024-01-15 10:20:30 +0100", "2024-01-15 10:20:30 IST"} {
		for _, d := range []string{",", ";", "|", "\t"} {
			line := func(line string) string { return at + strings.ReplaceAll(line, ",", d) + "\n" }
			check(t, Options{}, line(",GET /a,200")+line(",GET /b,200")+line(",GET /c"), "1: column_1=t"+at+" column_2=tGET /a column_3=t200", "2: column_1=t"+at+" column_2=tGET /b column_3=t200", `3! `)
		}
	}
}

// Lines that the caller takes for comments belong to no message, wherever they stand.
func TestCommentsInLogs(t *testing.T) {
	t.Parallel()
	const text = "2024-01-15 10:20:30 INFO a, b\n# rotated, by hand\n\tat x\n# 2\n\tat y\n2024-01-15 10:20:31 WARN c\n# 2024-01-15 10:20:32 WARN d\n"
	table := check(t, Options{Comment: "#"}, text, "1: time=t2024-01-15 10:20:30 message=tINFO a, b\n\tat x\n\tat y", "6: time=t2024-01-15 10:20:31 message=tWARN c")
	if notes := strings.Join(notesOf(table), "\n"); !strings.Contains(notes, "line 3 does not begin with a time, and belongs to the message before it") || !strings.Contains(notes, "lines that begin with # are left out") {
		t.Error(notes)
	}
	check(t, Options{}, text, "1: time=t2024-01-15 10:20:30 message=tINFO a, b\n# rotated, by hand\n\tat x\n# 2\n\tat y", "6: time=t2024-01-15 10:20:31 message=tWARN c\n# 2024-01-15 10:20:32 WARN d")
	check(t, Options{Comment: "20"}, "2024-01-15 10:20:30 INFO a, b\n", "FILE is not recognised")
	check(t, Options{Comment: "["}, "2024-01-15 10:20:30 INFO a, b\n[2024-01-15 10:20:31] INFO c\n2024-01-15 10:20:32 INFO d\n", "1: time=t2024-01-15 10:20:30 message=tINFO a, b", "3: time=t2024-01-15 10:20:32 message=tINFO d")
}

package schedule_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"ovate/internal/schedule"
)

// read reads a schedule of a type.
func read(kind, text string) (*schedule.Schedule, error) {
	if kind == "quartz" {
		return schedule.Quartz(text)
	}
	return schedule.Unix(text)
}

// Schedules are taken and refused as by Druid 33, and due when it says (compat/peer, TestCron, asks it). Refused are those, too, that it takes and can
// say nothing of ("!"). What it carries over from the time after which it is asked, a fraction of a second, does not count.
func TestDruid(t *testing.T) {
	t.Parallel()
	recorded, err := os.ReadFile("testdata/druid.tsv")
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for line := range strings.Lines(string(recorded)) {
		part := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		kind, zone, _ := strings.Cut(part[0], " ")
		place, err := time.LoadLocation(zone)
		if err != nil {
			t.Error(err)
			continue
		}
		s, err := read(kind, part[1])
		if refused := part[3] == "refused" || strings.Contains(part[3], "!"); refused != (err != nil) {
			t.Errorf("%s [%s]: Druid says %s, and here it is %v", part[0], part[1], part[3], err)
		}
		if err != nil {
			continue
		}
		answers := strings.Split(part[3], ",")
		for i, at := range strings.Split(part[2], ",") {
			asked++
			want, got := wholeSecond(answers[i]), after(t, s, at, place)
			if want != got && !isChange(t, place, want, got) {
				t.Errorf("%s [%s] after %s: Druid says %s, and here it is %s", part[0], part[1], date(t, at), date(t, want), date(t, got))
			}
		}
	}
	if asked < 4000 {
		t.Errorf("only %d times were asked for", asked)
	}
}

// isChange tells whether the first of two times is one about which the clock of a place is put on or back: there Druid's classes leave out what is leapt
// over, and have what comes twice the second time, too, or then alone, which TestClockChanges has as it is here. Druid itself asks them for UTC alone.
func isChange(t *testing.T, place *time.Location, one, other string) bool {
	t.Helper()
	if one == "-" || other == "-" {
		return false
	}
	first := time.UnixMilli(min(millis(t, one), millis(t, other))).In(place)
	_, before := first.Add(-2 * time.Hour).Zone()
	_, after := first.Add(2 * time.Hour).Zone()
	return before != after
}

// wholeSecond is an answer without a fraction of a second.
func wholeSecond(answer string) string {
	if answer == "-" {
		return answer
	}
	return answer[:len(answer)-3] + "000"
}

// after is when a schedule is due after a time, in milliseconds, as Druid answers.
func after(t *testing.T, s *schedule.Schedule, at string, place *time.Location) string {
	t.Helper()
	next, is := s.Next(time.UnixMilli(millis(t, at)).In(place))
	if !is {
		return "-"
	}
	return strconv.FormatInt(next.UnixMilli(), 10)
}

func millis(t *testing.T, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func date(t *testing.T, text string) string {
	t.Helper()
	if text == "-" {
		return "never"
	}
	return time.UnixMilli(millis(t, text)).UTC().Format("Mon 2006-01-02 15:04:05.000")
}

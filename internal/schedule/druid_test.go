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
		s, err := read(part[0], part[1])
		if refused := part[3] == "refused" || strings.Contains(part[3], "!"); refused != (err != nil) {
			t.Errorf("%s [%s]: Druid says %s, and here it is %v", part[0], part[1], part[3], err)
		}
		if err != nil {
			continue
		}
		answers := strings.Split(part[3], ",")
		for i, at := range strings.Split(part[2], ",") {
			asked++
			if want := wholeSecond(answers[i]); after(t, s, at) != want {
				t.Errorf("%s [%s] after %s: Druid says %s, and here it is %s", part[0], part[1], date(t, at), date(t, want), date(t, after(t, s, at)))
			}
		}
	}
	if asked < 4000 {
		t.Errorf("only %d times were asked for", asked)
	}
}

// wholeSecond is an answer without a fraction of a second.
func wholeSecond(answer string) string {
	if answer == "-" {
		return answer
	}
	return answer[:len(answer)-3] + "000"
}

// after is when a schedule is due after a time, in milliseconds, as Druid answers.
func after(t *testing.T, s *schedule.Schedule, at string) string {
	t.Helper()
	next, is := s.Next(time.UnixMilli(millis(t, at)).UTC())
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

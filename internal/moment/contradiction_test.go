package moment

import (
	"strings"
	"testing"
	"time"
)

// TestContradictions: a weekday rules out the dates that are another one, and an offset the places where clocks do not show it.
func TestContradictions(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Result{
		"Mon, 15 Jan 2024 10:20:30 GMT": Time, "Tue, 15 Jan 2024 10:20:30 GMT": Contradicted, "Tue Jan 15 10:20:30 +0100 2024": Contradicted,
		"Monday, January 15, 2024": Time, "Sunday, January 15, 2024": Contradicted, "Mo, 15. Jan. 2024": Time, "Di 15.01.2024": Contradicted, "Mo 15.01.2024": Time,
		"lun. 15 janvier 2024": Time, "mar. 15 janvier 2024": None, "mardi 15 janvier 2024": Contradicted, "segunda-feira, 15 de janeiro de 2024": Time, "sexta-feira, 15 de janeiro de 2024": Contradicted,
		"2024-01-15T10:20:30+01:00[Europe/Paris]": Time, "2024-01-15T10:20:30+02:00[Europe/Paris]": Contradicted, "2024-07-15T10:20:30+02:00[Europe/Paris]": Time,
		"Mon, 32 Jan 2024": None, "Tue, 15 Jan 2024 10:20:30 XYZW2": None,
	} {
		if _, is := UTC().Read([]byte(text)); is != want {
			t.Errorf("%q is %d, want %d", text, is, want)
		}
	}
	m, is := UTC().Read([]byte("Mon 01/04/2024")) // January 4th was a Thursday, April 1st a Monday
	if is != Time || m.Ordered || m.Valid[MonthFirst] || !m.Valid[DayFirst] || !strings.HasPrefix(m.At[DayFirst].String(), "2024-04-01") {
		t.Errorf("%d %+v", is, m)
	}
	for day := range 14 { // every name goes with its own days alone
		at := time.Date(2024, 1, 1+day, 0, 0, 0, 0, time.UTC)
		for _, layout := range []string{"Mon, 02 Jan 2006", "Monday 2 January 2006", "Mon Jan 2 15:04:05 2006"} {
			right, wrong := at.Format(layout), strings.Replace(at.Format(layout), at.Format("Mon"), at.AddDate(0, 0, 1).Format("Mon"), 1)
			if _, is := UTC().Read([]byte(right)); is != Time {
				t.Errorf("%q is %d", right, is)
			}
			if _, is := UTC().Read([]byte(wrong)); strings.HasPrefix(layout, "Mon,") && is != Contradicted {
				t.Errorf("%q is %d", wrong, is)
			}
		}
	}
}

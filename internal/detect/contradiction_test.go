package detect

import (
	"context"
	"strings"
	"testing"
)

// TestContradictedTimes: a time whose weekday is not that of its date is a fault of the row, with the reason.
func TestContradictedTimes(t *testing.T) {
	t.Parallel()
	read := func(text string) string {
		found, err := Files(context.Background(), []string{write(t, "a.csv", text)}, Options{CopyDir: t.TempDir()})
		if err != nil {
			return err.Error()
		}
		return found.Span.String()
	}
	const head = "at;v\nMon, 15 Jan 2024 10:20:30 GMT;1\nTue, 16 Jan 2024 10:20:30 GMT;2\n"
	if got := read(head); !strings.HasPrefix(got, "2024-01-15T10:20:30") {
		t.Error(got)
	}
	if got := read(head + "Wed, 15 Jan 2024 10:20:30 GMT;3\n"); !strings.Contains(got, `line 4, column at: "Wed, 15 Jan 2024 10:20:30 GMT" contradicts itself: its weekday is not that of its date`) {
		t.Error(got)
	}
	// So is one with a leap second.
	if got := read("at;v\n2016-12-31T23:59:60Z;1\n2016-12-31T23:59:59Z;2\n"); !strings.Contains(got, `line 2, column at: "2016-12-31T23:59:60Z" is a leap second, which no time of Druid's is`) {
		t.Error(got)
	}
	if got := read("at;v\n2016-12-31T23:60:01Z;1\n2016-12-31T23:59:59Z;2\n"); strings.Contains(got, "leap second") || !strings.Contains(got, "is no time") {
		t.Error(got)
	}
	if got := read("at;v\nTue, 15 Jan 2024 10:20:30 GMT;1\n"); !strings.Contains(got, `"Tue, 15 Jan 2024 10:20:30 GMT" contradicts itself`) {
		t.Error(got)
	}
}

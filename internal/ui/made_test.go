package ui

import (
	"slices"
	"strings"
	"testing"
)

// Of a log those segments are told that were published at last, whatever a row says and whatever a run before has pushed.
func TestMadeBy(t *testing.T) {
	t.Parallel()
	line := func(rest string) string { return "time=2026-11-29T13:37:45.094Z level=INFO msg=" + rest + "\n" }
	one, odd := line(`pushed segment=d_2026-03-01T00:00:00.000Z_2026-03-02T00:00:00.000Z_v bytes=1`), line(`pushed segment="a \"b\"_x" bytes=1`)
	for log, want := range map[string]string{
		"": "", one: "", one + line("published segments=1"): "d_2026-03-01T00:00:00.000Z_2026-03-02T00:00:00.000Z_v",
		one + odd + line("published segments=1"): `a "b"_x`,
		odd + line(`"row did not parse" input="msg=pushed segment=x bytes=1"`) + line("published segments=1"): `a "b"_x`,
		one + line("published segments=2") + line(`"task ended" status=SUCCESS`):                              "",
		odd + line("published segments=1 trace_id=abc"):                                                       `a "b"_x`,
	} {
		if got := strings.Join(slices.Clone(madeBy([]byte(log), 1)), " "); got != want {
			t.Errorf("%s\nmade %q, want %q", log, got, want)
		}
	}
}

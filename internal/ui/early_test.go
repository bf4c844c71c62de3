package ui

import (
	"strings"
	"testing"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/preview"
	"ovate/internal/queue"
	"ovate/internal/upload"
)

// Pages tell nothing of what is not known yet: how fast tasks read in the first half minute, of how many segments some are written while rows are read, of fields that no note names, who sent what where nobody is asked, locks that are not held, and more of long rows than people read.
func TestWhatIsNotKnownYet(t *testing.T) {
	t.Parallel()
	u, _ := guarded(t, func(auth.Action, auth.Resource) bool { return true })
	reading := readReport([]byte(`{"ingestionStatsAndErrors":{"payload":{"ingestionState":"BUILD_SEGMENTS","rowStats":{"totals":{"buildSegments":{"processed":7}}}}}}`))
	writing := *reading
	writing.SegmentsBegun, writing.SegmentsBuilt = 3, 1
	note := func(text string) *filePage { return &filePage{Preview: &preview.Preview{Notes: []string{text}}} }
	long := &taskPage{Report: &report{Faults: []fault{{Input: strings.Repeat("x", 3000), Details: []string{strings.Repeat("y", 3000)}}}}}
	long.ErrorMsg = "Max parse exceptions[0] exceeded"
	for _, c := range []struct {
		template  string
		data      any
		says, not string
	}{
		{"overview", &overviewPage{Hour: lastHour(u.Rates)}, "none is over yet", "has read anything"},
		{"overview", &overviewPage{Hour: &hour{None: true, Steps: []ratesStep{{}}}}, "No task has read anything.", "none is over yet"},
		{"task", &taskPage{Report: reading}, "<dt>Segments</dt><dd>0</dd>", "of 0"},
		{"task", &taskPage{Report: &writing}, "<dt>Segments</dt><dd>1 <small>of 3</small></dd>", ""},
		{"task", long, ">" + strings.Repeat("x", 399) + "…<", strings.Repeat("y", 400)},
		{"task", long, "More rows did not parse than <code>maxParseExceptions</code>", ""},
		{"task", &taskPage{Why: &queue.Wait{Pending: true}}, "It waits for", "It has its locks"},
		{"task", &taskPage{Why: &queue.Wait{Pending: true}, Locks: make([]druid.TaskLock, 1)}, "It has its locks, and waits for", ""},
		{"file", &filePage{File: upload.Upload{By: "ann"}}, "</time> by ann</dd>", ""},
		{"file", &filePage{File: upload.Upload{By: auth.NameAllowAll}}, "<dt>Sent</dt>", "allowAll"},
		{"file", note("Two columns are empty"), "Two columns are empty", "a field of the form"},
		{"file", note("t is a text: “Type of t: long” makes it a number"), "a field of the form", ""},
	} {
		var out strings.Builder
		if err := u.pages[c.template].ExecuteTemplate(&out, "layout", shown{page: &page{Data: c.data}}); err != nil {
			t.Fatal(err)
		}
		if text := out.String(); !strings.Contains(text, c.says) || c.not != "" && strings.Contains(text, c.not) {
			t.Errorf("%s, %+v: %s", c.template, c.data, text)
		}
	}
}

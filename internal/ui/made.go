package ui

import (
	"bytes"
	"regexp"
	"strconv"

	"ovate/druid"
)

// made are the segments that a task has published.
type made struct {
	Count int // as it reports
	// IDs are theirs, as far as the log tells; those of a task on a worker it tells in words of its own.
	IDs []string
}

// A page reads so much of the end of a log for segments, and shows so many.
const (
	madeRead  = 256 << 10
	madeShown = 100
)

// pushed and published are lines of the log of a task in this process. Rows stand quoted in others, so that none can look like one.
var (
	pushed    = regexp.MustCompile(`^time=\S+ level=INFO msg=pushed segment=("(?:[^"\\]|\\.)*"|[^" ]+) `)
	published = regexp.MustCompile(`^time=\S+ level=INFO msg=published segments=([0-9]+)`)
)

// made are how many segments a task has published that has succeeded; nil if it reports none.
func (p *taskPage) made() *made {
	if p.State != druid.Success || p.Report == nil || p.Report.SegmentsPublished <= 0 {
		return nil
	}
	return &made{Count: p.Report.SegmentsPublished}
}

// find finds their ids in the end of the task's log.
func (m *made) find(log []byte) {
	m.IDs = madeBy(log, m.Count)
	m.IDs = m.IDs[:min(len(m.IDs), madeShown)]
}

// madeBy are the ids of the segments that were pushed last before so many were published.
func madeBy(log []byte, count int) (ids []string) {
	var all []string
	for line := range bytes.Lines(log) {
		if found := pushed.FindSubmatch(line); found != nil {
			id := string(found[1])
			if quoted, err := strconv.Unquote(id); err == nil {
				id = quoted
			}
			all = append(all, id)
		} else if found := published.FindSubmatch(line); found != nil && string(found[1]) == strconv.Itoa(count) {
			ids = all[max(0, len(all)-count):]
		}
	}
	return ids
}

package cli

import (
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"ovate/client"
	"ovate/druid"
)

// plainLines shows progress where there is no terminal: a line when something changes, at most one in two seconds.
type plainLines struct {
	w     io.Writer
	total int64
	begun time.Time
	last  time.Time
	state string
}

func (p *plainLines) show(status *druid.TaskStatusPlus, rows client.Rows) {
	now := time.Now()
	if state(status) == p.state && now.Sub(p.last) < 2*time.Second {
		return
	}
	p.last, p.state = now, state(status)
	fmt.Fprintf(p.w, "%s  %s\n", p.state, figures(rows, now.Sub(p.begun), p.total))
}

func (p *plainLines) close() {}

// bar shows progress on a terminal.
type bar struct {
	bars  *mpb.Progress
	bar   *mpb.Bar
	total int64
	begun time.Time
	label atomic.Pointer[string] // before the bar; mpb draws in a goroutine of its own
	text  atomic.Pointer[string] // after it
}

func newBar(w io.Writer, total int64) *bar {
	b := &bar{total: total, begun: time.Now()}
	b.label.Store(new(string))
	b.text.Store(new(string))
	decorator := func(text *atomic.Pointer[string]) decor.Decorator {
		return decor.Any(func(decor.Statistics) string { return *text.Load() })
	}
	b.bars = mpb.New(mpb.WithOutput(w), mpb.WithWidth(30), mpb.WithAutoRefresh(), mpb.WithRefreshRate(80*time.Millisecond))
	var style mpb.BarFillerBuilder = mpb.BarStyle().Lbound("▕").Filler("█").Tip("█").Padding("·").Rbound("▏")
	if total == 0 {
		style = mpb.NopStyle()
	}
	b.bar = b.bars.New(max(total, 1), style, mpb.PrependDecorators(decorator(&b.label)), mpb.AppendDecorators(decorator(&b.text)))
	return b
}

func (b *bar) show(status *druid.TaskStatusPlus, rows client.Rows) {
	label := fmt.Sprintf("%-8s", strings.ToLower(state(status)))
	text := " " + figures(rows, time.Since(b.begun), b.total)
	b.label.Store(&label)
	b.text.Store(&text)
	if status.State == druid.Success {
		b.bar.SetTotal(-1, true) // complete as it stands; the total may have been an estimate
		return
	}
	b.bar.SetCurrent(min(rows.ProcessedBytes, b.total*99/100)) // full only when it is done
}

// close leaves the last picture on the screen.
func (b *bar) close() {
	b.bar.Abort(false) // nothing to a bar that is complete
	b.bars.Wait()
}

// figures is rows, rows/s and bytes in one line.
func figures(rows client.Rows, took time.Duration, total int64) string {
	read := rows.Processed + rows.ProcessedWithError + rows.Unparseable + rows.ThrownAway
	if read == 0 {
		return ""
	}
	text := fmt.Sprintf("%s rows  %s rows/s  %s", count(read), count(int64(float64(read)/took.Seconds())), size(rows.ProcessedBytes))
	if total > rows.ProcessedBytes {
		text += " of " + size(total)
	}
	return text
}

package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/quantity"
)

// stage is how far something is.
type stage struct {
	doing   string // in one word
	figures func(took time.Duration, room int) string
	read    int64 // of the total
	ended   bool  // which others tell
	well    bool  // it ended, and well
}

// plainLines shows progress where there is no terminal: a line when a task gets on to something else, and others after 2, 4, 8 …
// seconds, at last one a minute.
type plainLines struct {
	w     io.Writer
	begun time.Time
	next  time.Duration
	doing string
}

func (p *plainLines) show(s stage) {
	took := time.Since(p.begun)
	text := s.figures(took, 120)
	if s.ended || (s.doing == p.doing || text == "") && took < p.next {
		return
	}
	if took >= p.next {
		p.next = took + min(took, time.Minute)
	}
	p.doing = s.doing
	fmt.Fprintf(p.w, "%-10s %6s  %s\n", s.doing, shortDuration(took), text)
}

func (p *plainLines) close() {}

// bar shows progress on a terminal.
type bar struct {
	bars  *mpb.Progress
	bar   *mpb.Bar
	total int64
	width func() int // of the terminal
	begun time.Time
	label atomic.Pointer[string] // before the bar; mpb draws in a goroutine of its own
	text  atomic.Pointer[string] // after it
}

// barRoom is how wide a terminal has to be for a bar beside the figures.
const barRoom = 110

func newBar(w *os.File, total int64, options ...mpb.BarOption) *bar {
	b := &bar{total: total, begun: time.Now(), width: func() int {
		if width, _, err := term.GetSize(int(w.Fd())); err == nil && width > 0 {
			return width
		}
		return 80
	}}
	b.label.Store(new(string))
	b.text.Store(new(string))
	decorator := func(text *atomic.Pointer[string]) decor.Decorator {
		return decor.Any(func(decor.Statistics) string { return *text.Load() })
	}
	b.bars = mpb.New(mpb.WithOutput(w), mpb.WithWidth(30), mpb.WithAutoRefresh(), mpb.WithRefreshRate(80*time.Millisecond))
	var style mpb.BarFillerBuilder = mpb.BarStyle().Lbound("▕").Filler("█").Tip("█").Padding("·").Rbound("▏")
	if total == 0 || b.width() < barRoom {
		style = mpb.NopStyle()
	}
	b.bar = b.bars.New(max(total, 1), style, append(options, mpb.PrependDecorators(decorator(&b.label)), mpb.AppendDecorators(decorator(&b.text)))...)
	return b
}

func (b *bar) show(s stage) {
	label := fmt.Sprintf("%-10s", s.doing)
	room := b.width() - 4 - utf8.RuneCountInString(label)
	if b.width() >= barRoom {
		room -= 30
	}
	text := " " + s.figures(time.Since(b.begun), room)
	b.label.Store(&label)
	b.text.Store(&text)
	if s.well {
		b.bar.SetTotal(-1, true) // complete as it stands; the total may have been an estimate
		return
	}
	b.bar.SetCurrent(min(s.read, b.total*99/100)) // full only when it is done
}

// close leaves the last picture on the screen.
func (b *bar) close() {
	b.bar.Abort(false) // nothing to a bar that is complete
	b.bars.Wait()
}

// doing is one word for what is done now.
func doing(status *druid.TaskStatusPlus, report *client.Ingestion) string {
	if status.State == druid.Running && report.Step != "" {
		return report.Step
	}
	return strings.ToLower(state(status))
}

// figures is what a task has taken of the rows, how fast, and for how long it goes on, as far as there is room: rows that are refused or
// thrown away do not count, as they are not stored.
func figures(report *client.Ingestion, took time.Duration, total int64, room int) string {
	rows := report.Rows
	kept, seconds := rows.Processed+rows.ProcessedWithError, max(took.Seconds(), 0.001)
	if kept == 0 {
		return ""
	}
	parts := []string{quantity.Of(kept, "row")}
	if report.SegmentsBuilt > 0 {
		parts = append(parts, fmt.Sprintf("%s of %s written", quantity.Count(report.SegmentsBuilt), quantity.Of(report.SegmentsBegun, "segment")))
	}
	if report.Step == "" || report.Step == "reading" {
		parts = append(parts, quantity.Count(int64(float64(kept)/seconds))+" rows/s")
		speed := float64(rows.ProcessedBytes) / seconds
		read := size(rows.ProcessedBytes)
		if total > rows.ProcessedBytes && speed > 0 {
			parts = append(parts, timeLeft(total-rows.ProcessedBytes, speed))
			read += " of " + size(total)
		}
		parts = append(parts, read, size(int64(speed))+"/s")
	}
	return asMany(parts, room)
}

// asMany joins as many parts as there is room for.
func asMany(parts []string, room int) string {
	text := parts[0]
	for _, part := range parts[1:] {
		if utf8.RuneCountInString(text+part)+2 > room {
			break
		}
		text += "  " + part
	}
	return text
}

// taskStage is how far a task is, which reads so many bytes in all.
func taskStage(status *druid.TaskStatusPlus, report *client.Ingestion, total int64) stage {
	return stage{
		doing:   doing(status, report),
		figures: func(took time.Duration, room int) string { return figures(report, took, total, room) },
		read:    report.Rows.ProcessedBytes,
		ended:   status.State != druid.Running,
		well:    status.State == druid.Success,
	}
}

// printLine prints one line of what `ingest` and `wait` say of a task: what it is about, and behind it, aligned, the rest.
func printLine(w io.Writer, name, format string, args ...any) {
	fmt.Fprintf(w, "%-9s "+format+"\n", append([]any{name}, args...)...)
}

package cli

import (
	"io"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"

	"ovate/internal/detect"
)

// watchReading shows on w how far the reading of files is that comes before a task, if it takes its time. Of a line on a terminal nothing
// is left when it is over, as what was found is told then.
func watchReading(w io.Writer) detect.Watch {
	const pause, patience = 80 * time.Millisecond, 4
	return func(phase string, progress func() (read, total int64)) (done func()) {
		stop := make(chan struct{})
		var ended sync.WaitGroup
		begun := time.Now()
		ended.Go(func() {
			var d display
			ticks := time.NewTicker(pause)
			defer ticks.Stop()
			for n := 0; ; n++ {
				select {
				case <-stop:
					if d != nil {
						d.close()
					}
					return
				case <-ticks.C:
				}
				read, total := progress()
				if d == nil && n >= patience {
					d = newReadDisplay(w, phase, total, begun)
				}
				if d != nil {
					d.show(readStage(phase, read, total))
				}
			}
		})
		return func() {
			close(stop)
			ended.Wait()
		}
	}
}

func newReadDisplay(w io.Writer, phase string, total int64, begun time.Time) display {
	if file, is := terminalOf(w); is {
		b := newBar(file, total, mpb.BarRemoveOnComplete())
		b.begun = begun
		return &passing{b}
	}
	return &plainLines{w: w, begun: begun, next: 2 * time.Second, doing: phase}
}

// passing is a bar of which nothing is left on the screen.
type passing struct{ *bar }

func (p *passing) close() {
	p.bar.bar.Abort(true)
	p.bars.Wait()
}

// readStage is how much of some files has been read.
func readStage(phase string, read, total int64) stage {
	return stage{doing: phase, read: read, figures: func(took time.Duration, room int) string {
		speed := float64(read) / max(took.Seconds(), 0.001)
		parts := []string{size(read)}
		if total > 0 {
			parts[0] += " of " + size(total)
		}
		if read > 0 && read < total {
			parts = append(parts, timeLeft(total-read, speed))
		}
		return asMany(append(parts, size(int64(speed))+"/s"), room)
	}}
}

package sqlite

import (
	"errors"
	"sync/atomic"
	"testing"
)

// TestPages shows that pages come in their order, each whole, and that reading has ended when the call returns, however it ends.
func TestPages(t *testing.T) {
	t.Parallel()
	broken, enough := errors.New("reading failed"), errors.New("taking failed")
	for name, in := range map[string]pages{"in turn": inTurn, "in parallel": inParallel} {
		for _, c := range []struct {
			name               string
			pages, failing     int // failing is the page after which reading fails, -1 for none
			readPanics         bool
			stop               int // the page at which taking fails, -1 for none
			takePanics         bool
			want               int // pages taken
			wantErr, wantPanic error
		}{
			{name: "all", pages: 10, failing: -1, stop: -1, want: 10},
			{name: "none", failing: -1, stop: -1},
			{name: "reading fails", pages: 10, failing: 3, stop: -1, want: 4, wantErr: broken},
			{name: "reading panics", pages: 10, failing: 3, readPanics: true, stop: -1, want: 4, wantPanic: broken},
			{name: "taking fails", pages: 10, failing: -1, stop: 5, want: 6, wantErr: enough},
			{name: "taking fails at the last", pages: 6, failing: -1, stop: 5, want: 6, wantErr: enough},
			{name: "taking panics", pages: 10, failing: -1, stop: 5, takePanics: true, want: 6, wantPanic: enough},
		} {
			t.Run(name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				var reading atomic.Bool
				taken := 0
				var err error
				panicked := func() (problem any) {
					defer func() { problem = recover() }()
					err = in(func(page *taskPage, hand handPage) (err error) {
						reading.Store(true)
						defer reading.Store(false)
						for i := range c.pages {
							page.rows = append(page.rows, taskText{begin: i}, taskText{begin: i})
							if page, err = hand(page); err != nil {
								return err
							}
							if len(page.rows) != 0 {
								t.Errorf("the page after %d is not empty", i)
							}
							if i == c.failing {
								if c.readPanics {
									panic(broken)
								}
								return broken
							}
						}
						return nil
					}, func(page *taskPage) error {
						if len(page.rows) != 2 || page.rows[0].begin != taken || page.rows[1].begin != taken {
							t.Errorf("page %d holds %+v", taken, page.rows)
						}
						taken++
						if taken-1 != c.stop {
							return nil
						}
						if c.takePanics {
							panic(enough)
						}
						return enough
					})
					return nil
				}()
				if problem, _ := panicked.(error); taken != c.want || err != c.wantErr || problem != c.wantPanic {
					t.Errorf("%d pages were taken, want %d; error %v, panic %v", taken, c.want, err, panicked)
				}
				if reading.Load() {
					t.Error("reading goes on")
				}
			})
		}
	}
}

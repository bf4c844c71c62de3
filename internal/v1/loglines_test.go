package v1

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/runner"
)

// writer is a task that writes a log, a piece a second, at a worker that does not answer now and then, and ends.
type writer struct {
	Tasks
	begun  time.Time
	pieces []string
	asked  int
}

func (w *writer) written() (text string, ended bool) {
	n := min(int(time.Since(w.begun)/time.Second), len(w.pieces))
	return strings.Join(w.pieces[:n], ""), n == len(w.pieces)
}

func (w *writer) Status(context.Context, string) (druid.TaskStatusPlus, error) {
	s := druid.TaskStatusPlus{ID: "a", DataSource: "d", State: druid.Running, Runner: druid.RunnerRunning}
	if _, ended := w.written(); ended {
		s.State, s.Runner = druid.Success, druid.NoRunner
	}
	return s, nil
}

func (w *writer) Log(_ context.Context, _ string, offset int64) (io.ReadCloser, error) {
	if w.asked++; w.asked%3 == 0 {
		return nil, &runner.Fault{Who: "the worker", Code: 500}
	}
	text, _ := w.written()
	return io.NopCloser(iotest.HalfReader(strings.NewReader(text[min(int(offset), len(text)):]))), nil
}

// TestLogLines: whatever a log has, and however slowly it grows, is told as lines of text, and a long one in parts.
func TestLogLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", mostLine)
	for name, c := range map[string]struct{ pieces, want []string }{
		"lines":                  {[]string{"one\ntwo\n", "three\n"}, []string{"one", "two", "three"}},
		"in pieces":              {[]string{"o", "n", "e\nt", "wo"}, []string{"one", "two"}},
		"empty ones":             {[]string{"\n\n", "x\n\n"}, []string{"", "", "x", ""}},
		"ends of Windows":        {[]string{"one\r\ntwo\rhalf\r\n"}, []string{"one", "two", "half"}},
		"no text":                {[]string{"a\xffb\x00\u2028c\n"}, []string{"a\uFFFDb\x00\u2028c"}},
		"what looks like events": {[]string{"event: ended\ndata: x\n\nid: 7\n"}, []string{"event: ended", "data: x", "", "id: 7"}},
		"nothing":                {[]string{"", ""}, nil},
		"a long one":             {[]string{long + "\nend\n"}, []string{long[:mostLine], long[mostLine:], "end"}},
		"a long odd one":         {[]string{"x" + long + "\n"}, []string{"x" + long[:mostLine-2], long[mostLine-2 : 2*mostLine-2], long[2*mostLine-2:]}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tasks := &writer{begun: time.Now(), pieces: c.pieces}
				f := setupWith(func(o *Options) { o.Engine = func() *Engine { return &Engine{Tasks: tasks} } })
				answer := f.answer("GET", "/api/v1/tasks/a/log", "")
				var got []string
				var name, id string
				for line := range strings.SplitSeq(answer.Body.String(), "\n") {
					switch field, value, _ := strings.Cut(line, ": "); {
					case field == "event":
						name = value
					case field == "id":
						id = value
					case field == "data" && name == "lines":
						got = append(got, value)
					}
				}
				if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", c.want) {
					t.Errorf("told are %.300q, want %.300q", got, c.want)
				}
				if all := len(strings.Join(c.pieces, "")); name != "ended" || id != fmt.Sprint(all) {
					t.Errorf("the last event is %s, at %s of %d", name, id, all)
				}
			})
		})
	}
}

// TestLogOfOthers: nobody reads the log of a task whose data source he may not read, nor goes on when he may not any more.
func TestLogOfOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tasks := &writer{begun: time.Now(), pieces: strings.SplitAfter("one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n", "\n")}
		f := setupWith(func(o *Options) { o.Engine = func() *Engine { return &Engine{Tasks: tasks} } })
		f.as = auth.NewIdentity("joe", rights{{auth.Read, auth.DataSource("other")}})
		if answer := f.answer("GET", "/api/v1/tasks/a/log", ""); answer.Code != 403 || strings.Contains(answer.Body.String(), "one") {
			t.Errorf("%d %s", answer.Code, answer.Body)
		}
		f.as = auth.NewIdentity("joe", until{time.Now().Add(5 * time.Second)})
		answer := f.answer("GET", "/api/v1/tasks/a/log", "").Body.String()
		if !strings.Contains(answer, "two") || strings.Contains(answer, "six") || strings.Contains(answer, "ended") {
			t.Errorf("he has heard %s", answer)
		}
	})
}

// until lets everybody do anything until a time.
type until struct{ time.Time }

func (u until) May(string, auth.Action, auth.Resource) bool { return time.Now().Before(u.Time) }
func (until) Ready() error                                  { return nil }

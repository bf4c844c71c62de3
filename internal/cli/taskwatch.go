package cli

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/clock"
)

// watchTasks shows tasks as they come and go, until ctx ends, which is no error: nobody watches for ever.
func watchTasks(ctx context.Context, overlord *client.Client, filter client.Filter, w io.Writer) error {
	show := (&taskChanges{w: w}).show
	if file, is := terminalOf(w); is {
		show = (&taskScreen{file: file}).show
	}
	for {
		list, err := overlord.Tasks(ctx, filter)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if err := show(list); err != nil {
			return err
		}
		if !clock.Pause(ctx, time.Second) {
			return nil
		}
	}
}

// taskChanges prints a line for each task that is new or changes.
type taskChanges struct {
	w     io.Writer
	known map[string]string // states by id
}

func (c *taskChanges) show(list []druid.TaskStatusPlus) error {
	now := make(map[string]string, len(list)) // without those that are not listed any more, so that it does not grow for ever
	for i := range list {
		t := &list[i]
		now[t.ID] = state(t)
		if c.known[t.ID] == now[t.ID] {
			continue
		}
		line := fmt.Sprintf("%s  %s  %s", time.Now().UTC().Format("15:04:05"), t.ID, now[t.ID])
		if t.Duration >= 0 {
			line += "  " + duration(t.Duration)
		}
		if t.ErrorMsg != "" {
			line += "  " + oneLine(t.ErrorMsg, 60)
		}
		if _, err := fmt.Fprintln(c.w, line); err != nil {
			return err
		}
	}
	c.known = now
	return nil
}

// taskScreen draws the list over the one before.
type taskScreen struct {
	file  *os.File
	drawn int // lines that stand there
}

func (s *taskScreen) show(list []druid.TaskStatusPlus) error {
	slices.SortStableFunc(list, func(a, b druid.TaskStatusPlus) int { return cmp.Compare(a.Created, b.Created) }) // the newest stay on the screen
	var table bytes.Buffer
	if err := printTable(&escaper{w: &table}, list); err != nil { // it goes to the terminal beside what moves the cursor
		return err
	}
	width, height, err := term.GetSize(int(s.file.Fd()))
	if err != nil || width <= 0 || height <= 0 {
		width, height = 80, 24
	}
	lines := fit(strings.Split(strings.TrimRight(table.String(), "\n"), "\n"), width, height-1)
	text := ""
	if s.drawn > 0 {
		text = fmt.Sprintf("\x1b[%dA", s.drawn)
	}
	text += "\r\x1b[J" + strings.Join(lines, "\n") + "\n"
	s.drawn = len(lines)
	_, err = s.file.WriteString(text)
	return err
}

// fit cuts lines to what a terminal shows: the first one, the last ones of the others, and each to the width.
func fit(lines []string, width, height int) []string {
	height = max(height, 2)
	if more := len(lines) - height; more > 0 {
		lines = append([]string{lines[0]}, lines[1+more:]...)
	}
	for i, line := range lines {
		lines[i] = oneLine(strings.TrimRight(line, " "), width)
	}
	return lines
}

package v1

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"time"
	"unicode/utf8"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/clock"
)

const (
	// logPause is how long the log of a task is left alone after it was looked at, workerLogPause if a worker has to be asked for it. While nothing comes it gets
	// longer, up to longestLogPause.
	logPause        = 250 * time.Millisecond
	workerLogPause  = time.Second
	longestLogPause = 4 * time.Second
	// aliveEvery is how often a client hears something while nothing comes, so that both ends notice when the other is gone.
	aliveEvery = 15 * time.Second
	// mostLine is how many bytes of a line are told at once.
	mostLine = 32 << 10
)

// followLog is GET tasks/{id}/log: what a task writes, as server-sent events, until it has ended or the server stops. With Last-Event-ID it goes on behind that event.
//
//	offset   from which byte on; 0 unless given
//
// Events are
//
//	lines   one or more lines; a line of more than 32 KiB comes in parts, as if each were a line. The id is the byte at which the log goes on
//	ended   the task has ended, and all of its log was told: the task. It is the last one
func followLog(c *call) error {
	at, err := c.logPlace()
	if err != nil {
		return err
	}
	f := &logFollower{c: c, task: c.r.PathValue("id"), at: at}
	status, err := c.Tasks.Status(c.r.Context(), f.task)
	if err != nil {
		return err
	}
	if err := c.mustTask(auth.Read, &status); err != nil {
		return err
	}
	leave, err := c.follows()
	if err != nil {
		return err
	}
	defer leave()
	c.beginEvents()
	f.serve()
	return nil
}

// logPlace is the byte of a log at which the client wants to begin.
func (c *call) logPlace() (int64, error) {
	what, text := "Last-Event-ID", c.r.Header.Get("Last-Event-ID")
	if text == "" {
		what, text = "Query parameter [offset]", c.query["offset"]
	}
	if text == "" {
		return 0, nil
	}
	at, err := strconv.ParseInt(text, 10, 64)
	if err != nil || at < 0 {
		return 0, badRequest("%s is [%.100s], but must be a byte of the log: a whole number from 0 on.", what, text)
	}
	return at, nil
}

// logFollower is a client that reads the log of a task as it grows.
type logFollower struct {
	c    *call
	task string
	at   int64     // what comes before was told
	told time.Time // when it has heard something last
	room []byte    // for what is read

	within bool // what was told last is a part of a line
}

// serve tells the client of the log until the task has ended. Where that cannot be known any more, as another server leads, say, it ends before: the client asks again.
func (f *logFollower) serve() {
	ctx, cancel := context.WithCancel(f.c.r.Context())
	defer cancel()
	defer context.AfterFunc(f.c.Serving, cancel)()
	least := logPause
	if f.c.Places.Workers {
		least = workerLogPause
	}
	f.room, f.told = make([]byte, 0, mostLine), time.Now()
	for pause := least; auth.Holds(ctx); {
		status, err := f.c.Tasks.Status(ctx, f.task) // before the log is read: what was written before the end is told then
		if err != nil || !f.c.may(auth.Read, status.DataSource) {
			return
		}
		ended, before := status.State != druid.Running, f.at
		err = f.read(ctx, ended)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && ended:
			f.end(&status)
			return
		case err != nil: // a worker that is silent may answer another time
			f.c.Log.Debug("the log of a task is not known now", "task", f.task, "error", err)
		}
		if pause = min(2*pause, longestLogPause); f.at > before {
			pause = least
		}
		if time.Since(f.told) >= aliveEvery {
			f.send([]byte(":\n\n"))
		}
		if !clock.Pause(ctx, pause) {
			return
		}
	}
}

// read tells what has come to the log: whole lines, and what is behind the last one if nothing follows any more.
func (f *logFollower) read(ctx context.Context, last bool) error {
	log, err := f.c.Tasks.Log(ctx, f.task, f.at)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // none yet, or ever
	}
	if err != nil {
		return err
	}
	defer log.Close()
	for text := f.room[:0]; ; {
		n, err := log.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		whole := bytes.LastIndexByte(text, '\n') + 1
		switch {
		case errors.Is(err, io.EOF) && last:
			whole = len(text)
		case whole == 0 && len(text) == cap(text):
			whole = len(text) - cutRune(text)
		}
		if whole > 0 {
			f.tell(text[:whole])
			text = text[:copy(text, text[whole:])]
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// cutRune is how many bytes at the end of a text begin a character that goes on behind it.
func cutRune(text []byte) int {
	for n := 1; n < utf8.UTFMax; n++ {
		if end := text[len(text)-n:]; utf8.RuneStart(end[0]) {
			if utf8.FullRune(end) {
				return 0
			}
			return n
		}
	}
	return 0
}

// tell tells lines, the last of which may be without an end.
func (f *logFollower) tell(text []byte) {
	f.at += int64(len(text))
	within := f.within
	f.within = text[len(text)-1] != '\n'
	if within && text[0] == '\n' { // all of that line was told
		if text = text[1:]; len(text) == 0 {
			return
		}
	}
	event := fmt.Appendf(make([]byte, 0, len(text)+len(text)/8+64), "event: lines\nid: %d\n", f.at)
	for line := range bytes.SplitSeq(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) {
		line = bytes.ToValidUTF8(bytes.TrimSuffix(line, []byte("\r")), []byte("\uFFFD"))
		for part := range bytes.SplitSeq(line, []byte("\r")) { // which would end a field of the event
			event = append(append(append(event, "data: "...), part...), '\n')
		}
	}
	f.send(append(event, '\n'))
}

// end tells that the task has ended.
func (f *logFollower) end(status *druid.TaskStatusPlus) {
	task, err := json.Marshal(taskOf(status))
	if err != nil {
		panic(err) // texts and numbers
	}
	f.send(fmt.Appendf(nil, "event: ended\nid: %d\ndata: %s\n\n", f.at, task))
}

func (f *logFollower) send(text []byte) {
	f.c.push(text)
	f.told = time.Now()
}

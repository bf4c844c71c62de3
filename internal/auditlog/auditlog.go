// Package auditlog writes down who has asked for changes: one line of JSON for each request, which is on disk before the answer leaves. It tells of
// every request that may change something, whatever became of it; the history in the metadata, of package audit, tells what was changed.
package auditlog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"ovate/druid"
	"ovate/internal/disk"
)

// Line is one request, without its query, its headers and its body, in which secrets may be.
type Line struct {
	Time        time.Time // when it came
	Identity    string    // who has sent it, by what authentication found; empty: nobody knows
	Certificate string    // the subject of the client's certificate; empty if it has shown none
	Author      string    // what the client says of itself, in X-Druid-Author
	From        string    // the address that the connection comes from
	Method      string
	Path        string
	Status      int // of the answer; 0 if the connection was cut off before there was one
}

// mostText is how much of a text that a client has chosen is kept.
const mostText = 1 << 10

func (l Line) append(dst []byte) []byte {
	dst = druid.InstantOf(l.Time).AppendTo(append(dst, `{"time":"`...))
	dst = appendText(append(dst, `","identity":`...), l.Identity)
	if l.Certificate != "" {
		dst = appendText(append(dst, `,"certificate":`...), l.Certificate)
	}
	if l.Author != "" {
		dst = appendText(append(dst, `,"author":`...), l.Author)
	}
	dst = appendText(append(dst, `,"from":`...), l.From)
	dst = appendText(append(dst, `,"method":`...), l.Method)
	dst = appendText(append(dst, `,"path":`...), l.Path)
	return fmt.Appendf(dst, ",\"status\":%d}\n", l.Status)
}

// appendText writes a text in JSON with escapes for all that a terminal would obey, or that hides or turns what is beside it.
func appendText(dst []byte, text string) []byte {
	for _, r := range string(druid.AppendString(nil, text[:min(len(text), mostText)])) {
		if unicode.IsPrint(r) {
			dst = utf8.AppendRune(dst, r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			dst = fmt.Appendf(dst, `\u%04x`, unit)
		}
	}
	return dst
}

// Log is a file of lines. Make one with Open, end it with Close. It may be used by many goroutines: what comes while the disk is at work goes there
// all at once.
type Log struct {
	path    string
	maxSize int64 // bytes; a file that would grow beyond gets a number, and another one is begun
	keep    int   // how many with numbers there are

	mu      sync.Mutex // guards what follows
	next    *batch     // what waits for the disk; nil if nothing does
	writing bool       // somebody is at work below
	failed  error      // why the last batch is not on disk
	idle    sync.Cond  // of writing

	// Of whoever is writing.
	file *os.File // nil once it has failed
	size int64
}

type batch struct {
	lines []byte
	done  chan struct{}
	err   error
}

// Open opens the file for more lines, and makes it if it is not there, for its owner alone.
func Open(path string, maxSize int64, keep int) (*Log, error) {
	l := &Log{path: path, maxSize: maxSize, keep: keep}
	l.idle.L = &l.mu
	if err := l.open(); err != nil {
		return nil, err
	}
	return l, nil
}

// Write writes a line. Once it returns nil the line is on disk; else it may be there or not.
func (l *Log) Write(line Line) error { return l.add(line.append) }

func (l *Log) add(text func([]byte) []byte) error {
	l.mu.Lock()
	if l.next == nil {
		l.next = &batch{done: make(chan struct{})}
	}
	b := l.next
	b.lines = text(b.lines)
	if !l.writing {
		l.writing = true
		go l.work()
	}
	l.mu.Unlock()
	<-b.done
	return b.err
}

// work brings to disk what waits, until nothing does.
func (l *Log) work() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.next != nil {
		b := l.next
		l.next = nil
		l.mu.Unlock()
		b.err = l.flush(b.lines)
		l.mu.Lock()
		l.failed = b.err
		close(b.done)
	}
	l.writing = false
	l.idle.Broadcast()
}

// Ready tells why nothing can be written, if the last lines could not. It tries: a line then says that some may be missing.
func (l *Log) Ready() error {
	l.mu.Lock()
	failed := l.failed
	l.mu.Unlock()
	if failed == nil {
		return nil
	}
	return l.add(func(dst []byte) []byte {
		dst = druid.InstantOf(time.Now()).AppendTo(append(dst, `{"time":"`...))
		return append(appendText(append(dst, `","missing":`...), failed.Error()), "}\n"...)
	})
}

// Close waits for what is on its way, and closes the file. Nothing may be written any more.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.writing {
		l.idle.Wait()
	}
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

// flush writes lines and has them be on disk. After a failure the file is opened anew, as nobody knows what is in it.
func (l *Log) flush(lines []byte) (err error) {
	if l.file == nil {
		if err := l.open(); err != nil {
			return err
		}
	}
	defer func() {
		if err != nil && l.file != nil {
			err = errors.Join(err, l.file.Close())
			l.file = nil
		}
	}()
	if l.size > 0 && l.size+int64(len(lines)) > l.maxSize {
		if err := l.turn(); err != nil {
			return err
		}
	}
	if _, err := l.file.Write(lines); err != nil {
		return errors.Join(err, l.file.Truncate(l.size))
	}
	l.size += int64(len(lines))
	return l.file.Sync()
}

// open opens the file. A line that a crash has cut off stays as it is, and the next begins behind it.
func (l *Log) open() error {
	if err := disk.MkdirAll(filepath.Dir(l.path)); err != nil {
		return err
	}
	file, err := os.OpenFile(l.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	size, err := file.Seek(0, io.SeekEnd)
	last := []byte{'\n'}
	if err == nil && size > 0 {
		_, err = file.ReadAt(last, size-1)
	}
	if err == nil && last[0] != '\n' {
		_, err = file.Write([]byte{'\n'})
		size++
	}
	if err == nil {
		err = disk.SyncDir(filepath.Dir(l.path))
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	l.file, l.size = file, size
	return nil
}

// turn gives the file the number 1, and each that has a number the next one, but for the oldest, which is removed; and begins another one.
func (l *Log) turn() error {
	err := l.file.Close()
	l.file = nil
	if err != nil {
		return err
	}
	numbered := func(n int) string { return fmt.Sprintf("%s.%d", l.path, n) }
	for n := l.keep; n > 0; n-- {
		from := l.path
		if n > 1 {
			from = numbered(n - 1)
		}
		if err := os.Rename(from, numbered(n)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if l.keep == 0 {
		if err := os.Remove(l.path); err != nil {
			return err
		}
	}
	return l.open()
}

type identityKey struct{}

// WithIdentity has a context that is told who asks once that is known; identity reads it, and is otherwise until then.
func WithIdentity(ctx context.Context, otherwise string) (told context.Context, identity func() string) {
	who := &otherwise
	return context.WithValue(ctx, identityKey{}, who), func() string { return *who }
}

// Identify tells who asks, for the line of the request that the context is of. It is called before the answer, by the goroutine that answers.
func Identify(ctx context.Context, identity string) {
	if who, ok := ctx.Value(identityKey{}).(*string); ok {
		*who = identity
	}
}

// Package auditlog writes down who has asked for changes: one line of JSON for each request, which is on disk before the answer leaves. It tells of
// every request that may change something, whatever became of it; the history in the metadata, of package audit, tells what was changed.
package auditlog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"ovate/druid"
)

// Line is one request, without its query, its headers and its body, in which secrets may be.
type Line struct {
	Time        time.Time // when it came
	Identity    string    // who has sent it, by what authentication found; empty: nobody knows, and it was refused
	Anybody     bool      // that is nobody in particular, as nobody is asked who they are: there are no shares
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

// Log is three files: one has the lines of those who are known, another those of requests that nobody sends of whom anything is known, which are refused, and the
// third what one of the former sends on a day beyond his share. So as many as somebody may send take nothing from the first. Make one with Open, end it with Close. It
// may be used by many goroutines.
type Log struct {
	known, unknown, more *file
	share                int64 // bytes

	mu    sync.Mutex       // guards what follows
	day   time.Time        // when it began
	taken map[string]int64 // bytes since then, by identity
}

// What the names of the other files have behind that of the first.
const (
	ofUnknown = ".unknown"
	ofMore    = ".more"
)

// shareOfOne is which part of what is kept one may fill on a day.
const shareOfOne = 10

// Open opens the files for more lines, and makes them if they are not there, for their owner alone. Each is followed by another one once it would have more bytes
// than maxSize, and of those that are full so many are kept of each.
func Open(path string, maxSize int64, keep int) (*Log, error) {
	known, err := openFile(path, maxSize, keep)
	if err != nil {
		return nil, err
	}
	unknown, err := openFile(path+ofUnknown, maxSize, keep)
	if err != nil {
		return nil, errors.Join(err, known.close())
	}
	more, err := openFile(path+ofMore, maxSize, keep)
	if err != nil {
		return nil, errors.Join(err, known.close(), unknown.close())
	}
	return &Log{known: known, unknown: unknown, more: more, share: maxSize / shareOfOne * int64(keep+1), taken: map[string]int64{}}, nil
}

// Paths are where the lines of a log may be.
func Paths(path string, keep int) (all []string) {
	for _, one := range []string{path, path + ofUnknown, path + ofMore} {
		all = append(all, one)
		for n := range keep {
			all = append(all, numbered(one, n+1))
		}
	}
	return all
}

// Write writes a line. Once it returns nil the line is on disk; else it may be there or not.
func (l *Log) Write(line Line) error {
	if line.Identity == "" {
		return l.unknown.add(line.append)
	}
	text := line.append(nil)
	to := l.known
	if !line.Anybody && !l.take(line.Identity, int64(len(text)), time.Now()) {
		to = l.more
	}
	return to.add(func(dst []byte) []byte { return append(dst, text...) })
}

// take counts what somebody writes, unless he has had his share of the day.
func (l *Log) take(identity string, n int64, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.day).Abs() >= 24*time.Hour {
		l.day = now
		clear(l.taken)
	}
	if l.taken[identity]+n > l.share {
		return false
	}
	l.taken[identity] += n
	return true
}

// Ready tells why nothing can be written, if the last lines could not. It tries: a line then says that some may be missing.
func (l *Log) Ready() error { return errors.Join(l.known.ready(), l.unknown.ready(), l.more.ready()) }

// Close waits for what is on its way, and closes the files. Nothing may be written any more.
func (l *Log) Close() error { return errors.Join(l.known.close(), l.unknown.close(), l.more.close()) }

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

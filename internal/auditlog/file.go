package auditlog

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"ovate/druid"
	"ovate/internal/disk"
)

// file is lines on disk. What comes while the disk is at work goes there all at once.
type file struct {
	path    string
	maxSize int64 // bytes; a file that would grow beyond gets a number, and another one is begun
	keep    int   // how many with numbers there are

	mu      sync.Mutex // guards what follows
	next    *batch     // what waits for the disk; nil if nothing does
	writing bool       // somebody is at work below
	failed  error      // why the last batch is not on disk
	idle    sync.Cond  // of writing

	// Of whoever is writing.
	open *os.File // nil once it has failed
	size int64
}

type batch struct {
	lines []byte
	done  chan struct{}
	err   error
}

func openFile(path string, maxSize int64, keep int) (*file, error) {
	f := &file{path: path, maxSize: maxSize, keep: keep}
	f.idle.L = &f.mu
	if err := f.begin(); err != nil {
		return nil, err
	}
	return f, nil
}

// add writes a line. Once it returns nil the line is on disk; else it may be there or not.
func (f *file) add(text func([]byte) []byte) error {
	f.mu.Lock()
	if f.next == nil {
		f.next = &batch{done: make(chan struct{})}
	}
	b := f.next
	b.lines = text(b.lines)
	if !f.writing {
		f.writing = true
		go f.work()
	}
	f.mu.Unlock()
	<-b.done
	return b.err
}

// work brings to disk what waits, until nothing does.
func (f *file) work() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.next != nil {
		b := f.next
		f.next = nil
		f.mu.Unlock()
		b.err = f.flush(b.lines)
		f.mu.Lock()
		f.failed = b.err
		close(b.done)
	}
	f.writing = false
	f.idle.Broadcast()
}

// ready tells why nothing can be written, if the last lines could not. It tries: a line then says that some may be missing.
func (f *file) ready() error {
	f.mu.Lock()
	failed := f.failed
	f.mu.Unlock()
	if failed == nil {
		return nil
	}
	return f.add(func(dst []byte) []byte {
		dst = druid.InstantOf(time.Now()).AppendTo(append(dst, `{"time":"`...))
		return append(appendText(append(dst, `","missing":`...), failed.Error()), "}\n"...)
	})
}

// close waits for what is on its way, and closes the file. Nothing may be written any more.
func (f *file) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for f.writing {
		f.idle.Wait()
	}
	if f.open == nil {
		return nil
	}
	return f.open.Close()
}

// flush writes lines and has them be on disk. After a failure the file is opened anew, as nobody knows what is in it.
func (f *file) flush(lines []byte) (err error) {
	if f.open == nil {
		if err := f.begin(); err != nil {
			return err
		}
	}
	defer func() {
		if err != nil && f.open != nil {
			err = errors.Join(err, f.open.Close())
			f.open = nil
		}
	}()
	if f.size > 0 && f.size+int64(len(lines)) > f.maxSize {
		if err := f.turn(); err != nil {
			return err
		}
	}
	if _, err := f.open.Write(lines); err != nil {
		return errors.Join(err, f.open.Truncate(f.size))
	}
	f.size += int64(len(lines))
	return f.open.Sync()
}

// begin opens the file. A line that a crash has cut off stays as it is, and the next begins behind it.
func (f *file) begin() error {
	if err := disk.MkdirAll(filepath.Dir(f.path)); err != nil {
		return err
	}
	opened, err := os.OpenFile(f.path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	size, err := opened.Seek(0, io.SeekEnd)
	last := []byte{'\n'}
	if err == nil && size > 0 {
		_, err = opened.ReadAt(last, size-1)
	}
	if err == nil && last[0] != '\n' {
		_, err = opened.Write([]byte{'\n'})
		size++
	}
	if err == nil {
		err = disk.SyncDir(filepath.Dir(f.path))
	}
	if err != nil {
		return errors.Join(err, opened.Close())
	}
	f.open, f.size = opened, size
	return nil
}

// turn gives the file the number 1, and each that has a number the next one, but for the oldest, which is removed; and begins another one.
func (f *file) turn() error {
	err := f.open.Close()
	f.open = nil
	if err != nil {
		return err
	}
	for n := f.keep; n > 0; n-- {
		from := f.path
		if n > 1 {
			from = numbered(f.path, n-1)
		}
		if err := os.Rename(from, numbered(f.path, n)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if f.keep == 0 {
		if err := os.Remove(f.path); err != nil {
			return err
		}
	}
	return f.begin()
}

// numbered is where the lines are that were full so many files ago.
func numbered(path string, n int) string { return fmt.Sprintf("%s.%d", path, n) }

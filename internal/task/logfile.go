package task

import (
	"fmt"
	"io"

	"ovate/internal/disk"
)

// logFile is the log of a run. A task needs none to do its work: while the file cannot be opened or written, as on a full disk, lines are
// lost, which is counted.
type logFile struct {
	open func() (io.WriteCloser, error)
	file io.WriteCloser // nil while it cannot be opened
	lost int
	err  error // why the last of them was lost
}

// openLog opens the log. It fails only if too many files are open, which passes, and keeps a task from its work, too.
func openLog(open func() (io.WriteCloser, error)) (*logFile, error) {
	l := &logFile{open: open}
	var err error
	if l.file, err = open(); disk.OutOfFiles(err) {
		return nil, err
	}
	return l, nil
}

// Write implements io.Writer: one line.
func (l *logFile) Write(line []byte) (n int, err error) {
	if l.file == nil {
		l.file, err = l.open()
	}
	if err == nil {
		n, err = l.file.Write(line)
	}
	if err != nil {
		l.lost++
		l.err = err
	}
	return n, err
}

// missing is what the log lacks, or nil.
func (l *logFile) missing() error {
	if l.lost == 0 {
		return nil
	}
	return fmt.Errorf("%d lines of its log could not be written: %w", l.lost, l.err)
}

// Close implements io.Closer.
func (l *logFile) Close() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}

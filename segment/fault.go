package segment

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
)

// FaultError says that a file of an open segment can no longer be read.
type FaultError struct {
	Path   string // the file; empty while it is not known which
	Opened int64  // its size in bytes when it was opened
	Size   int64  // and after the fault; -1 if it is gone

	address uintptr
}

func (e *FaultError) Error() string {
	switch {
	case e.Path == "":
		return "a file was cut off while it was read, or its disk failed"
	case e.Size < 0:
		return fmt.Sprintf("segment %s: %s, of %d bytes, was removed while it was read", filepath.Dir(e.Path), filepath.Base(e.Path), e.Opened)
	case e.Size < e.Opened:
		return fmt.Sprintf("segment %s: %s was cut off while it was read: it had %d bytes and has %d", filepath.Dir(e.Path), filepath.Base(e.Path), e.Opened, e.Size)
	}
	return fmt.Sprintf("segment %s: %s, of %d bytes, can not be read: its disk failed", filepath.Dir(e.Path), filepath.Base(e.Path), e.Opened)
}

// Read opens the segment at path as Open does, calls fn, and closes it. fn must not read it in other goroutines, unless they have a Guard
// of their own.
func Read(path string, fn func(*Segment) error) (err error) {
	s, err := Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.Blame(Guard(func() error { return fn(s) }))
}

// Guard calls fn, which reads open segments in this goroutine. Their files are mapped into memory: to look at one that somebody has
// cut off, or whose disk fails, ends the process, but is a FaultError of Guard. Blame finds out which file it was.
func Guard(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		problem := recover()
		if fault, ok := problem.(interface{ Addr() uintptr }); ok {
			err = &FaultError{address: fault.Addr()}
		} else if problem != nil {
			panic(problem)
		}
	}()
	return fn()
}

// Blame returns err. If that is a fault in a file of this segment, which must still be open, it names the file.
func (s *Segment) Blame(err error) error {
	var fault *FaultError
	if m, ok := s.closer.(*mappings); ok && errors.As(err, &fault) {
		m.blame(fault)
	}
	return err
}

// blame names the file of a fault if it is one of these.
func (m *mappings) blame(fault *FaultError) {
	path, opened, ok := m.find(fault.address)
	if fault.Path != "" || !ok {
		return
	}
	fault.Path, fault.Opened, fault.Size = path, opened, -1
	if info, err := os.Stat(path); err == nil {
		fault.Size = info.Size()
	}
}

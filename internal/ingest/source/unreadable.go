package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// UnreadableError is a file or a folder that is not there for this process.
type UnreadableError struct {
	Path string // as the spec has it
	err  error
}

func (e *UnreadableError) Error() string { return e.err.Error() }

// Unwrap is what is wrong with it.
func (e *UnreadableError) Unwrap() error { return e.err }

// explain says what is wrong with a path in plain words, nil if err is nil.
func explain(path string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return &UnreadableError{path, fault{fs.ErrNotExist, path + " does not exist" + within(path)}}
	case errors.Is(err, fs.ErrPermission):
		return &UnreadableError{path, fault{fs.ErrPermission, path + " may not be read by this process"}}
	}
	return fmt.Errorf("%s: %w", path, err)
}

// fault is one of the file system in plain words.
type fault struct {
	error
	words string
}

func (f fault) Error() string { return f.words }

// Unwrap is what the file system says.
func (f fault) Unwrap() error { return f.error }

// within says where a path begins that is not absolute: in the folder of this process, which need not be that of who has written it.
func within(path string) string {
	dir, err := os.Getwd()
	if err != nil || filepath.IsAbs(path) {
		return ""
	}
	return " in " + dir + ", the folder of this process"
}

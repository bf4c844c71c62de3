package source

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// walker collects files below a folder. It follows links, as Druid does, but reads no folder and takes no file twice, so
// that links that lead in circles or to each other cost nothing.
type walker struct {
	ctx    context.Context
	policy Policy
	wanted func(name string) bool

	seen  map[string]bool // folders and wanted files, by their real path
	links []string        // to be followed when everything has been seen that needs none: files keep their own names
	found []string
}

// walk collects what is at a path and below it.
func (w *walker) walk(path string) error {
	w.links = append(w.links, path)
	for len(w.links) > 0 {
		next := w.links[0]
		w.links = w.links[1:]
		if err := w.follow(next, next == path); err != nil {
			return err
		}
	}
	return nil
}

// follow looks at what a link leads to. One to nowhere, or in a circle, is no file, but the path that was asked for must exist.
func (w *walker) follow(link string, must bool) error {
	info, err := os.Stat(link)
	if !must && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ELOOP)) {
		return nil
	}
	actual, refused := w.policy.resolve(link) // before anything is told of a path that may not be read
	switch {
	case refused != nil:
		return refused
	case err != nil:
		return explain(link, err)
	case info.IsDir():
		return w.folder(link, actual)
	case info.Mode().IsRegular():
		w.file(link, actual)
	}
	return nil
}

func (w *walker) folder(dir, actual string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if w.seen[actual] {
		return nil
	}
	w.seen[actual] = true
	entries, err := os.ReadDir(actual)
	if err != nil {
		return explain(dir, err)
	}
	for _, e := range entries {
		path, place := filepath.Join(dir, e.Name()), filepath.Join(actual, e.Name())
		switch mode := e.Type(); {
		case mode&fs.ModeSymlink != 0:
			w.links = append(w.links, path)
		case mode.IsDir():
			if err := w.folder(path, place); err != nil {
				return err
			}
		case mode.IsRegular():
			w.file(path, place)
		}
	}
	return nil
}

func (w *walker) file(path, actual string) {
	if w.wanted(filepath.Base(path)) && !w.seen[actual] {
		w.seen[actual] = true
		w.found = append(w.found, path)
	}
}

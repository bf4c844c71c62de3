package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// walker collects files below a folder. It follows links, as Druid does, but reads no folder and takes no file twice, so
// that links that lead in circles or to each other cost nothing. Whatever has a name that is wanted and cannot be read is an error: nobody would
// notice data that is left out.
type walker struct {
	ctx    context.Context
	policy Policy
	wanted func(name string) bool

	seen   map[string]bool // folders and wanted files, by their real path
	links  []string        // to be followed when everything has been seen that needs none: files keep their own names
	upload []string        // the one that what was asked for lies in, if it lies in any
	found  []string
}

// walk collects what is at a path and below it.
func (w *walker) walk(path string) error {
	w.links = append(w.links, path)
	for len(w.links) > 0 {
		next := w.links[0]
		w.links = w.links[1:]
		if err := w.follow(next); err != nil {
			return err
		}
	}
	return nil
}

// follow looks at what a path leads to that may be a link. The first one is that which was asked for.
func (w *walker) follow(link string) error {
	info, err := os.Stat(link)
	nowhere := errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ELOOP)
	if nowhere && len(w.seen) > 0 {
		return w.leadsNowhere(link)
	}
	actual, refused := w.policy.resolve(link) // before anything is told of a path that may not be read
	switch {
	case refused != nil:
		return refused
	case err != nil:
		return explain(link, err)
	case len(w.seen) == 0:
		w.upload = w.policy.upload(actual)
	}
	if info.IsDir() {
		return w.folder(link, actual)
	}
	return w.file(link, actual, info.Mode())
}

// leadsNowhere is the error of a link to nothing, or in a circle, if its name is that of a file to be read. Editors note by links of such
// names who edits the file beside them: these never lead to data.
func (w *walker) leadsNowhere(link string) error {
	if name := filepath.Base(link); !w.wanted(name) || strings.HasPrefix(name, ".#") {
		return nil
	}
	return fmt.Errorf("%s is a link that leads nowhere; remove it or what is wrong with it, or give a filter that leaves it out", link)
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
		default:
			if err := w.file(path, place, mode); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *walker) file(path, actual string, mode fs.FileMode) error {
	if !w.wanted(filepath.Base(path)) || w.seen[actual] {
		return nil
	}
	w.seen[actual] = true
	if !mode.IsRegular() {
		return fmt.Errorf("%s is not a regular file but %s, which cannot be read as one; remove it, or give a filter that leaves it out", path, kindOf(mode))
	}
	if !w.policy.AnyLocalFile && !slices.Equal(w.policy.upload(actual), w.upload) {
		return ofServer(path) // uploads are found by their names, and not by looking around
	}
	w.found = append(w.found, path)
	return nil
}

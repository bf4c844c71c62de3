package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"ovate/internal/disk"
	"ovate/internal/ingest/source"
	"ovate/internal/quantity"
	"ovate/internal/uri"
)

// lister finds the inputs that arguments name.
type lister struct {
	ctx   context.Context
	table *Table
	stdin bool          // has been read
	files []fs.FileInfo // regular ones: one that is named again is read once
}

func (l *lister) add(arg string) error {
	if err := l.ctx.Err(); err != nil {
		return err
	}
	switch {
	case (arg == "-" || arg == "/dev/stdin") && l.stdin:
		l.table.note("Standard input is named twice; its rows are read once.")
		return nil
	case arg == "-" || arg == "/dev/stdin":
		l.stdin = true
		return l.spool("standard input", io.NopCloser(l.table.options.stdin()))
	case strings.HasPrefix(arg, "http://") || strings.HasPrefix(arg, "https://"):
		return l.url(arg)
	}
	info, err := os.Stat(arg)
	if errors.Is(err, fs.ErrNotExist) && strings.Contains(arg, "://") {
		return l.url(arg)
	}
	if _, _, is := memberOf(arg); !is && errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(arg, "*?[") {
		return l.pattern(arg)
	}
	if file, pattern, is := memberOf(arg); is && errors.Is(err, fs.ErrNotExist) {
		return l.members(file, pattern)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s does not exist", arg)
	case err != nil:
		return fmt.Errorf("%s: %w", arg, errors.Unwrap(err))
	case info.IsDir():
		return l.folder(arg)
	case !info.Mode().IsRegular(): // a FIFO, such as <(command) stands for
		return l.stream(arg)
	}
	if slices.ContainsFunc(l.files, func(known fs.FileInfo) bool { return os.SameFile(known, info) }) {
		l.table.note("%s is named twice; its rows are read once.", arg)
		return nil
	}
	l.files = append(l.files, info)
	if info.Size() == 0 { // its content may be made up while it is read, as in /proc
		return l.stream(arg)
	}
	return l.file(arg, info)
}

// url adds what a URL holds, or says why it cannot be fetched.
func (l *lister) url(arg string) error {
	body, err := source.Fetch(l.ctx, arg)
	if err != nil {
		return err
	}
	return l.spool(urlName(arg), body)
}

// memberOf parts the name of an archive from the pattern of what is meant in it: data.zip:2024/*.csv.
func memberOf(arg string) (file, pattern string, is bool) {
	i := strings.LastIndex(strings.ToLower(arg), ".zip:")
	if i < 0 {
		return "", "", false
	}
	i += len(".zip")
	return arg[:i], arg[i+1:], i+1 < len(arg)
}

// members adds those of an archive that match a pattern.
func (l *lister) members(file, pattern string) error {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s does not exist", file)
	case err != nil:
		return fmt.Errorf("%s: %w", file, errors.Unwrap(err))
	}
	if _, err := path.Match(pattern, ""); err != nil {
		return fmt.Errorf("%s:%s: no pattern of file names: %w", file, pattern, err)
	}
	reader := func() (io.ReaderAt, io.Closer, error) {
		file, err := os.Open(file)
		return file, file, err
	}
	return l.archive(&Input{Name: file, Size: info.Size()}, pattern, reader)
}

// stream adds a file that may give something else, or nothing, when it is read again.
func (l *lister) stream(arg string) error {
	file, err := os.Open(arg)
	if err != nil {
		return fmt.Errorf("%s: %w", arg, errors.Unwrap(err))
	}
	return l.spool(arg, file)
}

// pattern adds the files that match a pattern which the shell did not resolve.
func (l *lister) pattern(arg string) error {
	found, err := filepath.Glob(arg)
	switch {
	case err != nil:
		return fmt.Errorf("%s is no pattern of file names: %w", arg, err)
	case len(found) == 0:
		return fmt.Errorf("no file matches %s", arg)
	}
	for _, path := range found {
		if err := l.add(path); err != nil {
			return err
		}
	}
	return nil
}

// folder adds the files of rows below a folder, sorted by path. Others are left out and told.
func (l *lister) folder(dir string) error {
	var found, others []string
	root := strings.TrimRight(dir, "/") + "/" // so that a link to a folder is followed, if it is named
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		hidden := path != root && strings.HasPrefix(entry.Name(), ".")
		switch {
		case err != nil:
			return err
		case hidden && entry.IsDir():
			others = append(others, path)
			return filepath.SkipDir
		case entry.IsDir():
		case !hidden && holdsRows(path) && !aboutOthers(path) && !linksToFolder(path, entry):
			found = append(found, path)
		default:
			others = append(others, path)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("folder %s: %w", dir, err)
	}
	if len(found) == 0 {
		return fmt.Errorf("%s: there are no files of rows in this folder (.json, .csv, .tsv, .txt …); name files to take them whatever their names are", dir)
	}
	if len(others) > 0 {
		l.table.note("Left out of folder %s, by their names: %s.", dir, some(others))
	}
	slices.Sort(found)
	for _, path := range found {
		if err := l.add(path); err != nil {
			return err
		}
	}
	return nil
}

// linksToFolder tells whether a file of a folder is a link to another folder, which may be one above.
func linksToFolder(path string, entry fs.DirEntry) bool {
	if entry.Type()&fs.ModeSymlink == 0 {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// holdsRows tells whether a file of a folder is read, by its name.
func holdsRows(path string) bool {
	name := strings.ToLower(filepath.Base(path))
	name = strings.TrimSuffix(name, extension(name))
	switch filepath.Ext(name) {
	case ".json", ".jsonl", ".ndjson", ".geojson", ".csv", ".tsv", ".tab", ".psv", ".txt", ".dat", ".zip":
		return true
	}
	return false
}

// some lists a few of many names.
func some(names []string) string { return quantity.Few(names, 5) }

// file adds a regular file.
func (l *lister) file(name string, info fs.FileInfo) error {
	path, err := filepath.Abs(name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	in := &Input{Name: name, Path: path, Size: info.Size(), info: info, open: func() (io.ReadCloser, error) {
		file, err := os.Open(path)
		if err != nil {
			return nil, errors.Unwrap(err)
		}
		return file, nil
	}}
	return l.stored(in, func() (io.ReaderAt, io.Closer, error) {
		file, err := os.Open(path)
		return file, file, err
	})
}

// spool keeps what can be read only once in a file that nobody else can open, and that is gone when the process ends.
func (l *lister) spool(name string, r io.ReadCloser) (err error) {
	defer func() { err = errors.Join(err, r.Close()) }()
	file, err := disk.Nameless("")
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	l.table.spools = append(l.table.spools, file)
	stop := context.AfterFunc(l.ctx, func() { _ = r.Close() }) // ends a read that waits
	defer stop()
	size, err := l.watched(file, r)
	if err := errors.Join(l.ctx.Err(), err); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if size == 0 { // there may be many
		l.table.spools = l.table.spools[:len(l.table.spools)-1]
		l.table.Inputs = append(l.table.Inputs, &Input{Name: name, open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("")), nil }})
		return file.Close()
	}
	in := &Input{Name: name, Size: size, open: func() (io.ReadCloser, error) {
		return io.NopCloser(io.NewSectionReader(file, 0, size)), nil
	}}
	return l.stored(in, func() (io.ReaderAt, io.Closer, error) { return file, io.NopCloser(nil), nil })
}

// watched copies what comes, which is told unless somebody types it.
func (l *lister) watched(to io.Writer, from io.ReadCloser) (size int64, err error) {
	if typed, is := l.table.options.stdin().(*os.File); is && l.table.options.Watch != nil {
		if info, err := typed.Stat(); err == nil && info.Mode()&fs.ModeCharDevice != 0 {
			return l.copy(to, from)
		}
	}
	var n atomic.Int64
	defer l.table.options.Watch.begin("fetching", func() (int64, int64) { return n.Load(), 0 })()
	return l.copy(to, &counting{from, &n})
}

// copy ends with the context, too, while nothing comes: a read of a terminal or a pipe cannot be called off.
func (l *lister) copy(to io.Writer, from io.Reader) (size int64, err error) {
	done := make(chan struct{})
	var n int64
	var failed error
	go func() {
		defer close(done)
		n, failed = io.Copy(to, from)
	}()
	select {
	case <-done:
		return n, failed
	case <-l.ctx.Done():
		return 0, nil // the caller asks the context
	}
}

// stored adds a file, or the members of one that is an archive.
func (l *lister) stored(in *Input, at func() (io.ReaderAt, io.Closer, error)) error {
	magic, err := in.beginning()
	if err != nil {
		return fmt.Errorf("%s: %w", in.Name, err)
	}
	if kind := string(magic[:min(4, len(magic))]); kind == zipMagic || kind == emptyZipMagic {
		return l.archive(in, "", at)
	}
	l.table.Inputs = append(l.table.Inputs, in)
	return nil
}

// urlName is a URL without what may be secret in it.
func urlName(text string) string {
	scheme, rest, _ := strings.Cut(uri.Redact(text), "://")
	rest = rest[:strings.IndexAny(rest+"?", "?#")]
	return scheme + "://" + strings.TrimPrefix(rest, "***@")
}

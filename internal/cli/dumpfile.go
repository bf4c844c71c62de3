package cli

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"ovate/internal/disk"
	"ovate/internal/shell"
)

// to has fn write to the output. A file gets its name only when all is written and synced, so that what was there before stays if fn fails or the machine
// does.
func (d *dump) to(standard io.Writer, fn func(io.Writer) error) (err error) {
	if d.Output == "" {
		return buffered(standard, fn)
	}
	if info, err := os.Stat(d.Output); err == nil && !info.Mode().IsRegular() {
		file, err := os.OpenFile(d.Output, os.O_WRONLY, 0) // a pipe or a device
		if err != nil {
			return &inputError{err}
		}
		return errors.Join(buffered(file, fn), file.Close())
	}
	path, err := filepath.EvalSymlinks(d.Output) // so that a link stays one
	if errors.Is(err, fs.ErrNotExist) {
		path, err = d.Output, nil
	}
	if err != nil {
		return &inputError{err}
	}
	file, err := createFor(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &inputError{fmt.Errorf("%s: there is no folder %s", shell.FlagWord("--output", d.Output), filepath.Dir(path))}
	}
	if err != nil {
		return &inputError{err}
	}
	err = buffered(file, fn)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		if err = os.Rename(file.Name(), path); err == nil {
			return disk.SyncDir(filepath.Dir(path))
		}
	}
	return errors.Join(err, os.Remove(file.Name()))
}

// createFor creates the file that is to take a name, for those who may read the one that has it, and else as the umask says.
func createFor(path string) (*os.File, error) {
	info, err := os.Stat(path)
	there, mode := err == nil, fs.FileMode(0o666)
	if there {
		mode = info.Mode().Perm()
	}
	file, err := os.OpenFile(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil || !there {
		return file, err
	}
	if err := file.Chmod(mode); err != nil { // what the umask took away
		return nil, errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	return file, nil
}

func buffered(w io.Writer, fn func(io.Writer) error) error {
	out := bufio.NewWriterSize(w, 1<<16)
	if err := fn(out); err != nil {
		return err
	}
	return out.Flush()
}

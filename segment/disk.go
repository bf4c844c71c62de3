package segment

import (
	"errors"
	"fmt"
	"os"
)

// writeFile writes a new file. If durable, its content is on disk when it returns nil; its name is not, until the
// folder is synced.
func writeFile(path string, content []byte, durable bool) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(content); err != nil {
		return err
	}
	if durable {
		return f.Sync()
	}
	return nil
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) (err error) {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Sync()
}

// folderSize is the sum of the sizes of the files in dir.
func folderSize(dir string) (size int64, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return 0, fmt.Errorf("size of %s: %w", e.Name(), err)
		}
		size += info.Size()
	}
	return size, nil
}

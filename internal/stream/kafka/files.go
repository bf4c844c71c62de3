package kafka

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// largest is how big a file for TLS may be.
const largest = 1 << 20

// read is what a file holds, which has to be below one of the roots, wherever links lead. Of others it is not told whether they are there.
func (p Policy) read(path string) (string, error) {
	path = filepath.Clean(path)
	for _, folder := range p.Roots {
		within, err := filepath.Rel(folder, path)
		if err != nil || !filepath.IsLocal(within) {
			continue
		}
		return readWithin(folder, within)
	}
	return "", fmt.Errorf("names a file below none of the folders whose files may be read, which are %q", p.Roots)
}

func readWithin(folder, path string) (string, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return "", fmt.Errorf("names a file that cannot be read: %w", err)
	}
	defer root.Close()
	info, err := root.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file")
	}
	if err == nil && info.Size() > largest {
		err = fmt.Errorf("it has more than %d bytes", largest)
	}
	if err != nil {
		return "", fmt.Errorf("names a file that cannot be read: %w", err)
	}
	f, err := root.Open(path)
	if err != nil {
		return "", fmt.Errorf("names a file that cannot be read: %w", err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, largest))
	if err != nil {
		return "", fmt.Errorf("names a file that cannot be read: %w", err)
	}
	return string(content), nil
}

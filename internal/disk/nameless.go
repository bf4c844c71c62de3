package disk

import (
	"errors"
	"fmt"
	"os"
)

// Nameless opens a new file in a folder that nobody else can open, and that goes with the process, however that ends: it has no name.
// Where file systems cannot do that it has one for the moment until it is removed. In an empty folder name it is made where temporary files are.
func Nameless(dir string) (*os.File, error) {
	if dir == "" {
		dir = os.TempDir()
	}
	if f, err := openNameless(dir); err == nil {
		return f, nil
	}
	f, err := os.CreateTemp(dir, "ovate-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(fmt.Errorf("make a file without a name: %w", err), f.Close())
	}
	return f, nil
}

//go:build !linux

package disk

import (
	"errors"
	"os"
)

// syncFilesystem is not to be had here.
func syncFilesystem(*os.File) error { return errors.ErrUnsupported }

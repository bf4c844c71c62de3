package segment

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	fast "github.com/klauspost/compress/flate"
)

// Zip writes the files of the segment in the folder dir to the zip file out, which must not exist, in the order of
// their names as Druid does. When it returns nil, the content of the file is on disk; its name is not, until its
// folder is synced. After an error there is no such file.
func Zip(dir, out string) (err error) {
	f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fmt.Errorf("zipping a segment: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("zipping the segment %s: %w", dir, errors.Join(err, os.Remove(out)))
		}
	}()
	return errors.Join(zipFolder(f, dir), f.Sync(), f.Close())
}

func zipFolder(out io.Writer, dir string) error {
	z := zip.NewWriter(out)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return fast.NewWriter(w, flate.DefaultCompression) })
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		// Deflate, as entries that are only stored can not be unpacked by Druid unless their size stands in front of
		// them.
		w, err := z.CreateHeader(&zip.FileHeader{Name: e.Name(), Method: zip.Deflate})
		if err != nil {
			return err
		}
		if err := copyFile(w, filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return z.Close()
}

func copyFile(w io.Writer, path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.Copy(w, f)
	return err
}

package segment

import (
	"archive/zip"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	fast "github.com/klauspost/compress/flate"
)

// Zip writes the files of the segment in the folder dir to the zip file out, which must not exist, in the order of
// their names as Druid does. When it returns nil, the content of the file is on disk; its name is not, until its
// folder is synced. After an error, also that of ctx, there is no such file.
func Zip(ctx context.Context, dir, out string) (err error) {
	f, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fmt.Errorf("zipping a segment: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("zipping the segment %s: %w", dir, errors.Join(err, os.Remove(out)))
		}
	}()
	return finish(f, zipFolder(ctx, f, dir))
}

// finish closes f, and syncs it if it has all that it should have.
func finish(f *os.File, err error) error {
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func zipFolder(ctx context.Context, out io.Writer, dir string) error {
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
		if err := copyFile(ctx, w, filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return z.Close()
}

// copiedAtOnce is how many bytes are zipped between two looks at the context.
const copiedAtOnce = 1 << 20

func copyFile(ctx context.Context, w io.Writer, path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if _, err := io.CopyN(w, f, copiedAtOnce); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

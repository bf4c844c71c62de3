package tasklog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"ovate/internal/disk"
)

// ready takes the tasks whose files can be sent.
func (a *Archive) ready() (ids []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for id := range a.ended {
		if a.open[id] == 0 {
			ids = append(ids, id)
			delete(a.ended, id)
		}
	}
	return ids
}

// send sends the files of a task, if there are some.
func (a *Archive) send(ctx context.Context, id string) error {
	ctx, cancel := context.WithTimeout(ctx, sendPatience)
	defer cancel()
	report, err := a.path(id, reportSuffix)
	if err != nil {
		return nil // no such task has left anything
	}
	if err := a.move(ctx, id, report, reportObject); err != nil {
		return err
	}
	return a.sendLog(ctx, id)
}

func (a *Archive) key(id, object string) string { return a.prefix + id + "/" + object }

// move puts a file, if it is there, and removes it.
func (a *Archive) move(ctx context.Context, id, path, object string) error {
	info, err := os.Stat(path)
	if err != nil {
		return absent(err)
	}
	if err := a.bucket.Put(ctx, a.key(id, object), path); err != nil {
		return fmt.Errorf("task logs: %w", err)
	}
	return a.remove(id, path, info.Size())
}

// remove removes a file of which the bucket has so many bytes. If a run has come meanwhile that writes to it, or has written, it stays, and
// is sent once more.
func (a *Archive) remove(id, path string, sent int64) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	info, err := os.Stat(path)
	if err != nil {
		return absent(err)
	}
	if a.open[id] == 0 && info.Size() == sent {
		return absent(os.Remove(path))
	}
	if a.ended[id] = true; a.open[id] == 0 {
		a.wakeUp()
	}
	return nil
}

func absent(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// sendLog puts the log behind what there is of it, which an earlier process has put, or a worker; or in the place of that, if it begins with it.
func (a *Archive) sendLog(ctx context.Context, id string) error {
	path, err := a.path(id, logSuffix)
	if err != nil {
		return nil
	}
	if _, err := os.Stat(path); err != nil {
		return absent(err)
	}
	key := a.key(id, logObject)
	_, err = a.bucket.Stat(ctx, key)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return a.move(ctx, id, path, logObject)
	case err != nil:
		return fmt.Errorf("task logs: %w", err)
	}
	whole := filepath.Join(a.dir, disk.TempPrefix+uuid.NewString())
	err = a.bucket.Fetch(ctx, key, whole)
	if err == nil {
		err = a.join(ctx, id, whole, path)
	}
	return errors.Join(err, absent(os.Remove(whole)))
}

// join puts a log behind what was put of it, unless it is what that ends with, or begins with it.
func (a *Archive) join(ctx context.Context, id, whole, path string) (err error) {
	there, err := os.OpenFile(whole, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, there.Close()) }()
	more, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, more.Close()) }()
	begun, err := there.Stat()
	if err != nil {
		return err
	}
	now, err := more.Stat()
	if err != nil {
		return err
	}
	if goesOn, err := equal(more, 0, there, 0, begun.Size()); err != nil {
		return err
	} else if goesOn {
		return a.move(ctx, id, path, logObject)
	}
	sent, err := equal(there, begun.Size()-now.Size(), more, 0, now.Size())
	if err != nil {
		return err
	}
	if !sent {
		if _, err := there.Seek(0, io.SeekEnd); err != nil {
			return err
		}
		if _, err := io.Copy(there, io.NewSectionReader(more, 0, now.Size())); err != nil {
			return err
		}
		if err := a.bucket.Put(ctx, a.key(id, logObject), whole); err != nil {
			return fmt.Errorf("task logs: %w", err)
		}
	}
	return a.remove(id, path, now.Size())
}

// equal tells whether so many bytes of two files are there and the same, from an offset of each on.
func equal(a io.ReaderAt, fromA int64, b io.ReaderAt, fromB, n int64) (bool, error) {
	if fromA < 0 || fromB < 0 {
		return false, nil
	}
	var ofA, ofB [32 << 10]byte
	for done := int64(0); done < n; {
		piece := min(n-done, int64(len(ofA)))
		for _, side := range []struct {
			file io.ReaderAt
			at   int64
			into []byte
		}{{a, fromA + done, ofA[:piece]}, {b, fromB + done, ofB[:piece]}} {
			if read, err := side.file.ReadAt(side.into, side.at); int64(read) < piece {
				if errors.Is(err, io.EOF) {
					return false, nil
				}
				return false, err
			}
		}
		if !bytes.Equal(ofA[:piece], ofB[:piece]) {
			return false, nil
		}
		done += piece
	}
	return true, nil
}

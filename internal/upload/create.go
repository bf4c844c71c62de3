package upload

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"ovate/druid"
	"ovate/internal/disk"
	"ovate/internal/share"
)

// Create takes a file in as it comes. When it returns nil the upload survives a crash. The error is ErrTooLarge, ErrFull, ErrEmpty, ErrBroken, ErrForm, or one of writing;
// nothing is left then.
func (s *Store) Create(name, dataSource, by string, content io.Reader) (_ *Upload, err error) {
	now := druid.Instant(s.Now().UnixMilli())
	u := &Upload{ID: uuid.NewString(), Name: CleanName(name), DataSource: dataSource, By: by, Created: now, Used: now}
	if err := s.begin(by); err != nil {
		return nil, err
	}
	scratch := ""
	defer func() {
		if err != nil {
			s.mu.Lock()
			s.give(by, u.Size)
			s.mu.Unlock()
			err = errors.Join(err, os.RemoveAll(scratch))
		}
	}()
	if scratch, err = s.Scratch(); err != nil {
		return nil, err
	}
	if err := s.write(filepath.Join(scratch, u.Name), u, content); err != nil {
		return nil, err
	}
	text, err := json.Marshal(u)
	if err != nil {
		return nil, err
	}
	if err := disk.WriteFile(filepath.Join(scratch, about), text); err != nil {
		return nil, err
	}
	if err := os.Rename(scratch, filepath.Join(s.Dir, u.ID)); err != nil {
		return nil, fmt.Errorf("keep upload: %w", err)
	}
	scratch = filepath.Join(s.Dir, u.ID)
	if err := disk.SyncDir(s.Dir); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[u.ID] = &kept{Upload: *u}
	return u, nil
}

// write writes the file of an upload, synced, and has its size and sum. What it takes is counted as it comes.
func (s *Store) write(path string, u *Upload, content io.Reader) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write upload: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out, sum := bufio.NewWriterSize(f, 1<<18), sha256.New()
	piece := make([]byte, 1<<16)
	for {
		n, err := content.Read(piece)
		if u.Size+int64(n) > s.MaxSize {
			return ErrTooLarge
		}
		if err := s.take(u.By, int64(n)); err != nil {
			return err
		}
		u.Size += int64(n)
		sum.Write(piece[:n])
		if _, err := out.Write(piece[:n]); err != nil {
			return fmt.Errorf("write upload: %w", err)
		}
		if err == io.EOF {
			break
		}
		if errors.Is(err, ErrForm) {
			return err
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrBroken, err)
		}
	}
	if u.Size == 0 {
		return ErrEmpty
	}
	u.SHA256 = hex.EncodeToString(sum.Sum(nil))
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write upload: %w", err)
	}
	return f.Sync()
}

// full is that there is no room in a count, as ErrFull.
func full(err error) error {
	if errors.Is(err, share.ErrNone) {
		return ErrFull
	}
	return fmt.Errorf("%w: %w", ErrFull, err)
}

// begin counts a file that is about to come, unless there are too many.
func (s *Store) begin(by string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.files.Room(by, 1); err != nil {
		return full(err)
	}
	s.files.Take(by, 1)
	return nil
}

// take counts bytes that are about to be written, unless they are too many.
func (s *Store) take(by string, n int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.bytes.Room(by, n); err != nil {
		return full(err)
	}
	s.bytes.Take(by, n)
	return nil
}

// give counts that a file of so many bytes is gone. The caller holds mu.
func (s *Store) give(by string, n int64) {
	s.files.Give(by, 1)
	s.bytes.Give(by, n)
}

// Room is how many bytes more somebody may send.
func (s *Store) Room(by string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes.Left(by)
}

// Scratch makes an empty folder beside the uploads, for the caller to remove or to Keep. A start removes what is left of them.
func (s *Store) Scratch() (string, error) {
	if err := disk.MkdirAll(s.Dir); err != nil {
		return "", err
	}
	dir := filepath.Join(s.Dir, scratchPrefix+uuid.NewString())
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", fmt.Errorf("make folder: %w", err)
	}
	return dir, nil
}

// Keep makes a scratch folder a copy of what is in an upload, which goes with it, and returns where that is. A copy of the same name that is there already
// stays, and the scratch folder is removed. When it returns nil the copy survives a crash.
func (s *Store) Keep(id, scratch, name string) (dir string, err error) {
	dir = filepath.Join(s.Dir, id, ".copy-"+name)
	if _, err := os.Stat(dir); err == nil {
		return dir, os.RemoveAll(scratch)
	}
	size, err := sizeOf(scratch)
	if err != nil {
		return "", err
	}
	if err := disk.SyncTree(scratch); err != nil {
		return "", err
	}
	if dir, err = s.adopt(id, scratch, dir, size); err != nil {
		return "", err
	}
	return dir, disk.SyncDir(filepath.Join(s.Dir, id))
}

// adopt gives a synced scratch folder its place in an upload, unless there is one.
func (s *Store) adopt(id, scratch, dir string, size int64) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock() // so that neither another copy nor a removal comes between
	one := s.all[id]
	if one == nil {
		return "", ErrNone
	}
	if _, err := os.Stat(dir); err == nil {
		return dir, os.RemoveAll(scratch)
	}
	if err := s.bytes.Room(one.By, size); err != nil {
		return "", full(err)
	}
	if err := os.Rename(scratch, dir); err != nil {
		return "", fmt.Errorf("keep a copy: %w", err)
	}
	one.copies += size
	s.bytes.Take(one.By, size)
	return dir, nil
}

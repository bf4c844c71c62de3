package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/disk"
)

// handedIn are ingestions by servers elsewhere: attempts that stand in a folder of this user, one file each, from before the task is handed
// in until the user has been told how that ended. A file is locked by its process, so that one that was killed, or that did not wait
// for the end, is known from one at work. What was written survives a crash, as long as the folder for temporary files does.
type handedIn struct {
	dir    string
	server string   // hash of its URL, which may hold a password
	file   *os.File // of the attempt at hand; nil if there is none
}

// handedInPrefix begins the name of a file, which is made under another one.
const (
	handedInPrefix = "attempt-"
	handedInUnmade = ".new"
)

// openHandedIn finds the folder. Nobody else may write there: what it says decides what is stored.
func openHandedIn(url string) (*handedIn, error) {
	h := &handedIn{dir: filepath.Join(os.TempDir(), fmt.Sprintf("ovate.ingest-%d", os.Geteuid())), server: hash(url)}
	if _, err := os.Lstat(h.dir); errors.Is(err, fs.ErrNotExist) {
		return h, nil // it is made when it is needed
	}
	return h, disk.MkdirPrivate(h.dir)
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// begin writes the attempt down for a task that is about to be handed in, in place of the task before it.
func (h *handedIn) begin(a *attempt, task string) error {
	if err := h.forget(); err != nil {
		return err
	}
	a.Task, a.Server = task, h.server
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	path := filepath.Join(h.dir, handedInPrefix+hash(task))
	file, err := h.create(path + handedInUnmade)
	if err != nil {
		return err
	}
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX)
	if err == nil {
		_, err = file.Write(append(text, '\n'))
	}
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err == nil {
		err = disk.SyncDir(h.dir)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("note what is handed in: %w", err), file.Close())
	}
	h.file = file
	return nil
}

// create makes a file, and the folder again that another run has just removed as it was empty.
func (h *handedIn) create(path string) (file *os.File, err error) {
	for range 100 {
		if err = disk.MkdirPrivate(h.dir); err != nil {
			break
		}
		if file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return file, err
}

// forget removes the attempt at hand, once all has been told.
func (h *handedIn) forget() error {
	if h.file == nil {
		return nil
	}
	file := h.file
	h.file = nil
	return h.remove(file)
}

// leave lets the attempt at hand stay for the next run.
func (h *handedIn) leave() error {
	if h.file == nil {
		return nil
	}
	return h.file.Close()
}

func (h *handedIn) remove(file *os.File) error {
	path := strings.TrimSuffix(file.Name(), handedInUnmade) // what it was called when it was opened
	err := errors.Join(os.Remove(path), file.Close())
	if sync := disk.SyncDir(h.dir); !errors.Is(sync, fs.ErrNotExist) { // another run may have removed the empty folder
		err = errors.Join(err, sync)
	}
	if gone := os.Remove(h.dir); gone != nil && !errors.Is(gone, fs.ErrNotExist) && !errors.Is(gone, unix.ENOTEMPTY) && !errors.Is(gone, unix.EEXIST) {
		err = errors.Join(err, gone)
	}
	return err
}

// longAgo is when nobody asks any more what became of an attempt.
const longAgo = 30 * 24 * time.Hour

// isOld tells whether a file was written that long ago, so that what is left behind does not add up.
func isOld(path string) bool {
	info, err := os.Stat(path)
	return err == nil && time.Since(info.ModTime()) > longAgo
}

// left are the files of attempts for a data source of this server whose process is gone. They are locked until they are closed.
func (h *handedIn) left(dataSource string) (attempts []*attempt, files []*os.File, err error) {
	paths, err := filepath.Glob(filepath.Join(h.dir, handedInPrefix+"*"))
	for _, path := range paths {
		if isOld(path) {
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, nil, errors.Join(err, closeAll(files))
			}
			continue
		}
		if strings.HasSuffix(path, handedInUnmade) {
			continue
		}
		file, a, err := readLeft(path)
		if err != nil {
			return nil, nil, errors.Join(err, closeAll(files))
		}
		switch {
		case a == nil:
		case a.Server != h.server || a.DataSource != dataSource:
			if err := file.Close(); err != nil {
				return nil, nil, errors.Join(err, closeAll(files))
			}
		default:
			attempts, files = append(attempts, a), append(files, file)
		}
	}
	return attempts, files, err
}

// readLeft reads and locks the attempt of a process that is gone; nil of one that is at work, or that was just removed.
func readLeft(path string) (*os.File, *attempt, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if errors.Is(err, unix.EWOULDBLOCK) {
			err = nil
		}
		return nil, nil, errors.Join(err, file.Close())
	}
	own, err := file.Stat()
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	if named, err := os.Stat(path); err != nil || !os.SameFile(own, named) { // another process has settled it
		return nil, nil, file.Close()
	}
	text, err := io.ReadAll(file)
	a, err := decodeAttempt(path, text, err)
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return file, a, nil
}

// closeAll closes those that are not nil.
func closeAll(files []*os.File) (err error) {
	for _, file := range files {
		if file != nil {
			err = errors.Join(err, file.Close())
		}
	}
	return err
}

// settle finds out how earlier ingestions into the data source by this server ended that nobody was told of, as attempt.judge has it.
// again is the id of the task of one that did the same and of which the server knows nothing: handed in under that id, the task is
// there once, even if the earlier one is still on its way.
func (h *handedIn) settle(ctx context.Context, overlord *client.Client, this *attempt, appends bool, w io.Writer) (done bool, again string, err error) {
	attempts, files, err := h.left(this.DataSource)
	if err != nil {
		return false, "", err
	}
	for i, earlier := range attempts {
		status, err := overlord.Status(ctx, earlier.Task)
		switch {
		case client.IsNotFound(err) && this.is(earlier):
			again = earlier.Task
		case err == nil && status.State == druid.Running:
			printLine(w, "note", "an earlier run handed in %s for %s (task %s), which the server is still at: waiting for its end", earlier.Files, earlier.DataSource, earlier.Task)
		}
		settled, forget, err := this.judge(ctx, overlord, earlier, appends && !done, w)
		if forget {
			err = errors.Join(err, h.remove(files[i]))
			files[i] = nil
		}
		if err != nil {
			return false, "", errors.Join(err, closeAll(files))
		}
		done = done || settled
	}
	return done, again, nil
}

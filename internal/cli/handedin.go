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

// handedIn are the records of attempts: one file each, in the data folder whose metadata they are about, whether a server works on it or
// this process does, and in a folder of this user for those of servers elsewhere. A file is locked by its process, so that one that was killed,
// or that did not wait for the end, is
// known from one at work. What was written survives a crash, as long as the folder for temporary files does.
//
// A record stays until the command that it is about has been told, or another one that has to do with all of its files; what one is told that has to do with
// some of them alone is added to it.
//
// A record goes when the process has nothing left to do but to end with its exit code: see settle of Streams. It goes without a sync: a machine that
// loses power just then may show it again, and the same command is then told once that its rows are there, whereas a sync would be time
// in which a process that is killed leaves rows that nobody knows of.
type handedIn struct {
	dir    string
	server string // hash of its URL, which may hold a password; "" for those within a data folder
	store  string // of the metadata that the server works on; "" if it does not tell

	file *os.File // of the attempt at hand; nil if there is none
	told []told   // of earlier ones, of which the user has been told
}

// told is what becomes of the record of an earlier attempt when the user has heard of it.
type told struct {
	file *os.File
	by   string // whoever was told, which is added to it; "" if the record goes
}

const (
	handedInPrefix = "attempt-"      // of names in the folder of this user
	handedInHere   = "ovate.ingest-" // of names in a data folder
	handedInUnmade = ".new"          // behind the name of one that is being made

	attemptTaken = "taken\n" // behind the attempt in its file, where anything at all says so, as a crash may leave half of it
)

// prefix begins the names of the files.
func (h *handedIn) prefix() string {
	if h.server == "" {
		return handedInHere
	}
	return handedInPrefix
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
	a.Task, a.Server, a.Store, a.Begun = task, h.server, h.store, time.Now()
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	path := filepath.Join(h.dir, h.prefix()+hash(task))
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

// taken writes down that the server has the task of the attempt at hand: from then on, a server that does not know it has cleaned it away.
func (h *handedIn) taken() error {
	_, err := h.file.WriteString(attemptTaken)
	if err == nil {
		err = h.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("note that the server has the task: %w", err)
	}
	return nil
}

// create makes a file, and the folder again that another run has just removed as it was empty.
func (h *handedIn) create(path string) (file *os.File, err error) {
	for range 100 {
		if h.server != "" {
			err = disk.MkdirPrivate(h.dir)
		}
		if err != nil {
			break
		}
		if file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return file, err
}

// forget removes the attempt at hand.
func (h *handedIn) forget() error {
	if h.file == nil {
		return nil
	}
	file := h.file
	h.file = nil
	return h.remove(file)
}

// end removes the attempt at hand, and settles those of which it has told, if the user has heard of them; else they stay for the next run.
func (h *handedIn) end(heard bool) (err error) {
	if heard {
		err = h.forget()
	} else if h.file != nil {
		err, h.file = h.file.Close(), nil
	}
	for _, t := range h.told {
		switch {
		case !heard:
			err = errors.Join(err, t.file.Close())
		case t.by == "":
			err = errors.Join(err, h.remove(t.file))
		default:
			_, cannot := t.file.WriteString(t.by + "\n") // behind what was read
			err = errors.Join(err, cannot, t.file.Close())
		}
	}
	h.told = nil
	return err
}

func (h *handedIn) remove(file *os.File) error {
	path := strings.TrimSuffix(file.Name(), handedInUnmade) // what it was called when it was opened
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) { // another attempt under the same id has taken its place
		err = nil
	}
	err = errors.Join(err, file.Close())
	if h.server == "" {
		return err
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

// left are the attempts whose process is gone, at what this one is about, too. Their files are locked until they are closed.
func (h *handedIn) left(this *attempt) (attempts []*attempt, files []*os.File, err error) {
	paths, err := filepath.Glob(filepath.Join(h.dir, strings.TrimSuffix(h.prefix(), "-")+"*"))
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
		case !h.holds(a) || !this.concerns(a):
			if err := file.Close(); err != nil {
				return nil, nil, errors.Join(err, closeAll(files))
			}
		default:
			attempts, files = append(attempts, a), append(files, file)
		}
	}
	return attempts, files, err
}

// holds tells whether an attempt is at the metadata that these records are of.
func (h *handedIn) holds(a *attempt) bool {
	return a.Server == h.server || h.store != "" && a.Store == h.store
}

// readLeft reads and locks the attempt of a process that is gone; nil of one that is at work, or that was just removed.
func readLeft(path string) (*os.File, *attempt, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) { // which is that of another user
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

// settle finds out how earlier ingestions ended that nobody was told of, and tells so, as attempt.judge has it.
// again is the id of the task of one that did the same and that has not come to the server so far: handed in under that id, the task is
// there once, even if the earlier one is still on its way.
func (h *handedIn) settle(ctx context.Context, overlord *client.Client, this *attempt, appends bool, w io.Writer) (done bool, again string, err error) {
	attempts, files, err := h.left(this)
	if err != nil {
		return false, "", err
	}
	for i, earlier := range attempts {
		status, err := overlord.Status(ctx, earlier.Task)
		switch {
		case client.IsNotFound(err) && this.is(earlier) && !earlier.mayBeCleaned():
			again = earlier.Task
		case err == nil && status.State == druid.Running && !earlier.Within: // which is about to be failed
			printLine(w, "note", "an earlier run handed in %s for %s (task %s), which is not complete yet: waiting for its end", earlier.Files, earlier.DataSource, earlier.Task)
		}
		settled, tells, err := this.judge(ctx, overlord, earlier, appends && !done, w)
		if tells {
			t := told{file: files[i]}
			if !this.hasTheFilesOf(earlier) {
				t.by = this.key()
			}
			h.told, files[i] = append(h.told, t), nil
		}
		if err != nil {
			return false, "", errors.Join(err, closeAll(files))
		}
		done = done || settled
	}
	return done, again, nil
}

package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"ovate/internal/detect"
	"ovate/internal/disk"
)

// attempt is an ingestion by a server within this process. It stands in the data folder from before its task is handed in until the user
// has been told how that ended: a process that is killed in between leaves it to the next `ovate ingest` on the folder, which can so tell
// rows that were stored without a word from rows that were not.
type attempt struct {
	Task       string   `json:"task"`
	DataSource string   `json:"dataSource"`
	Files      string   `json:"files"` // for people
	Rows       int64    `json:"rows"`
	Spec       string   `json:"spec"`   // hash of the task without its inputs
	Inputs     []string `json:"inputs"` // length and checksum of each file that the task reads
}

// attemptFile is its name in a data folder.
const attemptFile = "ovate.ingest"

// newAttempt reads once more what the task will read, for its checksums.
func newAttempt(ctx context.Context, task []byte, dataSource string, found *detect.Table) (*attempt, error) {
	a := &attempt{DataSource: dataSource, Files: nameFiles(found), Rows: found.Rows}
	var err error
	if a.Spec, err = hashSpec(task); err != nil {
		return nil, err
	}
	paths := slices.Clone(found.Copies)
	if found.Why == "" {
		for _, f := range found.Files {
			paths = append(paths, f.Path)
		}
	}
	for _, path := range paths {
		sum, err := checksum(ctx, path)
		if err != nil {
			return nil, err
		}
		a.Inputs = append(a.Inputs, sum)
	}
	return a, nil
}

// hashSpec is the same for tasks that do the same with their inputs.
func hashSpec(task []byte) (string, error) {
	var fields struct {
		Spec struct {
			DataSchema, TuningConfig any
			IOConfig                 map[string]any
		}
	}
	if err := json.Unmarshal(task, &fields); err != nil {
		return "", fmt.Errorf("the task of this run: %w", err)
	}
	delete(fields.Spec.IOConfig, "inputSource")
	canonical, err := json.Marshal(fields)
	if err != nil {
		return "", fmt.Errorf("the task of this run: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}

// checksum tells files apart by their length and content, at the speed of the disk.
func checksum(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum, length := crc32.New(crc32.MakeTable(crc32.Castagnoli)), int64(0)
	for {
		n, err := io.CopyN(sum, f, 4<<20)
		length += n
		switch {
		case errors.Is(err, io.EOF):
			return fmt.Sprintf("%d-%08x", length, sum.Sum32()), nil
		case err != nil:
			return "", err
		case ctx.Err() != nil:
			return "", context.Cause(ctx)
		}
	}
}

// begin writes the attempt down for a task that is about to be handed in. Once it returns nil the attempt survives a crash.
func (a *attempt) begin(dir, task string) error {
	a.Task = task
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return disk.WriteFile(filepath.Join(dir, attemptFile), append(text, '\n'))
}

// earlierAttempt is what an ingestion before this one has left in a data folder, or nil.
func earlierAttempt(dir string) (*attempt, error) {
	path := filepath.Join(dir, attemptFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	a := new(attempt)
	if err == nil {
		err = json.Unmarshal(text, a)
	}
	if err != nil {
		return nil, &inputError{fmt.Errorf("%s, where an earlier ovate ingest left what it was doing, cannot be read: %w; see what is stored (ovate datasources), then remove it", path, err)}
	}
	return a, nil
}

// forgetAttempt removes it once all has been told.
func forgetAttempt(dir string) error {
	if err := os.Remove(filepath.Join(dir, attemptFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return disk.SyncDir(dir)
}

// toldWriter remembers that something could not be told.
type toldWriter struct {
	io.Writer
	err error
}

// Write implements io.Writer.
func (w *toldWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	w.err = errors.Join(w.err, err)
	return n, err
}

// sharesInput tells whether a file of one is a file of the other, too.
func (a *attempt) sharesInput(b *attempt) bool {
	known := make(map[string]bool, len(a.Inputs))
	for _, sum := range a.Inputs {
		known[sum] = true
	}
	return a.DataSource == b.DataSource && slices.ContainsFunc(b.Inputs, func(sum string) bool { return known[sum] })
}

// is tells whether both do the same with the same rows.
func (a *attempt) is(b *attempt) bool {
	return a.DataSource == b.DataSource && a.Spec == b.Spec && slices.Equal(a.Inputs, b.Inputs)
}

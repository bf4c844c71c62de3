package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
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
	Server     string   `json:"server,omitempty"` // of one that a server elsewhere runs
	Task       string   `json:"task"`
	DataSource string   `json:"dataSource"`
	Files      string   `json:"files"` // for people
	Rows       int64    `json:"rows"`
	Spec       string   `json:"spec"`   // hash of the task without its inputs
	Inputs     []string `json:"inputs"` // length and checksum of each file that was read
	Copied     string   `json:"copied"` // checksum of the rows in the copy that the task reads instead, if it does
}

// attemptFile is its name in a data folder.
const attemptFile = "ovate.ingest"

// newAttempt is that of a task for the rows that were found.
func newAttempt(task []byte, dataSource string, found *detect.Table) (*attempt, error) {
	a := &attempt{DataSource: dataSource, Files: nameFiles(found), Rows: found.Rows}
	if found.Why != "" {
		a.Copied = fmt.Sprintf("%016x", found.CopySum)
	}
	for _, f := range found.Files {
		a.Inputs = append(a.Inputs, f.Sum)
	}
	var err error
	a.Spec, err = hashSpec(task)
	return a, err
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
	return decodeAttempt(path, text, err)
}

// decodeAttempt is the attempt that a file holds, of which so much was read.
func decodeAttempt(path string, text []byte, err error) (*attempt, error) {
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
	return a.DataSource == b.DataSource && a.Spec == b.Spec && a.Copied == b.Copied && slices.Equal(a.Inputs, b.Inputs)
}

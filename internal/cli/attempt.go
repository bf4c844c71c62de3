package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"ovate/internal/detect"
)

// attempt is an ingestion, by a server within this process or elsewhere. It is on record from before its task is handed in until nothing but the
// exit code is left to be told: a process that ends otherwise in between leaves it to the next `ovate ingest`, which can so tell rows that were
// stored without a word from rows that were not.
type attempt struct {
	Server     string   `json:"server,omitempty"` // as handedIn has it, like the next one
	Store      string   `json:"store,omitempty"`
	Within     bool     `json:"within,omitempty"` // its task ends with the process
	Task       string   `json:"task"`
	DataSource string   `json:"dataSource"`
	Files      string   `json:"files"` // for people
	Rows       int64    `json:"rows"`
	Spec       string   `json:"spec"`   // hash of the task without its inputs
	Inputs     []string `json:"inputs"` // length and checksum of each file that was read
	Copied     string   `json:"copied"` // checksum of the rows in the copy that the task reads instead, if it does

	Begun time.Time `json:"begun"` // when it was about to be handed in

	taken bool     // the server said that it has the task
	told  []string // keys of the attempts at some of these files that were told of it
}

// onItsWay is how long a task that nobody saw arrive may still come, and how soon at the earliest a server has cleaned away one that came and ended.
const onItsWay = time.Hour

// mayBeCleaned tells of an attempt whose task the server does not know that it may have known it: servers remove the rows of tasks that ended long
// ago, and what these tasks stored stays.
func (a *attempt) mayBeCleaned() bool { return a.taken || time.Since(a.Begun) > onItsWay }

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

// decodeAttempt is the attempt that a file holds, of which so much was read: a line for it, one that the server has its task, and one
// for each key of those who were told.
func decodeAttempt(path string, text []byte, err error) (*attempt, error) {
	a := new(attempt)
	first, rest, _ := bytes.Cut(text, []byte("\n"))
	if err == nil {
		err = json.Unmarshal(first, a)
	}
	for _, word := range strings.Fields(string(rest)) {
		if strings.HasPrefix(word, attemptTaken[:1]) { // which begins no key
			a.taken = true
		} else {
			a.told = append(a.told, word)
		}
	}
	if err != nil {
		return nil, &inputError{fmt.Errorf("%s, where an earlier ovate ingest left what it was doing, cannot be read: %w; see what is stored (ovate datasources), then remove it", path, err)}
	}
	return a, nil
}

// sharesInput tells whether a file of one is a file of the other, too.
func (a *attempt) sharesInput(b *attempt) bool {
	known := make(map[string]bool, len(a.Inputs))
	for _, sum := range a.Inputs {
		known[sum] = true
	}
	return a.DataSource == b.DataSource && slices.ContainsFunc(b.Inputs, func(sum string) bool { return known[sum] })
}

// concerns tells whether an earlier attempt has to do with this one, which was not told of it yet.
func (a *attempt) concerns(earlier *attempt) bool {
	return (a.is(earlier) || a.sharesInput(earlier)) && !slices.Contains(earlier.told, a.key())
}

// key is the same for attempts that do the same.
func (a *attempt) key() string {
	return hash(strings.Join(append([]string{a.DataSource, a.Spec, a.Copied}, a.Inputs...), "\n"))
}

// hasTheFilesOf tells whether both are about the same files, in any order.
func (a *attempt) hasTheFilesOf(b *attempt) bool {
	files := func(a *attempt) []string { return slices.Compact(slices.Sorted(slices.Values(a.Inputs))) }
	return a.DataSource == b.DataSource && slices.Equal(files(a), files(b))
}

// is tells whether both do the same with the same rows.
func (a *attempt) is(b *attempt) bool {
	return a.DataSource == b.DataSource && a.Spec == b.Spec && a.Copied == b.Copied && slices.Equal(a.Inputs, b.Inputs)
}

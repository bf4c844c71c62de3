// Package runs remembers which runs of tasks the process did not survive, so that a task that ends the process each time, through the
// memory that it takes or a fault of the runtime, is not tried for ever.
//
// The journal is a file of lines. What begins and ends is appended without a sync: it has to survive the process, not the machine, whose
// end is no task's doing. A stop that was asked for is noted before the runs are cut off, and counts for none.
package runs

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"ovate/internal/disk"
)

// File is what the journal is called in the folder of a server.
const File = "ovate.runs"

// Loss is what became of the earlier runs of a task.
type Loss struct {
	Times int // how often the process ended during a run
	// Sole tells that at the last time no other task was at work that had lost as many.
	Sole bool
}

// Journal is the record of one process, which may run tasks, stop them all, and run tasks again. Its methods may be called from many
// goroutines.
type Journal struct {
	path string
	lost map[string]Loss // as the last process left it; only read

	mu      sync.Mutex // guards what follows
	file    *os.File   // nil while the file is still that of the last process, and from a stop until a run begins
	stopped bool
	size    int
	begun   map[string]bool
}

// maxSize is how long the journal gets before it is written anew with what still counts.
const maxSize = 1 << 20

// Open reads what the last process left, and begins the record of this one. Where that cannot be written, as the disk is full, it is
// logged and tried again with each run; until then a crash counts what the last process lost once more.
func Open(path string, log *slog.Logger) (*Journal, error) {
	j := &Journal{path: path, begun: map[string]bool{}}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("journal of runs: %w", err)
	}
	j.lost = settle(text)
	if err := j.rewrite(); err != nil {
		log.Warn("the journal of runs cannot be written yet", "error", err)
	}
	return j, nil
}

// settle works out whose runs ended with the process that wrote a journal.
func settle(text []byte) map[string]Loss {
	before, begun, machine, stopped := parse(text)
	if stopped || machine != thisMachine() || len(begun) == 0 {
		return before
	}
	most, with := -1, 0
	for id := range begun {
		switch n := before[id].Times; {
		case n > most:
			most, with = n, 1
		case n == most:
			with++
		}
	}
	after := map[string]Loss{} // whoever was not running this time is suspected no more
	for id := range begun {
		n := before[id].Times
		after[id] = Loss{Times: n + 1, Sole: n == most && with == 1}
	}
	return after
}

// parse reads a journal. Its last line may be cut; one that makes no sense is left out.
func parse(text []byte) (lost map[string]Loss, begun map[string]bool, machine string, stopped bool) {
	lost, begun = map[string]Loss{}, map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, maxSize)
	for lines.Scan() {
		verb, rest, _ := strings.Cut(lines.Text(), " ")
		switch verb {
		case "machine":
			machine = rest
		case "stop":
			stopped = true
		case "lost", "sole":
			number, quoted, _ := strings.Cut(rest, " ")
			times, err := strconv.Atoi(number)
			id, idErr := strconv.Unquote(quoted)
			if err == nil && idErr == nil {
				lost[id] = Loss{Times: times, Sole: verb == "sole"}
			}
		case "begin", "end":
			if id, err := strconv.Unquote(rest); err == nil && verb == "begin" {
				begun[id] = true
			} else if err == nil {
				delete(begun, id)
			}
		}
	}
	return lost, begun, machine, stopped
}

// thisMachine is a text that differs after each start of the machine; empty where none is known.
func thisMachine() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}

// Lost tells of the earlier runs of a task, as they were when the journal was opened.
func (j *Journal) Lost(id string) Loss { return j.lost[id] }

// Start notes that runs count again after a Stop. Those that were cut off there have ended.
func (j *Journal) Start() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.stopped {
		j.stopped = false
		clear(j.begun)
	}
	return nil // the file tells of a stop until a run begins
}

// Begin notes that a run begins.
func (j *Journal) Begin(id string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.begun[id] = true
	return j.note("begin " + strconv.Quote(id) + "\n")
}

// End notes that a run has ended before the process.
func (j *Journal) End(id string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.begun, id)
	return j.note("end " + strconv.Quote(id) + "\n")
}

// Stop notes that all runs are about to be cut off on purpose: those that end from here on, even with the process, are not lost. It
// closes the file.
func (j *Journal) Stop() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.stopped {
		return nil
	}
	err := j.note("stop\n")
	j.stopped = true
	if j.file != nil {
		err = errors.Join(err, j.file.Close())
		j.file = nil
	}
	return err
}

// note appends a line. The caller holds mu.
func (j *Journal) note(line string) error {
	if j.stopped {
		return nil // nothing counts any more
	}
	if j.file == nil || j.size > maxSize {
		if err := j.rewrite(); err != nil {
			return fmt.Errorf("journal of runs: %w", err)
		}
		if strings.HasPrefix(line, "begin ") {
			return nil // it is in there
		}
	}
	n, err := j.file.WriteString(line)
	j.size += n
	if err != nil {
		return fmt.Errorf("journal of runs: %w", err)
	}
	return nil
}

// rewrite writes the journal with what counts alone. When it replaces that of the last process, losses are synced, as they are rare and
// took long to come by. The caller holds mu, or is the only one.
func (j *Journal) rewrite() error {
	var text bytes.Buffer
	fmt.Fprintf(&text, "machine %s\n", thisMachine())
	for _, id := range slices.Sorted(maps.Keys(j.lost)) {
		verb := "lost"
		if j.lost[id].Sole {
			verb = "sole"
		}
		fmt.Fprintf(&text, "%s %d %q\n", verb, j.lost[id].Times, id)
	}
	for _, id := range slices.Sorted(maps.Keys(j.begun)) {
		fmt.Fprintf(&text, "begin %q\n", id)
	}
	write := func() error { return replace(j.path, text.Bytes()) }
	if j.file == nil && len(j.lost) > 0 {
		write = func() error { return disk.WriteFile(j.path, text.Bytes()) }
	}
	if err := write(); err != nil {
		return err
	}
	file, err := os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	if j.file != nil {
		err = j.file.Close()
	}
	j.file, j.size = file, text.Len()
	return err
}

// replace is disk.WriteFile without the wait for the disk.
func replace(path string, text []byte) error {
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

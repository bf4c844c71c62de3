package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"ovate/compat/peer"
	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
	"ovate/internal/queue"
)

// tasks are tasks that are put straight into the metadata, because running or submitting so many of them would take a
// real Druid far too long.
type tasks struct {
	count   int
	state   druid.TaskState
	sources int  // data sources over which they are spread: others_0, others_1, …
	first   int  // those before it are there already
	active  int  // the last so many of them run, whatever the others do
	mixed   bool // those that have ended are of several types, and some have failed
}

// noopID is the id of the i-th task of a kind, a word of four letters. It is so long that a list has 362 bytes a task, as
// the lists had for which a real Druid's figures are known from before.
func noopID(kind string, i int) string { return fmt.Sprintf("noop_bench_%s_%017d", kind, i) }

// noopTask is a task that runs so many milliseconds.
func noopTask(id, dataSource string, runTime int) []byte {
	return fmt.Appendf(nil, `{"type":"noop","id":"%s","dataSource":"%s","runTime":%d}`, id, dataSource, runTime)
}

// row is the i-th task. They were submitted one millisecond after the other, and the last of them a minute ago.
func (t *tasks) row(i int, now druid.Instant) *metadata.TaskRow {
	id, dataSource := noopID("fill", i), fmt.Sprintf("others_%d", i%t.sources)
	status := druid.TaskStatus{ID: id, State: t.state, Duration: -1, Location: druid.UnknownLocation}
	if i >= t.count-t.active {
		status.State = druid.Running
	}
	if status.State != druid.Running { // 312 bytes a task
		id = fmt.Sprintf("done_%05d", i)
		status.ID, status.Duration = id, 2500
	}
	typ := "noop"
	if t.mixed && status.State != druid.Running {
		typ = mixedTypes[i%len(mixedTypes)]
		if i%mixedFails == 0 {
			status.State, status.ErrorMsg = druid.Failed, "It could not be read."
		}
	}
	payload := t.payload(id, typ, dataSource)
	return &metadata.TaskRow{
		ID: id, GroupID: id, Type: typ, DataSource: dataSource,
		Created: now - 60_000 - druid.Instant(t.count-i), Status: status, Payload: payload, Summary: queue.Summarize(id, payload), // as it is when submitted
	}
}

// mixedTypes are the types of mixed tasks, in turn; one in mixedFails has failed. No list reads more than the type of what a task was.
var mixedTypes = [...]string{"noop", "index_parallel", "noop", "index_parallel", "index_parallel", "kill", "noop"}

const mixedFails = 53

// payload is what an Overlord keeps of such a task.
func (t *tasks) payload(id, typ, dataSource string) []byte {
	return fmt.Appendf(nil, `{"type":"%[4]s","id":"%[1]s","groupId":"%[1]s","dataSource":"%[2]s","runTime":%[3]d,`+
		`"context":{"forceTimeChunkLock":true,"useLineageBasedSegmentAllocation":true},`+
		`"resource":{"availabilityGroup":"%[1]s","requiredCapacity":1}}`, id, dataSource, hour, typ)
}

// fillOvate writes the tasks into the database of a server that is not started yet.
func (t *tasks) fillOvate(ctx context.Context, dir string) (err error) {
	store, err := sqlite.Open(sqlite.Options{Path: filepath.Join(dir, "metadata.db")})
	if err != nil {
		return err
	}
	defer func() {
		if closing := store.Close(); err == nil {
			err = closing
		}
	}()
	now := druid.Now()
	for first := 0; first < t.count; first += filledTogether {
		if err := store.Update(ctx, func(tx metadata.Tx) error {
			for i := first; i < min(t.count, first+filledTogether); i++ {
				if err := tx.InsertTasks(t.row(i, now)); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return fmt.Errorf("inserting %d tasks: %w", t.count, err)
		}
	}
	return nil
}

// filledTogether is how many tasks a transaction inserts, so that what it has changed stays small beside the database.
const filledTogether = 100_000

// insertTasks is a Java program, because nothing but Java speaks to Derby.
//
//go:embed InsertTasks.java
var insertTasks []byte

// fillJava writes the tasks into the database of a cluster that runs. Its Overlord sees complete ones at once.
func (t *tasks) fillJava(ctx context.Context, cluster string) error {
	uri, err := property(filepath.Join(cluster, "conf", "overlord", "runtime.properties"), "druid.metadata.storage.connector.connectURI")
	if err != nil {
		return err
	}
	lib, err := peer.Install(ctx, os.Stderr)
	if err != nil {
		return err
	}
	program := filepath.Join(cluster, "InsertTasks.java")
	if err := os.WriteFile(program, insertTasks, 0o644); err != nil {
		return err
	}
	var rows bytes.Buffer
	now := druid.Now()
	for i := range t.count {
		r := t.row(i, now)
		fmt.Fprintf(&rows, "%s\t%s\t%s\t%s\t%s\t%t\t%s\t%s\n", r.ID, r.Created, r.DataSource, r.Payload,
			r.Status.AppendJSON(nil), r.Status.State == druid.Running, r.Type, r.GroupID)
	}
	insert := exec.CommandContext(ctx, "java", "-cp", filepath.Join(lib, "*"), program, uri)
	insert.Stdin = &rows
	if out, err := insert.CombinedOutput(); err != nil {
		return fmt.Errorf("inserting %d tasks into Derby: %w\n%s", t.count, err, out)
	}
	return nil
}

// property reads one value of a file of Java properties.
func property(path, name string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if value, found := strings.CutPrefix(lines.Text(), name+"="); found {
			return value, nil
		}
	}
	return "", fmt.Errorf("%s has no %s", path, name)
}

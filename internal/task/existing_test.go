package task

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"ovate/compat/replay"
	"ovate/druid"
	"ovate/internal/action"
	"ovate/internal/lockbox"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
)

// cluster is where tasks for workers become ready: a store with segments, and all that others hold.
type cluster struct {
	*testing.T
	store metadata.Store
	box   *action.Box
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	store, now := sqlitetest.Open(t), func() druid.Instant { return noon }
	return &cluster{t, store, action.NewBox(action.Options{Store: store, Locks: lockbox.New(store, now, nil), Now: now})}
}

// publish puts segments of a data source there that are used.
func (c *cluster) publish(dataSource string, r replay.Ready) {
	c.Helper()
	segments, err := r.Used(dataSource)
	if err != nil {
		c.Fatal(err)
	}
	rows := make([]metadata.SegmentRow, len(segments))
	for i, s := range segments {
		rows[i] = metadata.SegmentRow{Segment: s, Created: noon - 1, Used: true, UsedStatusLastUpdated: noon - 1}
	}
	err = c.store.Update(context.Background(), func(tx metadata.Tx) error {
		_, err := tx.InsertSegments(rows)
		return err
	})
	if err != nil {
		c.Fatal(err)
	}
}

// submit makes a task an active one, for a worker.
func (c *cluster) submit(raw string) *Remote {
	c.Helper()
	r := remote(c.T, raw)
	h := r.Header()
	err := c.store.Update(context.Background(), func(tx metadata.Tx) error {
		return tx.InsertTasks(&metadata.TaskRow{
			ID: h.ID, GroupID: h.GroupID, Type: h.Type, DataSource: h.DataSource, Created: noon, Payload: Stored(r),
			Status: druid.TaskStatus{ID: h.ID, State: druid.Running, Duration: -1, Location: druid.UnknownLocation},
		})
	})
	if err != nil {
		c.Fatal(err)
	}
	c.box.Add(identityOf(r))
	return r
}

func identityOf(r *Remote) action.Identity {
	by := Identity(r)
	by.Submitted = noon
	return by
}

// becomes tells whether a task is ready, and which locks it then has.
func (c *cluster) becomes(r *Remote) (string, error) {
	c.Helper()
	client := c.box.For(identityOf(r))
	ready, err := r.Ready(context.Background(), client)
	if err != nil {
		return "fails", err
	}
	locks, err := action.Do(context.Background(), client, action.LockList{})
	if err != nil {
		c.Fatal(err)
	}
	return replay.TellReady(map[bool]string{true: "ready", false: "waits"}[ready], locks), nil
}

// A task that may lock segments has, before it runs, the locks that a Java Overlord takes for it, and has them still when it asks again.
func TestReadyToOverwrite(t *testing.T) {
	t.Parallel()
	all, err := replay.LoadReady(filepath.Join("..", "..", "compat", "testdata", "ready.jsonl"))
	if err != nil || len(all) < 40 {
		t.Fatalf("%d cases, %v", len(all), err)
	}
	here := newCluster(t)
	for i, c := range all {
		name := fmt.Sprintf("ready_%d", i)
		here.publish(name, c)
		r := here.submit(string(c.Named(name).Task))
		for _, when := range []string{"first", "again"} {
			got, err := here.becomes(r)
			why := ""
			if err != nil {
				why = strings.ReplaceAll(err.Error(), name, "wiki")
			}
			if got != c.Druid || why != c.Error {
				t.Errorf("%s, %s: %s (%s), want %s (%s)", c.Name, when, got, why, c.Druid, c.Error)
			}
		}
	}
}

// Of tasks that would overwrite the same segment one waits, with no lock at all; those that overwrite others of the same chunk do not.
func TestReadyBesideOthers(t *testing.T) {
	t.Parallel()
	const one, two = "2024-01-01/2024-01-02", "2024-01-02/2024-01-03"
	here := newCluster(t)
	here.publish("wiki", replay.Ready{Segments: []string{one + " 2022 0", one + " 2022 1", two + " 2023 0"}})
	index := func(id, interval, rest, context string) *Remote {
		t.Helper()
		return here.submit(fmt.Sprintf(`{"type":"index","id":%q,"spec":{"dataSchema":{"dataSource":"wiki","granularitySpec":{"intervals":[%q]}}%s},"context":{"forceTimeChunkLock":false%s}}`,
			id, interval, rest, context))
	}
	compact := func(id, interval, context string) *Remote {
		t.Helper()
		return here.submit(fmt.Sprintf(`{"type":"compact","id":%q,"dataSource":"wiki","ioConfig":{"inputSpec":{"type":"interval","interval":%q}},"context":{%s}}`, id, interval, context))
	}
	weak := index("weak", one, "", "")
	for _, c := range []struct {
		task *Remote
		want string
	}{
		{index("first", two, "", ""), "ready, " + two + " 2023 0"},
		{compact("segments", "2024-01-01/2024-01-03", `"forceTimeChunkLock":false`), "waits"},
		{compact("chunk", two, ""), "waits"},
		{index("appends", two, `,"ioConfig":{"appendToExisting":true}`, ""), "ready"},
		{weak, "ready, " + one + " 2022 0, " + one + " 2022 1"},
		{index("strong", one, "", `,"priority":75`), "ready, " + one + " 2022 0, " + one + " 2022 1"},
	} {
		if got, err := here.becomes(c.task); got != c.want {
			t.Errorf("%s: %s (%v), want %s", c.task.header.ID, got, err, c.want)
		}
	}
	var lost *lockbox.Revoked
	if got, err := here.becomes(weak); !errors.As(err, &lost) {
		t.Errorf("one whose locks a stronger one took: %s, %v", got, err)
	}
}

// A task that would overwrite segments of one length that overlap, of which each is seen in part, fails as soon as it would be ready: it can never lock
// both of them, and the error names them.
func TestReadyToOverwriteWhatOverlaps(t *testing.T) {
	t.Parallel()
	const day, later = "2024-01-01T00:00:00.000Z/2024-01-02T00:00:00.000Z", "2024-01-01T12:00:00.000Z/2024-01-02T12:00:00.000Z"
	here := newCluster(t)
	here.publish("wiki", replay.Ready{Segments: []string{day + " 2022 0", later + " 2023 0"}})
	compact := here.submit(`{"type":"compact","id":"c","dataSource":"wiki","ioConfig":{"inputSpec":{"type":"interval","interval":"2024-01-01/2024-01-03"}},"context":{"forceTimeChunkLock":false}}`)
	got, err := here.becomes(compact)
	var wrong *druid.Error
	if !errors.As(err, &wrong) || !strings.Contains(err.Error(), day) || !strings.Contains(err.Error(), later) {
		t.Errorf("it %s, %v", got, err)
	}
}

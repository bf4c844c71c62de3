package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/clock"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite/sqlitetest"
	"ovate/internal/queue"
	"ovate/internal/runner"
	"ovate/internal/surface"
	"ovate/internal/task"
)

// idle is a runner that keeps tasks pending and tells of each that came.
type idle struct {
	queue.Runner
	events runner.Events
	came   chan string
}

func (r *idle) Start(events runner.Events) error { r.events = events; return nil }
func (r *idle) Stop()                            {}
func (r *idle) Run(a runner.Assignment) (bool, error) {
	r.came <- a.ID()
	return false, nil
}

// known is what a test knows of a task.
type known struct {
	id, source, typ, state string
	created                druid.Instant
}

const (
	minute = druid.Instant(60_000)
	noon   = druid.Instant(1_795_435_200_000) // 2026-11-23T12:00:00Z
)

// populated is a real queue on a real store, with tasks of two data sources and two types in every state, a minute
// apart. Of the complete ones some are older than the day after which they are no longer listed by themselves.
func populated(t *testing.T) (*queue.Queue, []known) {
	store := sqlitetest.Open(t)
	var wall atomic.Int64
	wall.Store(int64(noon))
	idle := &idle{came: make(chan string, 100)}
	q := queue.New(queue.Options{
		Store: store, Runner: idle, Log: slog.New(slog.DiscardHandler), Clock: clock.New(func() druid.Instant { return druid.Instant(wall.Load()) }), RecentlyFinished: 24 * time.Hour,
	})
	var tasks []known
	describe := func(i int, created druid.Instant, state string) known {
		k := known{id: fmt.Sprintf("%s_%02d", state, i), source: []string{"a", "b"}[i/2%2], typ: []string{"noop", "kill"}[i%2], state: state, created: created}
		tasks = append(tasks, k)
		return k
	}
	err := store.Update(t.Context(), func(tx metadata.Tx) error {
		var errs []error
		for i := range 40 {
			k := describe(i, noon-druid.Instant(i*48)*minute, "complete")
			errs = append(errs, tx.InsertTasks(&metadata.TaskRow{
				ID: k.id, GroupID: k.id, Type: k.typ, DataSource: k.source, Created: k.created, Payload: []byte(`{"type":"noop"}`),
				Status: druid.TaskStatus{ID: k.id, State: druid.Success, Location: druid.UnknownLocation},
			}))
		}
		return errors.Join(errs...)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(q.Stop)

	locked := map[string]bool{} // a data source in which a kill task has the lock that others wait for
	for i := range 24 {
		state := "pending"
		if i%2 == 1 && locked[[]string{"a", "b"}[i/2%2]] {
			state = "waiting"
		} else if i%3 == 0 {
			state = "running"
		}
		now := noon + druid.Instant(i)*minute
		wall.Store(int64(now))
		k := describe(i, now, state)
		made, err := task.Decode(fmt.Appendf(nil, `{"type":%q,"id":%q,"dataSource":%q,"interval":"2020/2021"}`, k.typ, k.id, k.source), now)
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Add(t.Context(), made); err != nil {
			t.Fatal(err)
		}
		if state != "waiting" {
			<-idle.came
		}
		if state == "running" {
			idle.events.Running(k.id, druid.TaskLocation{Host: "localhost", Port: 8100, TLSPort: -1})
		}
		locked[k.source] = locked[k.source] || k.typ == "kill"
	}
	return q, tasks
}

// TestEveryCombinationOfFilters compares lists with what a plain reading of the documentation gives.
func TestEveryCombinationOfFilters(t *testing.T) {
	t.Parallel()
	q, tasks := populated(t)
	h := sentBy(auth.Everybody(), New(Options{Server: surface.Server{Log: slog.New(slog.DiscardHandler)}, Engine: leads(Engine{Tasks: q, Locks: q.Locks()})}))
	rapid.Check(t, func(rt *rapid.T) {
		filters := url.Values{}
		set := func(name, value string) {
			if value != "" {
				filters.Set(name, value)
			}
		}
		state := rapid.SampledFrom([]string{"", "waiting", "pending", "running", "complete"}).Draw(rt, "state")
		source := rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(rt, "datasource")
		typ := rapid.SampledFrom([]string{"", "noop", "kill", "index"}).Draw(rt, "type")
		most := rapid.SampledFrom([]string{"", "0", "1", "3", "1000"}).Draw(rt, "max")
		path := base + "/tasks"
		if state != "" && rapid.Bool().Draw(rt, "shorthand") {
			path = base + "/" + state + "Tasks"
		} else {
			set("state", state)
		}
		set("datasource", source)
		set("type", typ)
		set("max", most)
		var created *druid.Interval
		if rapid.Bool().Draw(rt, "created") {
			start := noon + druid.Instant(rapid.IntRange(-2000, 30).Draw(rt, "start"))*minute
			created = &druid.Interval{Start: start, End: start + druid.Instant(rapid.IntRange(0, 2000).Draw(rt, "minutes"))*minute}
			set("createdTimeInterval", strings.ReplaceAll(created.String(), "/", "_"))
		}

		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path+"?"+filters.Encode(), nil))
		var answer []struct{ ID string }
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			rt.Fatalf("%d %s: %v", w.Code, w.Body, err)
		}
		var got []string
		for _, a := range answer {
			got = append(got, a.ID)
		}
		if want := listed(tasks, state, source, typ, created, most); !slices.Equal(got, want) {
			rt.Errorf("%s?%s\ngot  %v\nwant %v", path, filters.Encode(), got, want)
		}
	})
}

// listed is the model: complete tasks, newest first, then active ones, oldest first.
func listed(tasks []known, state, source, typ string, created *druid.Interval, most string) (ids []string) {
	var complete, active []known
	for _, k := range tasks {
		switch {
		case state != "" && state != k.state, source != "" && source != k.source, typ != "" && typ != k.typ, created != nil && !created.Contains(k.created):
		case k.state != "complete":
			active = append(active, k)
		case created != nil || k.created >= noon+23*minute-24*60*minute:
			complete = append(complete, k)
		}
	}
	slices.SortFunc(complete, func(a, b known) int { return cmp.Compare(b.created, a.created) })
	slices.SortFunc(active, func(a, b known) int { return cmp.Compare(a.created, b.created) })
	if n, err := strconv.Atoi(most); err == nil && n < len(complete) {
		complete = complete[:n]
	}
	for _, k := range append(complete, active...) {
		ids = append(ids, k.id)
	}
	return ids
}

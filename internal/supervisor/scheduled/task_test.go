package scheduled_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"ovate/druid"
	"ovate/internal/queue"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/scheduled"
	"ovate/internal/task"
)

// A task that is due while the last one runs is left out, or runs beside it if that is wanted; hours are those of a zone.
func TestTasks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, task.Places{})
		w.submit(`{"type":"ovate_scheduled_task","id":"one","task":{"type":"noop","dataSource":"wiki"},"schedulerConfig":{"type":"unix","schedule":"@hourly"}}`)
		w.submit(`{"type":"ovate_scheduled_task","id":"all","overlap":"allow","task":{"type":"noop","dataSource":"wiki"},"schedulerConfig":{"type":"unix","schedule":"@hourly"}}`)
		w.submit(`{"type":"ovate_scheduled_task","id":"one_20000101T000000Z","timeZone":"Asia/Kolkata","task":{"type":"noop","dataSource":"wiki"},"schedulerConfig":{"type":"unix","schedule":"0 7 * * *"}}`)
		w.pass("03:00:01")
		want := []string{"all_20000101T010000Z", "all_20000101T020000Z", "all_20000101T030000Z", "one_20000101T000000Z_20000101T013000Z", "one_20000101T010000Z"}
		if active := w.active("noop"); !slices.Equal(active, want) {
			t.Errorf("there are the tasks %q, want %q", active, want)
		}
		if err := w.queue.Succeed(t.Context(), "one_20000101T010000Z", ""); err != nil {
			t.Fatal(err)
		}
		w.pass("05:00:01")
		if active := w.active("noop"); !slices.Contains(active, "one_20000101T040000Z") || slices.Contains(active, "one_20000101T050000Z") {
			t.Errorf("there are the tasks %q", active)
		}
	})
}

// Who may write to another data source can have a task under the id that one of a schedule is to get, which can be told beforehand: that keeps nothing from being
// submitted, and who leads next knows it. A task that has both ids makes the schedule unhealthy, and not silent.
func TestIDsOfOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, task.Places{Workers: true})
		w.submit(`{"type":"ovate_scheduled_task","id":"one","overlap":"allow","task":{"type":"noop","dataSource":"wiki"},"schedulerConfig":{"type":"unix","schedule":"@hourly"}}`)
		w.submit(hourly)
		other := func(id string) {
			t.Helper()
			taken, err := w.places.Decode([]byte(`{"type":"noop","dataSource":"other","id":"`+id+`"}`), druid.Now(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.queue.Add(t.Context(), taken); err != nil {
				t.Fatal(err)
			}
		}
		own := func() (ids []string) {
			t.Helper()
			for _, typ := range []string{"noop", "query_controller"} {
				for _, id := range w.active(typ) {
					if status, err := w.queue.Status(t.Context(), id); err != nil || status.DataSource == "wiki" {
						ids = append(ids, id)
					}
				}
			}
			return ids
		}
		other("one_20000101T010000Z")
		other("query-wiki-hourly_20000101T010000Z")
		w.pass("01:00:01")
		got := own()
		if len(got) != 2 || !strings.HasPrefix(got[0], "one_20000101T010000Z_") || !strings.HasPrefix(got[1], "query-wiki-hourly_20000101T010000Z_") {
			t.Errorf("there are the tasks %q", got)
		}
		w.end()
		w.lead(func() druid.Instant { return druid.Now() - 30_000 }) // by which it is due once more
		w.pass("01:01:00")
		if again := own(); !slices.Equal(again, got) {
			t.Errorf("there are the tasks %q, and were %q", again, got)
		}
		for _, id := range []string{"one", "wiki-hourly"} {
			s, err := w.manager.Get(id)
			if err != nil {
				t.Fatal(err)
			}
			if status, err := s.AtWork.Status(t.Context()); err != nil || !s.State.Stage.Healthy() || !strings.Contains(string(status), `"totalSubmittedTasks":1,`) {
				t.Errorf("%s is %+v, and tells %s, %v", id, s.State, status, err)
			}
		}
		if len(got) == 2 {
			_, word, _ := strings.Cut(got[0], "010000Z")
			other("one_20000101T020000Z")
			other("one_20000101T020000Z" + word)
			w.pass("02:01:00")
			if s, err := w.manager.Get("one"); err != nil || !strings.Contains(s.State.Why, "a task of another data source has its id") {
				t.Errorf("it is %+v, %v", s.State, err)
			}
		}
	})
}

// What is wrong with a spec is told by its field.
func TestTasksRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, task.Places{})
		const at = `,"schedulerConfig":{"type":"unix","schedule":"@hourly"}`
		for members, want := range map[string]string{
			`"task":{"type":"noop","dataSource":"wiki"}`:                                                           "Field [schedulerConfig] is missing",
			`"id":"` + strings.Repeat("ü", 233) + `","task":{"type":"noop","dataSource":"wiki"}` + at:              "Field [id] has 233 characters, but at most 215 are possible",
			`"task":{"type":"noop"}` + at:                                                                          "Field [task.dataSource] is missing",
			`"task":{"dataSource":"wiki"}` + at:                                                                    "Field [task.type] must be the type of the task",
			`"task":{"type":"noop","dataSource":"wiki","id":"x"}` + at:                                             `Field [task.id] is "x", but must be missing`,
			`"task":{"type":"noop","dataSource":"wiki"},"overlap":"replace"` + at:                                  "Field [overlap] is [replace], but must be [skip]",
			`"task":{"type":"index","dataSource":"wiki","spec":{}}` + at:                                           "Field [task] is no task that can be run",
			`"task":{"type":"noop","dataSource":"wiki"},"dataSource":"mine"` + at:                                  "Field [dataSource] must be missing, or [wiki] as in the task",
			`"task":{"type":"noop","dataSource":"wiki"},"dataSource":5` + at:                                       "dataSource",
			`"task":{"type":"noop","dataSource":"wiki"},"timezone":"UTC"` + at:                                     "Field [timezone] is unknown: a supervisor of type [ovate_scheduled_task] has type, id, suspended,",
			`"task":{"type":"odd","dataSource":"wiki"}` + at:                                                       "Field [task] is no task that can be run: could not resolve type id 'odd'",
			`"task":{"type":"noop","dataSource":"wiki","context":{"a":"` + strings.Repeat("x", 4<<20) + `"}}` + at: "Field [task.context] must have at most 4194304 bytes of JSON, but has 4194312",
		} {
			_, err := w.manager.Submit(t.Context(), []byte(`{"type":"ovate_scheduled_task",`+members+`}`), false)
			if refused := (*supervisor.Refusal)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v\nwant %s", members, err, want)
			}
		}
	})
}

// A task that would be refused each time that it is due, as it is too large or asks for what is not allowed, is refused when its schedule is handed in.
func TestTaskThatIsNotAccepted(t *testing.T) {
	t.Parallel()
	kind := scheduled.Tasks(task.Places{}, nil, (&queue.Options{MaxPayload: 500}).Check)
	for context, want := range map[string]string{
		`"x":"a"`:                                "",
		`"x":"` + strings.Repeat("a", 500) + `"`: "druid.indexer.queue.maxTaskPayloadSize allows 500",
		`"ovateQueuePriority":5000`:              "context.ovateQueuePriority: must be a whole number from -1000 to 1000",
	} {
		payload := `{"type":"ovate_scheduled_task","id":"one","task":{"type":"noop","dataSource":"wiki","context":{` + context + `}},"schedulerConfig":{"type":"unix","schedule":"@hourly"}}`
		err := kind.Check(&supervisor.Spec{ID: "one", Type: supervisor.ScheduledTask, DataSource: "wiki", Payload: []byte(payload)})
		if refused, is := errors.AsType[*supervisor.Refusal](err); is != (want != "") || is && !strings.Contains(refused.Error(), want) {
			t.Errorf("%.40s: %v, want %q", context, err, want)
		}
	}
}

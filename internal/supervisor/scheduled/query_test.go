package scheduled_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"ovate/druid"
	"ovate/internal/broker"
	"ovate/internal/supervisor"
	"ovate/internal/task"
)

// hourly is a spec as Druid stores it.
const hourly = `{"type":"scheduled_batch","spec":{"query":"REPLACE INTO wiki …","resultFormat":null,"header":false,"typesHeader":false,"sqlTypesHeader":false,"context":{"maxNumTasks":3},` +
	`"parameters":null},"schedulerConfig":{"type":"unix","schedule":"@hourly"},"suspended":false,"id":"wiki-hourly","dataSource":"wiki"}`

// A Broker is asked for the data source, and then, each time that it is due, to make a task of the query; the status tells of these what Druid's does.
func TestQueries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, task.Places{Workers: true})
		s := w.submit(`{"type":"scheduled_batch","id":"wiki-hourly","spec":{"query":"REPLACE INTO wiki …","context":{"maxNumTasks":3}},"schedulerConfig":{"type":"unix","schedule":"@hourly"}}`)
		if !strings.HasSuffix(string(s.Spec), `,"dataSource":"wiki"}`) || s.DataSource != "wiki" {
			t.Errorf("the spec is stored as %s", s.Spec)
		}
		w.expect("wiki-hourly", supervisor.Running, `"supervisorId":"wiki-hourly","lastTaskSubmittedTime":null,"nextTaskSubmissionTime":"2000-01-01T01:00:00.000Z",`+
			`"taskReport":{"totalSubmittedTasks":0,"totalSuccessfulTasks":0,"totalFailedTasks":0,"recentTasks":[]}`)
		w.pass("02:00:00")
		tasks := []string{"query-wiki-hourly_20000101T010000Z", "query-wiki-hourly_20000101T020000Z"}
		if active := w.active("query_controller"); !slices.Equal(active, tasks) {
			t.Errorf("there are the tasks %q", active)
		}
		want := []string{
			`/druid/v2/sql/task/ {"query":"EXPLAIN PLAN FOR REPLACE INTO wiki …"}`,
			`/druid/v2/sql/task/ {"context":{"maxNumTasks":3,"sqlQueryId":"wiki-hourly_20000101T010000Z"},"query":"REPLACE INTO wiki …"}`,
			`/druid/v2/sql/task/ {"context":{"maxNumTasks":3,"sqlQueryId":"wiki-hourly_20000101T020000Z"},"query":"REPLACE INTO wiki …"}`,
		}
		if asked := w.questions(); !slices.Equal(asked, want) {
			t.Errorf("a Broker was asked\n%s\nwant\n%s", strings.Join(asked, "\n"), strings.Join(want, "\n"))
		}
		if err := errors.Join(w.queue.Succeed(t.Context(), tasks[0], ""), w.queue.Shutdown(t.Context(), tasks[1], "it is enough")); err != nil {
			t.Fatal(err)
		}
		w.pass("02:30:00")
		const place = `"location":{"host":null,"port":-1,"tlsPort":-1}}`
		w.expect("wiki-hourly", supervisor.Running, `"supervisorId":"wiki-hourly","lastTaskSubmittedTime":"2000-01-01T02:00:00.000Z","nextTaskSubmissionTime":"2000-01-01T03:00:00.000Z",`+
			`"taskReport":{"totalSubmittedTasks":2,"totalSuccessfulTasks":1,"totalFailedTasks":1,"recentTasks":[`+
			`{"taskStatus":{"id":"query-wiki-hourly_20000101T010000Z","status":"SUCCESS","duration":-1,"errorMsg":null,`+place+`,"updatedTime":"2000-01-01T02:00:00.000Z"},`+
			`{"taskStatus":{"id":"query-wiki-hourly_20000101T020000Z","status":"FAILED","duration":-1,"errorMsg":"it is enough",`+place+`,"updatedTime":"2000-01-01T02:00:00.000Z"}]}`)
		if _, err := w.manager.Suspend(t.Context(), "wiki-hourly", true); err != nil {
			t.Fatal(err)
		}
		w.pass("05:30:00")
		if asked := w.questions(); len(asked) > 0 {
			t.Errorf("one that rests asks %q", asked)
		}
		w.expect("wiki-hourly", supervisor.Suspended, `"supervisorId":"wiki-hourly","lastTaskSubmittedTime":null,"nextTaskSubmissionTime":null,`+
			`"taskReport":{"totalSubmittedTasks":0,"totalSuccessfulTasks":0,"totalFailedTasks":0,"recentTasks":[]}`)
	})
}

// What is due while nobody leads is passed over. A leader whose clock is behind that of the one before submits nothing twice, and tells of what it finds.
func TestNextLeader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, task.Places{Workers: true})
		w.submit(hourly)
		w.pass("01:00:01")
		w.end()
		w.pass("03:30:00")
		w.lead(druid.Now)
		w.pass("04:00:01")
		w.end()
		w.lead(func() druid.Instant { return druid.Now() - 30_000 })
		w.pass("04:01:00") // which is 4:00:30 by that clock
		if asked := len(w.questions()); asked != 2 {
			t.Errorf("a Broker was asked %d times", asked)
		}
		tasks := []string{"query-wiki-hourly_20000101T010000Z", "query-wiki-hourly_20000101T040000Z"}
		if active := w.active("query_controller"); !slices.Equal(active, tasks) {
			t.Errorf("there are the tasks %q", active)
		}
		s, err := w.manager.Get("wiki-hourly")
		if err != nil {
			t.Fatal(err)
		}
		status, err := s.AtWork.Status(t.Context())
		if err != nil || s.State.Stage != supervisor.Running || !strings.Contains(string(status), `"totalSubmittedTasks":2,`) {
			t.Errorf("it is %+v, and tells %s, %v", s.State, status, err)
		}
	})
}

// Where the machine's clock was wrong, and is set back, schedules go by it again within a minute. What was due by the wrong one is not submitted again.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ahead atomic.Int64 // of the machine's clock, in milliseconds
		ahead.Store((6 * time.Hour).Milliseconds())
		w := newWorld(t, task.Places{Workers: true})
		w.end()
		w.lead(func() druid.Instant { return druid.Now() + druid.Instant(ahead.Load()) })
		w.submit(hourly)
		// By the wrong clock this one is past for this year.
		w.submit(`{"type":"ovate_scheduled_task","id":"yearly","task":{"type":"noop","dataSource":"wiki"},"schedulerConfig":{"type":"quartz","schedule":"0 15 5 1 1 ?"}}`)
		w.pass("01:00:30") // which is 7:00:30
		ahead.Store(0)
		w.pass("01:01:30")
		for id, next := range map[string]string{"wiki-hourly": "2000-01-01T02:00:00.000Z", "yearly": "2000-01-01T05:15:00.000Z"} {
			s, err := w.manager.Get(id)
			if err != nil {
				t.Fatal(err)
			}
			if status, err := s.AtWork.Status(t.Context()); err != nil || !strings.Contains(string(status), `"nextTaskSubmissionTime":"`+next+`"`) {
				t.Errorf("the status is %s, %v", status, err)
			}
		}
		w.pass("08:10:00")
		var want, queries []string
		for _, hour := range []string{"07", "02", "03", "04", "05", "06", "08"} {
			want = append(want, "query-wiki-hourly_20000101T"+hour+"0000Z")
		}
		for _, asked := range w.questions() {
			if _, id, is := strings.Cut(asked, `"sqlQueryId":"`); is {
				id, _, _ = strings.Cut(id, `"`)
				queries = append(queries, "query-"+id)
			}
		}
		if !slices.Equal(queries, want) {
			t.Errorf("a Broker was asked for %q, want %q", queries, want)
		}
		if active := w.active("noop"); !slices.Equal(active, []string{"yearly_20000101T051500Z"}) {
			t.Errorf("there are the tasks %q", active)
		}
	})
}

// What a Broker does not do is told, and passed over; the next time is another one. An answer that got lost does not matter.
func TestBrokerFaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, task.Places{Workers: true})
		w.submit(hourly)
		hour := func(until string, answer func() (int, string, error), why string) {
			t.Helper()
			w.says(answer)
			w.pass(until)
			s, err := w.manager.Get("wiki-hourly")
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(s.State.Why, why) || s.State.Stage.Healthy() != (why == "") {
				t.Errorf("%s: it is %s, %q, want %q", until, s.State.Word(), s.State.Why, why)
			}
		}
		says := func(status int, text string) func() (int, string, error) {
			return func() (int, string, error) { return status, text, nil }
		}
		hour("01:10:00", says(400, `{"error":"no such column"}`), `What was due at 2000-01-01T01:00:00.000Z could not be submitted, and is passed over: a Broker has refused the query with status 400: {"error":"no such column"}`)
		hour("02:10:00", func() (int, string, error) { return 0, "", broker.ErrNone }, "no Broker is known")
		hour("03:10:00", says(200, `[]`), "without the id of a task: []")
		hour("04:10:00", says(200, `{"taskId":"query-x","state":"FAILED","error":{"errorMessage":"bad"}}`), `has not submitted task query-x: {"errorMessage":"bad"}`)
		hour("05:10:00", nil, "")
		w.mu.Lock()
		w.lost = true
		w.mu.Unlock()
		hour("06:10:00", nil, "")
		want := []string{"wiki-hourly false", "wiki-hourly false", "wiki-hourly false", "wiki-hourly false", "wiki-hourly true", "wiki-hourly true"}
		if counts := slices.Clone(w.counts); !slices.Equal(counts, want) {
			t.Errorf("counted is %q", counts)
		}
		if active := w.active("query_controller"); len(active) != 2 {
			t.Errorf("there are the tasks %q", active)
		}
	})
}

// A Broker may send back what it was sent: no secret of it is told, in a status or in a log.
func TestBrokerTellsSecrets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, task.Places{Workers: true})
		const query = `REPLACE INTO wiki SELECT * FROM TABLE(EXTERN('{\"uris\":[\"http://me:hunter2@h/x\"],\"httpAuthenticationPassword\":\"hunter3\"}'))`
		s := w.submit(`{"type":"scheduled_batch","id":"wiki-hourly","dataSource":"wiki","schedulerConfig":{"type":"unix","schedule":"@hourly"},"spec":{"query":"` + query + `","context":{"apiToken":"s3cret"}}}`)
		echo := func(status int, before, after string) func() (int, string, error) {
			return func() (int, string, error) { return status, before + "s3cret, " + query + after, nil }
		}
		told := string(s.Spec)
		for i, answer := range []func() (int, string, error){
			echo(400, "", ""), echo(400, strings.Repeat("x", 1021), ""), echo(200, `{"taskId":"t","error":"`, `"}`), echo(200, "", ""),
		} {
			w.says(answer)
			w.pass(fmt.Sprintf("%02d:10:00", i+1))
			now, err := w.manager.Get("wiki-hourly")
			if err != nil {
				t.Fatal(err)
			}
			if now.State.Why == "" {
				t.Errorf("answer %d is none of an error", i)
			}
			told += now.State.Why
		}
		told += w.log.String()
		for _, secret := range []string{"hunter2", "hunter3", "s3cret"} {
			if strings.Contains(told, secret[:3]) { // also if it was cut
				t.Errorf("%s is in\n%s", secret, told)
			}
		}
	})
}

// What is wrong with a spec is told by its field, before anybody is asked; if nobody can be asked that is no fault of the spec.
func TestQueriesRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, task.Places{Workers: true})
		const query, at = `"spec":{"query":"REPLACE INTO wiki …"}`, `"schedulerConfig":{"type":"unix","schedule":"@hourly"}`
		for _, c := range []struct {
			members string
			status  int
			answer  string
			want    string
		}{
			{query, 0, "", "Field [schedulerConfig] is missing"},
			{query + `,"schedulerConfig":{"type":"cron","schedule":"@hourly"}`, 0, "", "Field [schedulerConfig.type] is [cron], but must be [unix] or [quartz]"},
			{query + `,"schedulerConfig":{"type":"unix","schedule":"61 * * * *"}`, 0, "", "Field [schedulerConfig.schedule] is [61 * * * *] of type [unix]: its minute is [61], where 61 is none of its values"},
			{query + `,"schedulerConfig":{"type":"quartz","schedule":"0 0 22-2 * * ?"}`, 0, "", "its hour has [22-2], which Druid takes for 22 alone"},
			{query + `,"schedulerConfig":{"type":"quartz","schedule":"0 0 0 1 1 ? 1999"}`, 0, "", "is never due"},
			{query + `,"overlap":"skip",` + at, 0, "", `Field [overlap] is "skip", but must be missing`},
			{query + `,"schedulerConfig":{"type":"unix","schedule":"@hourly","timeZone":"Asia/Tokyo"}`, 0, "", `Field [schedulerConfig.timeZone] is "Asia/Tokyo", but must be beside`},
			{query + `,"timeZone":"localtime",` + at, 0, "", "Field [timeZone] is [localtime], but must name a zone"},
			{query + `,"timeZone":"Mars",` + at, 0, "", "Field [timeZone] is [Mars]"},
			{at, 0, "", "Field [spec.query] must be a query of SQL"},
			{`"spec":{"query":"q","context":[]},` + at, 0, "", "Field [spec.context] must be an object"},
			{query + "," + at, 400, "no table", "Field [spec.query] cannot be planned: a Broker has refused the query with status 400: no table"},
			{query + "," + at, 200, `[{"ATTRIBUTES":"{\"statementType\":\"SELECT\"}"}]`, "SELECT queries are not supported by the [scheduled_batch] supervisor"},
		} {
			w.says(func() (int, string, error) { return c.status, c.answer, nil })
			_, err := w.manager.Submit(t.Context(), []byte(`{"type":"scheduled_batch",`+c.members+`}`), false)
			asked := w.questions()
			if refused := (*supervisor.Refusal)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), c.want) || (len(asked) > 0) != (c.status > 0) {
				t.Errorf("%s: %v, asked %q\nwant %s", c.members, err, asked, c.want)
			}
		}
		for want, says := range map[string]func() (int, string, error){
			"may give it as the field [dataSource]": func() (int, string, error) { return 0, "", broker.ErrNone },
			"a Broker has nothing at /druid/v2/sql/task/ (status 405): load the extension druid-multi-stage-query": func() (int, string, error) { return 405, "", nil },
			"a Broker has refused the query with status 401: no":                                                   func() (int, string, error) { return 401, "no", nil },
			"a Broker has refused the query with status 307":                                                       func() (int, string, error) { return 307, "", nil },
			"does not tell what it does: []":                                                                       func() (int, string, error) { return 200, "[]", nil },
		} {
			w.says(says)
			_, err := w.manager.Submit(t.Context(), []byte(`{"type":"scheduled_batch",`+query+`,`+at+`}`), false)
			if silent := (*druid.Error)(nil); !errors.As(err, &silent) || silent.HTTPStatus() != 503 || !strings.Contains(err.Error(), want) {
				t.Errorf("without a Broker that takes queries: %v, want %s", err, want)
			}
		}
		if all := w.manager.All(); len(all) > 0 {
			t.Errorf("there are %v", all)
		}
	})
}

// A spec is submitted for the data source that its query writes to, whatever it names: else who may write to one would have others replaced.
func TestTargetIsAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, task.Places{Workers: true}) // whose Broker says wiki
		spec := func(named string) []byte {
			return []byte(`{"type":"scheduled_batch","id":"x",` + named + `"spec":{"query":"REPLACE INTO wiki …"},"schedulerConfig":{"type":"unix","schedule":"@hourly"}}`)
		}
		for _, named := range []string{"", `"dataSource":"wiki",`} {
			target, err := w.manager.Target(t.Context(), spec(named))
			if asked := w.questions(); err != nil || target.ID != "x" || target.DataSource != "wiki" || len(asked) != 1 {
				t.Errorf("%s: %+v, %v; asked %q", named, target, err, asked)
			}
		}
		_, err := w.manager.Target(t.Context(), spec(`"dataSource":"mine",`))
		if refused := (*supervisor.Refusal)(nil); !errors.As(err, &refused) || !strings.Contains(err.Error(), "[dataSource] is [mine], but the query writes to [wiki]") {
			t.Errorf("another one: %v", err)
		}
		w.says(func() (int, string, error) { return 0, "", broker.ErrNone })
		_, err = w.manager.Target(t.Context(), spec(`"dataSource":"mine",`))
		if silent := (*druid.Error)(nil); !errors.As(err, &silent) || silent.HTTPStatus() != 503 {
			t.Errorf("without a Broker: %v", err)
		}
	})
}

package apptest

import (
	"database/sql"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/metadata/sqldb/sqldbtest"
)

// TestDatabaseServerWaits: with its metadata in a database server a server keeps what waits there, sealed: submissions that come after others, at a time or once more, a schedule, and
// what a webhook is still to be told. When it was killed the next one goes on with all of it.
func TestDatabaseServerWaits(t *testing.T) {
	t.Parallel()
	for kind, begin := range map[string]func(testing.TB) *sqldbtest.Server{"postgresql": sqldbtest.PostgreSQL, "mysql": sqldbtest.MariaDB} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			database, dir := begin(t), t.TempDir()
			key, err := says(t, "secrets", "key")
			file := filepath.Join(dir, "store.key")
			if err := errors.Join(err, os.WriteFile(file, []byte(key), 0o600)); err != nil {
				t.Fatal(err)
			}
			dir = filepath.Join(dir, "data")
			with := append(properties(database, kind), "ovate.store.keyFile="+file, "ovate.webhooks.allowPrivate=true")
			told := &heard{events: map[string][]string{}, refused: map[string]int{}}
			receiver := httptest.NewServer(told)
			defer receiver.Close()

			s := start(t, dir, with...)
			if _, err := s.Client.CreateWebhook(t.Context(), client.Webhook{URL: receiver.URL, Secret: hushed}); err != nil {
				t.Fatal(err)
			}
			s.submit(t, noop("runs", quiet, 3_600_000))
			hand := func(id string, r client.SubmissionRequest) {
				t.Helper()
				if r.Task == nil {
					r.Task = encode(t, noop(id, quiet, 1))
				}
				if _, err := s.Client.SubmitWith(t.Context(), "", r); err != nil {
					t.Fatal(err)
				}
			}
			far := druid.Now() + 1_000_000_000
			hand("next", client.SubmissionRequest{After: []string{"runs"}, OnFailure: "run"})
			hand("last", client.SubmissionRequest{After: []string{"next"}})
			hand("far", client.SubmissionRequest{NotBefore: &far, Task: []byte(`{"type":"index_parallel","id":"far","spec":{"dataSchema":{"dataSource":"d","timestampSpec":{"column":"t"},"dimensionsSpec":{}},"ioConfig":{"type":"index_parallel",` +
				`"inputSource":{"type":"http","uris":["http://127.0.0.1:1/x"],"httpAuthenticationUsername":"me","httpAuthenticationPassword":"` + hushed + `"},"inputFormat":{"type":"json"}}}}`)})
			hand("bad", client.SubmissionRequest{Retry: &client.Retry{MaxAttempts: 3, Backoff: "PT0.5S"}, Task: []byte(`{"type":"index_parallel","id":"bad","spec":{"dataSchema":{"dataSource":"d","timestampSpec":{"column":"t"},"dimensionsSpec":{}},` +
				`"ioConfig":{"type":"index_parallel","inputSource":{"type":"inline","data":"{\"t\":\"none\"}"},"inputFormat":{"type":"json"}},"tuningConfig":{"type":"index_parallel","maxParseExceptions":0}}}`)})
			if _, err := s.Client.CreateSchedule(t.Context(), client.ScheduleRequest{ID: "nightly", Cron: "0 3 1 1 *", Task: []byte(`{"type":"noop","dataSource":"d","runTime":1}`)}); err != nil {
				t.Fatal(err)
			}
			s.kill(t)
			hushedIn(t, database)

			s = start(t, dir, with...)
			s.expectStates(t, map[string]string{"runs": "running"})
			is := func(id, state string) bool {
				got, err := s.Client.Submission(t.Context(), id)
				return err == nil && got.State == state
			}
			if !is("next", "WAITING") || !is("last", "WAITING") || !is("far", "WAITING") {
				t.Error("a submission does not wait any more")
			}
			if err := s.Shutdown(t.Context(), "runs"); err != nil {
				t.Fatal(err)
			}
			run, err := s.Client.RunSchedule(t.Context(), "nightly")
			if err != nil {
				t.Fatal(err)
			}
			for id, end := range map[string]string{"next": "SUCCESS", "last": "SUCCESS", "bad": "FAILED"} {
				eventually(t, id+" ends", func() bool { return is(id, end) })
			}
			for task, end := range map[string]string{"runs": "failed", "next": "succeeded", "last": "succeeded", "bad": "failed", "bad_attempt2": "failed", "bad_attempt3": "failed", run: "succeeded"} {
				eventually(t, "task "+task+" is told", func() bool { return told.wrong(task, end) == "" })
			}
			if got, err := s.Client.CancelSubmission(t.Context(), "far", ""); err != nil || got.State != "FAILED" {
				t.Errorf("cancelled: %+v, %v", got, err)
			}
			ended, err := s.Client.Submissions(t.Context(), true, 10, "")
			if err != nil || len(ended.Submissions) != 4 {
				t.Errorf("submissions that have ended: %+v, %v", ended, err)
			}
			if err := s.Client.RemoveSchedule(t.Context(), "nightly"); err != nil {
				t.Error(err)
			}
			s.terminate(t)
			hushedIn(t, database)
		})
	}
}

// hushed is a secret that no row may have.
const hushed = "hush-4711-hush-4711"

// hushedIn fails if the rows of a database have the secret, or nothing that is sealed.
func hushedIn(t *testing.T, database *sqldbtest.Server) {
	t.Helper()
	db, err := sql.Open(database.DriverName, database.DSN)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	sealed := 0
	for _, from := range []string{"payload FROM druid_ovateRecords", "payload FROM druid_tasks", "payload FROM druid_supervisors", "payload FROM druid_audit"} {
		rows, err := db.QueryContext(t.Context(), "SELECT "+from)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var payload string
			if err := rows.Scan(&payload); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(payload, hushed) {
				t.Errorf("the secret is in %s: %s", from, payload)
			}
			if strings.Contains(payload, `"ovate:sealed:`) {
				sealed++
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if sealed == 0 {
		t.Error("nothing is sealed")
	}
}

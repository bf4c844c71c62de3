package v1_test

import (
	"strings"
	"testing"
)

// TestSchedules: a schedule is made, told with its next times, paused, resumed, run at once and removed; it is the supervisor that Druid's surface has.
func TestSchedules(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const body = `{"id":"nightly","cron":"30 2 1 1 *","timeZone":"Europe/Berlin","task":{"type":"noop","dataSource":"d","runTime":600000}}`
	type schedule struct {
		ID, DataSource, Cron, Format, TimeZone, By string
		Paused                                     bool
		Next                                       []string
	}
	got := decode[schedule](t, s.expect(201, "", "POST", "/api/v1/schedules", body))
	if got.ID != "nightly" || got.Format != "unix" || got.DataSource != "d" || got.By != "allowAll" || len(got.Next) != 5 || !strings.HasSuffix(got.Next[0], "-01-01T01:30:00.000Z") {
		t.Errorf("made: %+v", got)
	}
	s.expect(200, `{"schedules":[{"id":"nightly"`, "GET", "/api/v1/schedules", "")
	if druid := s.ask("GET", "/druid/indexer/v1/supervisor/nightly", ""); !strings.Contains(druid.body, "ovate_scheduled_task") {
		t.Errorf("Druid's surface has %s", druid.body)
	}
	if got := decode[schedule](t, s.expect(200, "", "POST", "/api/v1/schedules/nightly/pause", "")); !got.Paused || len(got.Next) != 0 || got.DataSource != "d" {
		t.Errorf("paused: %+v", got)
	}
	s.expect(200, "", "POST", "/api/v1/schedules/nightly/pause", "")
	if got := decode[schedule](t, s.expect(200, "", "POST", "/api/v1/schedules/nightly/resume", "")); got.Paused || len(got.Next) != 5 || got.By != "allowAll" || got.DataSource != "d" {
		t.Errorf("resumed: %+v", got)
	}
	task := decode[struct{ ID string }](t, s.expect(201, `{"id":"nightly_`, "POST", "/api/v1/schedules/nightly/run", ""))
	s.wait(task.ID, "RUNNING")
	if got := s.expect(409, "", "POST", "/api/v1/schedules/nightly/run", ""); !strings.Contains(got.body, "has not ended") {
		t.Errorf("again: %s", got.body)
	}
	s.expect(204, "", "DELETE", "/api/v1/schedules/nightly", "")
	for _, path := range []string{"", "/pause", "/resume", "/run"} {
		method := "POST"
		if path == "" {
			method = "GET"
		}
		s.expect(404, "", method, "/api/v1/schedules/nightly"+path, "")
	}
	for wrong, pointer := range map[string]string{
		strings.Replace(body, "30 2 1 1 *", "often", 1): "/cron", strings.Replace(body, "30 2 1 1 *", "0 0 30 2 *", 1): "/cron", strings.Replace(body, "Europe/Berlin", "Mars", 1): "/timeZone",
		strings.Replace(body, `"runTime":600000`, `"runTime":"x"`, 1): "/task/runTime", strings.Replace(body, `"type":"noop"`, `"type":"noop","id":"own"`, 1): "/task/id",
		strings.Replace(body, `"task":`, `"overlap":"never","task":`, 1): "/overlap", strings.Replace(body, "nightly", strings.Repeat("x", 240), 1): "/id",
		`{"id":"x","cron":"@daily","format":"other","task":{"type":"noop","dataSource":"d"}}`: "/format", `{"id":"x","cron":"@daily"}`: "/task",
		`{"id":"x","cron":"@daily","task":{"type":"index","spec":{"dataSchema":{"dataSource":"d","timestampSpec":{"column":"t"},"dimensionsSpec":{}},"ioConfig":{"type":"index","inputSource":{"type":"http","uris":["https://example.com/a"],` +
			`"requestHeaders":{"a":"b"}},"inputFormat":{"type":"json"}}}}}`: "/task/spec/ioConfig/inputSource/requestHeaders",
	} {
		if got := s.expect(422, `{"type":"urn:ovate:problem:invalid-spec"`, "POST", "/api/v1/schedules", wrong); !strings.Contains(got.body, `"pointer":"`+pointer+`"`) || strings.Contains(got.body, "schedulerConfig.") {
			t.Errorf("%s: %s", wrong, got.body)
		}
	}
	s.wait(task.ID, "RUNNING")
}

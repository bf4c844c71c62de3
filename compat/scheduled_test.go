package compat

import "testing"

// scheduledFaults: no Broker is there.
func scheduledFaults(t *testing.T, s *server) {
	const id = "/supervisor/sql-often"
	expect(t, s.post(t, api+"/supervisor", `{"type":"scheduled_batch","spec":{"query":"q"},"schedulerConfig":{"type":"unix","schedule":"@daily"}}`), 503,
		`.*"errorMessage":"Which data source the query writes to only a Broker can tell: no Broker is known: .*`)
	expect(t, s.post(t, api+"/supervisor", `{"type":"scheduled_batch","id":"sql-often","dataSource":"wiki","spec":{"query":"REPLACE INTO wiki …"},"schedulerConfig":{"type":"quartz","schedule":"* * * * * ?"}}`), 200, `\{"id":"sql-often"\}`)
	s.waitFor(t, api+id+"/status", `no Broker is known`)
	expect(t, s.get(t, api+id+"/status"), 200, `\{"id":"sql-often",.*"payload":\{"dataSource":"wiki","supervisorId":"sql-often","lastTaskSubmittedTime":null,"nextTaskSubmissionTime":"[^"]*",`+
		`"taskReport":\{"totalSubmittedTasks":0,"totalSuccessfulTasks":0,"totalFailedTasks":0,"recentTasks":\[\]\},"suspended":false,"healthy":false,"state":"UNHEALTHY_SUPERVISOR",.*`)
	expect(t, s.post(t, api+id+"/suspend", ""), 200, `.*"suspended":true\}`)
	expect(t, s.get(t, api+id+"/status"), 200, `.*"nextTaskSubmissionTime":null,.*"state":"SUSPENDED",.*`)
	expect(t, s.post(t, api+id+"/terminate", ""), 200, `\{"id":"sql-often"\}`)
}

func misreadSchedules(t *testing.T, s *server) {
	for schedule, want := range map[string]string{
		"0 0 22-2 * * ?":      `its hour has \[22-2\], which Druid takes for 22 alone`,
		"0 0 0 L,15 * ?":      `its day of month has \[L\], which Druid takes for nothing where it is in a list`,
		"0 0 0 15W,20 * ?":    `its day of month has \[15W\], which Druid takes for 15 where it is in a list`,
		"0 0 0 ? * FRI-TUE/2": `its day of week is \[FRI-TUE/2\], which ends before it starts`,
		"0 0 0 1 1 ? 2020":    `is never due`,
	} {
		spec := `{"type":"scheduled_batch","dataSource":"wiki","spec":{"query":"REPLACE INTO wiki …"},"schedulerConfig":{"type":"quartz","schedule":"` + schedule + `"}}`
		expect(t, s.post(t, api+"/supervisor", spec), 400, `\{"error":"Field \[schedulerConfig\.schedule\] .*`+want+`.*"\}`)
	}
}

func scheduledTasks(t *testing.T, s *server) {
	const id = "/supervisor/noop-often"
	expect(t, s.post(t, api+"/supervisor", `{"type":"ovate_scheduled_task","id":"noop-often","timeZone":"Asia/Kolkata","task":{"type":"noop","dataSource":"often","runTime":1},"schedulerConfig":{"type":"quartz","schedule":"* * * * * ?"}}`), 200, `\{"id":"noop-often"\}`)
	s.waitFor(t, api+id+"/status", `"status":"SUCCESS"`)
	expect(t, s.get(t, api+id+"/status"), 200, `.*"recentTasks":\[\{"taskStatus":\{"id":"noop-often_\d{8}T\d{6}Z","status":"SUCCESS",.*`)
	expect(t, s.post(t, api+id+"/terminate", ""), 200, `\{"id":"noop-often"\}`)
}

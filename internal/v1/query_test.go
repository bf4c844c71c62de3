package v1_test

import (
	"strings"
	"testing"
)

// TestUnknownParameters: who misspells a parameter, or puts one where it does not belong, is told so, and nothing is done.
func TestUnknownParameters(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.expect(201, "", "POST", "/api/v1/tasks", `{"type":"noop","id":"stays","dataSource":"d","runTime":600000}`)
	for request, body := range map[string]string{
		"DELETE /api/v1/orphans?befor=2020-01-01T00:00:00Z": "", "POST /api/v1/tasks/cancel?dryRun=true": `{"all":true}`, "GET /api/v1/datasources?Rows=true": "", "GET /api/v1/schedules?limit=1": "",
		"GET /api/v1/orphans?csrf=x": "", "POST /api/v1/uploads?named=x.csv": "a,b", "GET /api/v1/openapi.json?x": "",
	} {
		method, path, _ := strings.Cut(request, " ")
		if got := s.expect(400, "", method, path, body); !strings.Contains(got.body, "is not known here. There are ") {
			t.Errorf("%s: %s", request, got.body)
		}
	}
	s.wait("stays", "RUNNING")
	s.expect(200, `{"dryRun":true,"matched":1,`, "POST", "/api/v1/tasks/cancel?csrf=x", `{"all":true,"dryRun":true}`)
}

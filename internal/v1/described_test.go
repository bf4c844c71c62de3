package v1_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ovate/client"
	"ovate/internal/preview"
)

// TestChoicesAreDescribed: what may be chosen of a file is the same for the server, in its description, and in the client.
func TestChoicesAreDescribed(t *testing.T) {
	t.Parallel()
	var described struct {
		Components struct {
			Schemas struct {
				Choices struct {
					Properties map[string]json.RawMessage `json:"properties"`
				}
			} `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal([]byte(newServer(t).expect(200, "", "GET", "/api/v1/openapi.json", "").body), &described); err != nil {
		t.Fatal(err)
	}
	var told []string
	for name := range described.Components.Schemas.Choices.Properties {
		told = append(told, name)
	}
	slices.Sort(told)
	for _, choices := range []any{preview.Choices{}, client.Choices{}} {
		var names []string
		for _, field := range reflect.VisibleFields(reflect.TypeOf(choices)) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			names = append(names, name)
		}
		if slices.Sort(names); !slices.Equal(names, told) {
			t.Errorf("%T has %s, and described are %s", choices, names, told)
		}
	}
}

// TestDruidAnswers holds answers of Druid's own surface against the description.
func TestDruidAnswers(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const base = "/druid/indexer/v1"
	s.expect(200, "", "POST", base+"/task", `{"type":"noop","id":"long","dataSource":"d","runTime":600000}`)
	s.expect(200, "", "POST", base+"/task", `{"type":"noop","id":"short","dataSource":"d","runTime":1}`)
	s.wait("short", "SUCCESS")
	s.wait("long", "RUNNING")
	for _, path := range []string{
		"/tasks", "/tasks?state=complete&max=1", "/runningTasks", "/pendingTasks", "/waitingTasks", "/completeTasks?n=3", "/task/long", "/task/long/status", "/task/short/status",
		"/task/short/log", "/task/none", "/task/none/status", "/task/long/segments", "/task/short/reports", "/leader", "/isLeader", "/workers", "/worker", "/worker/history",
		"/totalWorkerCapacity", "/scaling", "/supervisor", "/supervisor?full", "/supervisor?state=true", "/supervisor/history", "/supervisor/none", "/supervisor/none/status", "/supervisor/none/history",
		"/compaction/isSupervisorEnabled", "/compaction/config/cluster", "/compaction/config/datasources", "/compaction/config/datasources/d", "/compaction/status/datasources", "/tasks?state=x",
	} {
		if got := s.ask("GET", base+path, ""); got.status >= 500 {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	for _, path := range []string{"/status", "/status/health", "/status/properties", "/status/selfDiscovered", "/status/selfDiscovered/status", "/api/v1/metadata", "/api/v1/datasources?rows=true",
		"/api/v1/datasources/d/segments", "/api/v1/orphans", "/api/v1/openapi.json"} {
		s.expect(200, "", "GET", path, "")
	}
	for path, body := range map[string]string{
		"/taskStatus": `["long","none"]`, "/lockedIntervals/v2": `[]`, "/activeLocks": `[]`, "/sampler": `{}`, "/action": `{}`, "/supervisor": `{}`, "/task": `{}`,
		"/datasources/d/markUnused": `{"interval":"2020/2021"}`, "/datasources/d": `{}`, "/task/long/shutdown": "", "/datasources/d/shutdownAllTasks": "", "/supervisor/none/suspend": "", "/compaction/simulate": `{}`,
	} {
		if got := s.ask("POST", base+path, body, "Content-Type", "application/json"); got.status >= 500 && path != "/sampler" {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
	for _, path := range []string{"/pendingSegments/d", "/datasources/d", fmt.Sprintf("/datasources/d/segments/%s", "x"), "/compaction/config/datasources/d"} {
		if got := s.ask("DELETE", base+path, ""); got.status >= 500 {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

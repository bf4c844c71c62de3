//go:build peer

package peer

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"ovate/druid"
)

// queriesVersion is the last Druid of which Maven Central has the extension for queries that run as tasks.
const queriesVersion = "27.0.0"

// installQueries is Install of that Druid and the extension. What it needs of Hadoop's indexing is there of the next version alone.
func installQueries(ctx context.Context) (lib string, err error) {
	var all strings.Builder
	for _, d := range []struct{ group, artifact, version, without string }{
		{"org.apache.druid", "druid-services", queriesVersion, "druid-indexing-hadoop"},
		{"org.apache.druid", "druid-indexing-service", queriesVersion, "druid-indexing-hadoop"},
		{"org.apache.druid.extensions", "druid-multi-stage-query", queriesVersion, "druid-indexing-hadoop"},
		{"org.apache.druid", "druid-indexing-hadoop", "28.0.0", "*"},
	} {
		group := "org.apache.druid"
		if d.without == "*" {
			group = "*"
		}
		all.WriteString(strings.Replace(dependency(d.group, d.artifact, d.version), "</exclusions>",
			"<exclusion><groupId>"+group+"</groupId><artifactId>"+d.without+"</artifactId></exclusion></exclusions>", 1))
	}
	return ensure(ctx, os.Stderr, "druid-queries-"+queriesVersion, all.String())
}

// TestQueries: queries that a Broker submits as tasks run on Java workers through ovate: query_controller, which locks and publishes and
// submits query_worker. What they have written answers in SQL, and what they have found is in their reports.
func TestQueries(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes minutes")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	s := newSite(ctx, t, 2)
	queries, err := installQueries(ctx)
	if err != nil {
		t.Fatal(err)
	}
	h := s.ovate()
	for _, role := range []Role{Coordinator, Historical} {
		s.start(role)
	}
	s.conf.lib = queries // of what submits queries and runs them
	for _, role := range []Role{MiddleManager, Broker} {
		s.start(role)
	}
	h.awaitWorker()
	rows := func(times ...string) string {
		var lines strings.Builder
		for i, at := range times {
			fmt.Fprintf(&lines, `{"t":"%s","page":"p%d"}`+"\n", at, i)
		}
		data, err := json.Marshal(lines.String())
		if err != nil {
			t.Fatal(err)
		}
		return `TABLE(EXTERN('{"type":"inline","data":` + string(data) + `}', '{"type":"json"}')) EXTEND ("t" VARCHAR, "page" VARCHAR)`
	}
	began := time.Now()
	run := func(query string) (id string) {
		t.Helper()
		body, err := json.Marshal(map[string]any{"query": query, "context": map[string]any{"maxNumTasks": 2}})
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		h.until("the Broker takes the query", func() bool {
			said = textOf(http.Post(s.url(Broker)+"/druid/v2/sql/task", "application/json", strings.NewReader(string(body))))
			return strings.HasPrefix(said, "{") && !strings.Contains(said, "Could not resolve") && !strings.Contains(said, "not available")
		})
		var answer struct {
			ID string `json:"taskId"`
		}
		if err := json.Unmarshal([]byte(said), &answer); err != nil || answer.ID == "" {
			t.Fatalf("the Broker answers %s", said)
		}
		status, err := h.overlord.Wait(ctx, answer.ID)
		if err != nil || status.State != druid.Success || status.Type != "query_controller" {
			t.Errorf("the query ends %+v, %v; its log: %s", status, err, h.get("/druid/indexer/v1/task/"+answer.ID+"/log?offset=-8000"))
		}
		fmt.Fprintf(os.Stderr, "%s: %s after %.1f s\n", answer.ID, status.State, time.Since(began).Seconds())
		return answer.ID
	}
	const columns = ` SELECT TIME_PARSE("t") AS __time, "page" FROM `
	run(`REPLACE INTO "found" OVERWRITE ALL` + columns + rows("2024-01-01T01:00:00Z", "2024-01-02T01:00:00Z") + ` PARTITIONED BY DAY`)
	run(`INSERT INTO "found"` + columns + rows("2024-01-01T02:00:00Z", "2024-01-03T01:00:00Z", "2024-01-03T02:00:00Z") + ` PARTITIONED BY DAY`)
	run(`REPLACE INTO "found" OVERWRITE WHERE __time >= TIMESTAMP '2024-01-03' AND __time < TIMESTAMP '2024-01-04'` +
		columns + rows("2024-01-03T03:00:00Z") + ` PARTITIONED BY DAY`)
	s.expectRows(`SELECT COUNT(*), TIME_FORMAT(MAX(__time)) FROM "found"`, "4,2024-01-03T03:00:00.000+00:00")
	asked := run(`SELECT "page", COUNT(*) AS n FROM "found" GROUP BY 1 ORDER BY 1`)
	var report struct {
		Query struct {
			Payload struct {
				Status struct {
					Status string `json:"status"`
				} `json:"status"`
				Results struct {
					Rows [][]any `json:"results"`
				} `json:"results"`
			} `json:"payload"`
		} `json:"multiStageQuery"`
	}
	text := h.get("/druid/indexer/v1/task/" + asked + "/reports")
	if err := json.Unmarshal([]byte(text), &report); err != nil || report.Query.Payload.Status.Status != "SUCCESS" || fmt.Sprint(report.Query.Payload.Results.Rows) != "[[p0 3] [p1 1]]" {
		t.Errorf("the query has found %s, %v", text, err)
	}
	if got := h.get("/druid/indexer/v1/completeTasks?type=query_worker"); strings.Count(got, `"statusCode":"SUCCESS"`) != 4 {
		t.Errorf("the workers of the queries are %s", got)
	}
	if locks := h.post("/druid/indexer/v1/lockedIntervals/v2", `[{"datasource":"found","priority":0}]`); locks != "{}" {
		t.Errorf("locks are left: %s", locks)
	}
	byASchedule(t, h, `REPLACE INTO "often" OVERWRITE ALL`+columns+rows("2024-01-01T01:00:00Z")+` PARTITIONED BY DAY`)
}

// byASchedule has a query run by a schedule: the Broker, which ZooKeeper tells of, says which data source it writes to, and makes tasks of it that have the
// ids that are expected.
func byASchedule(t *testing.T, h *overlord, query string) {
	t.Helper()
	spec, err := json.Marshal(map[string]any{
		"type": "scheduled_batch", "id": "now-and-then", "schedulerConfig": map[string]string{"type": "quartz", "schedule": "0/30 * * * * ?"},
		"spec": map[string]any{"query": query, "context": map[string]any{"maxNumTasks": 2}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if said := h.post(supervisorPath, string(spec)); said != `{"id":"now-and-then"}` {
		t.Fatalf("the spec is answered %s", said)
	}
	if stored := h.get(supervisorPath + "/now-and-then"); !strings.HasSuffix(stored, `,"dataSource":"often"}`) {
		t.Errorf("the spec is stored as %s", stored)
	}
	status := ""
	h.until("what is due has run", func() bool {
		status = h.get(supervisorPath + "/now-and-then/status")
		return strings.Contains(status, `"status":"SUCCESS"`)
	})
	if !strings.Contains(status, `"taskStatus":{"id":"query-now-and-then_20`) {
		t.Errorf("its status is %s", status)
	}
	if said := h.post(supervisorPath+"/now-and-then/terminate", ""); said != `{"id":"now-and-then"}` {
		t.Errorf("its end is answered %s", said)
	}
}

//go:build peer

package peer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"ovate/client"
)

// judge is a running Druid with what the tests ask of it.
type judge struct{ *Cluster }

// task is a running task of the Overlord that does nothing but hold locks. No worker is there to run it.
type task struct {
	Type       string `json:"type"`
	ID         string `json:"id"`
	DataSource string `json:"dataSource"`
}

// publish makes the segments part of the cluster as Druid's own tasks do: a task takes a lock over each segment's interval, then
// inserts the segments.
func (j judge) publish(ctx context.Context, r recording) error {
	overlord, err := client.New(j.URL(Overlord))
	if err != nil {
		return err
	}
	t := task{Type: "noop", ID: "publish_" + r.dataSource, DataSource: r.dataSource}
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if _, err := overlord.Submit(ctx, text); err != nil {
		return fmt.Errorf("a task for %s: %w", r.dataSource, err)
	}
	payloads := make([]json.RawMessage, 0, len(r.segments))
	for _, s := range r.segments {
		payloads = append(payloads, s.payload)
		lock := map[string]any{"type": "lockTryAcquire", "lockType": "EXCLUSIVE", "interval": s.Interval.String()}
		var granted *struct{ Version string }
		if err := j.act(ctx, t, lock, &granted); err != nil {
			return err
		}
		if granted == nil {
			return fmt.Errorf("no lock over %v of %s", s.Interval, r.dataSource)
		}
	}
	insert := map[string]any{"type": "segmentTransactionalInsert", "segments": payloads}
	var result struct {
		Success  bool
		ErrorMsg string
		Segments []json.RawMessage
	}
	if err := j.act(ctx, t, insert, &result); err != nil {
		return err
	}
	if !result.Success || len(result.Segments) != len(payloads) {
		return fmt.Errorf("publishing %s: %d of %d segments: %s", r.dataSource, len(result.Segments), len(payloads), result.ErrorMsg)
	}
	return overlord.Shutdown(ctx, t.ID)
}

// act has the Overlord do a task's action and reads its result.
func (j judge) act(ctx context.Context, t task, action map[string]any, result any) error {
	answer, err := j.post(ctx, j.URL(Overlord)+"/druid/indexer/v1/action", map[string]any{"task": t, "action": action})
	if err != nil {
		return fmt.Errorf("%s: %w", action["type"], err)
	}
	return json.Unmarshal(answer, &struct{ Result any }{result})
}

// query asks the Broker, with the context of the recorded answers.
func (j judge) query(ctx context.Context, sql string) (answer, error) {
	text, err := j.post(ctx, j.URL(Broker)+"/druid/v2/sql", map[string]any{
		"query": sql, "resultFormat": "array", "header": true, "typesHeader": true, "sqlTypesHeader": true,
		"context": map[string]any{
			"sqlTimeZone": "Etc/UTC", "useApproximateCountDistinct": false, "sqlStringifyArrays": false,
			"useCache": false, "populateCache": false,
		},
	})
	if err != nil {
		return answer{}, fmt.Errorf("%s: %w", sql, err)
	}
	var header [3][]string
	var rows []json.RawMessage
	if err := json.Unmarshal(text, &rows); err != nil || len(rows) < len(header) {
		return answer{}, fmt.Errorf("%s: not an answer: %.200s", sql, text)
	}
	for i := range header {
		if err := json.Unmarshal(rows[i], &header[i]); err != nil {
			return answer{}, fmt.Errorf("%s: not a header: %.200s", sql, rows[i])
		}
	}
	a := answer{SQL: sql, Columns: header[0], NativeTypes: header[1], SQLTypes: header[2]}
	for _, row := range rows[len(header):] {
		var cells []any
		if err := unmarshal(row, &cells); err != nil {
			return answer{}, fmt.Errorf("%s: not a row: %.200s", sql, row)
		}
		a.Rows = append(a.Rows, cells)
	}
	return a, nil
}

// waitServed returns when the Historical serves all of the recording's segments, and the Broker knows it and has looked
// at their columns.
func (j judge) waitServed(ctx context.Context, r recording) error {
	sql := fmt.Sprintf("SELECT COUNT(*) FROM sys.segments WHERE datasource = '%s' AND is_available = 1 AND num_rows > 0", r.dataSource)
	want, served := fmt.Sprint(len(r.segments)), "none"
	err := Poll(ctx, func() (bool, error) {
		a, err := j.query(ctx, sql)
		if err != nil || len(a.Rows) != 1 {
			return false, err
		}
		served = fmt.Sprint(a.Rows[0][0])
		return served == want, nil
	})
	if err != nil {
		return fmt.Errorf("%s of %s segments of %s are served: %w", served, want, r.dataSource, err)
	}
	return nil
}

// post sends JSON and returns the body of a 200.
func (j judge) post(ctx context.Context, url string, body any) ([]byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err = io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, text)
	}
	return text, err
}

// startJudge starts a cluster that ends with the test.
func startJudge(ctx context.Context, t *testing.T) judge {
	t.Helper()
	c, err := Start(ctx, Options{Quick: true, Output: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return judge{c}
}

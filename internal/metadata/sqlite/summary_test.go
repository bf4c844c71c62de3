package sqlite

import (
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
)

// TestSummariesOfChangedTasks: where another program has changed what a summary tells of, or has written the row, the payload is read.
func TestSummariesOfChangedTasks(t *testing.T) {
	t.Parallel()
	store := openForTest(t)
	for change, brief := range map[string]bool{
		"active = 1":           true,
		"datasource = 'other'": true,
		"created_date = '2020-01-01T00:00:00.000Z'": true,
		"id = 'b'":             false,
		"type = 'index'":       false,
		"group_id = 'b'":       false,
		"payload = '{}'":       false,
		"status_payload = x''": false,
		"active = 2":           false,
	} {
		withSegments(t, store, nil, func(c *conn, _ []string) {
			row := metadata.TaskRow{
				ID: "a", GroupID: "a", Type: "noop", DataSource: "wiki", Payload: []byte(`{"type":"noop"}`), Summary: []byte("{}"),
				Status: druid.TaskStatus{ID: "a", State: druid.Running, Duration: -1, Location: druid.UnknownLocation},
			}
			if err := c.InsertTasks(&row); err != nil {
				t.Fatal(err)
			}
			if _, err := c.exec(`UPDATE {tasks} SET ` + change); err != nil {
				t.Fatal(err)
			}
			rows := 0
			err := c.ActiveTasks(t.Context(), func(row *metadata.TaskRow) error {
				if rows++; (row.Summary != nil) != brief || (row.Payload == nil) != brief {
					t.Errorf("after %s there is the summary %q and the payload %q", change, row.Summary, row.Payload)
				}
				return nil
			})
			if err != nil || rows != 1 {
				t.Errorf("%s: %d rows, %v", change, rows, err)
			}
		})
	}
}

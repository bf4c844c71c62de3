package sqlite_test

import (
	"fmt"
	"testing"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/metadata/sqlite"
)

// TestPageCostsTheSame counts the steps of the database for a page of tasks, beside few others and beside many.
func TestPageCostsTheSame(t *testing.T) {
	t.Parallel()
	queries := map[string]metadata.TaskPageQuery{
		"all":                     {},
		"failed":                  {State: druid.Failed},
		"success":                 {State: druid.Success},
		"data source":             {DataSource: "rare"},
		"type":                    {Type: "kill"},
		"both":                    {DataSource: "rare", Type: "kill"},
		"failed of a data source": {DataSource: "rare", State: druid.Failed},
		"group":                   {GroupID: "group"},
		"a day":                   {Created: &druid.Interval{Start: 10, End: 40}},
	}
	steps := map[int]map[string]int{}
	for _, n := range []int{100, 5000} {
		steps[n] = map[string]int{}
		store := open(t, sqlite.Options{})
		err := store.Update(t.Context(), func(tx metadata.Tx) error {
			for i := range n {
				row := &metadata.TaskRow{ID: fmt.Sprint("t", i), GroupID: "other", Type: "index", DataSource: "wiki", Created: druid.Instant(i), Payload: []byte(`{}`)}
				row.Status = druid.TaskStatus{ID: row.ID, State: druid.Success, Location: druid.UnknownLocation}
				if i < 50 {
					row.DataSource, row.Type, row.GroupID, row.Status.State = "rare", "kill", "group", druid.Failed
				}
				if err := tx.InsertTasks(row); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for name, q := range queries {
			q.Max = 20
			page, err := store.TaskPage(t.Context(), q)
			if err != nil || len(page.Rows) != 20 || page.Next == nil {
				t.Fatalf("%s: %d rows, %v", name, len(page.Rows), err)
			}
			_, before := store.Ran()
			q.After = page.Next
			if page, err = store.TaskPage(t.Context(), q); err != nil || len(page.Rows) == 0 {
				t.Fatalf("%s: %d rows, %v", name, len(page.Rows), err)
			}
			_, after := store.Ran()
			steps[n][name] = after - before
		}
		closeStore(t, store)
	}
	for name := range queries {
		if few, many := steps[100][name], steps[5000][name]; many > few*11/10 || many == 0 {
			t.Errorf("%s: a page of 5000 tasks takes %d steps, one of 100 %d", name, many, few)
		}
	}
}

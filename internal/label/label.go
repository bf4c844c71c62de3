// Package label finds tasks by their labels: texts that whoever submits a task gives it, under a key of its context. Druid and its workers carry them along. What finds tasks
// by them is kept beside Druid's tables, written in the transaction that stores the task, and costs nothing for tasks without.
package label

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/metadata"
)

// Key is the context key under which a task has its labels: an object of texts.
const Key = "ovateLabels"

// Kinds of records: one for each label of a task, in the order of a list, and one for each task that has labels.
const (
	kindLabel = "label"
	kindTask  = "label.task"
)

// Of are the labels in a task's JSON; none where they cannot be read.
func Of(document []byte) map[string]string {
	if !bytes.Contains(document, []byte(`"`+Key+`"`)) {
		return nil
	}
	var task struct {
		Context struct {
			Labels map[string]string `json:"ovateLabels"`
		} `json:"context"`
	}
	if json.Unmarshal(document, &task) != nil || len(Faults(task.Context.Labels)) > 0 {
		return nil
	}
	return task.Context.Labels
}

// Parse reads a filter: KEY=VALUE, or several with commas between them, all of which a task has to have.
func Parse(text string) (labels []string, err error) {
	if text == "" {
		return nil, nil
	}
	for _, one := range strings.Split(text, ",") {
		key, value, both := strings.Cut(one, "=")
		if !both {
			return nil, fmt.Errorf("is [%.200s], but must be KEY=VALUE, or several with commas between them", text)
		}
		if wrong := Fault(key, value); wrong != "" {
			return nil, fmt.Errorf("is [%.200s]: %s", text, wrong)
		}
		labels = append(labels, one)
	}
	return labels, nil
}

// Has tells whether a task with some labels has all that a filter names.
func Has(labels map[string]string, wanted []string) bool {
	for _, one := range wanted {
		key, value, _ := strings.Cut(one, "=")
		if has, is := labels[key]; !is || has != value {
			return false
		}
	}
	return true
}

// Index finds tasks by their labels, and writes down what it needs for that as a metadata.TaskWatcher.
type Index struct{ Store metadata.Reader }

// place is the id of the record that tells of a label of a task: those of a label lie together, the newest first.
func place(label string, created druid.Instant, id string) string {
	return fmt.Sprintf("%s\x00%016x%s", label, uint64(math.MaxInt64-int64(created)), id)
}

// Inserted implements metadata.TaskWatcher.
func (Index) Inserted(_ context.Context, tx metadata.Tx, rows []*metadata.TaskRow) error {
	for _, row := range rows {
		labels := Of(row.Payload)
		if len(labels) == 0 {
			continue
		}
		payload, err := json.Marshal(labels)
		if err != nil {
			return err
		}
		if err := tx.PutRecord(metadata.Record{Kind: kindTask, ID: row.ID, At: row.Created, Payload: payload}); err != nil {
			return err
		}
		for _, key := range slices.Sorted(maps.Keys(labels)) {
			if err := tx.PutRecord(metadata.Record{Kind: kindLabel, ID: place(key+"="+labels[key], row.Created, row.ID), At: row.Created}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Ended implements metadata.TaskWatcher.
func (Index) Ended(context.Context, metadata.Tx, druid.TaskStatus) error { return nil }

// Removed implements metadata.TaskWatcher.
func (Index) Removed(tx metadata.Tx, t druid.Instant) error {
	const together = 10_000
	_, err := tx.DeleteRecordsBefore(kindTask, t, together)
	if err == nil {
		_, err = tx.DeleteRecordsBefore(kindLabel, t, together)
	}
	return err
}

// Committed implements metadata.TaskWatcher.
func (Index) Committed() {}

// Labels are those of a task; none if it has none.
func (i Index) Labels(ctx context.Context, id string) (labels map[string]string, err error) {
	record, err := i.Store.Record(ctx, kindTask, id)
	if errors.Is(err, metadata.ErrNotFound) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(record.Payload, &labels)
	}
	return labels, err
}

// Place is where a task stands in a list: when it was submitted, and its id.
type Place struct {
	Created druid.Instant
	ID      string
}

// Page are the tasks with a label behind a place, the newest first, or from the beginning if that is nil: most of them, or fewer if there are no others.
func (i Index) Page(ctx context.Context, label string, after *Place, most int) (page []Place, err error) {
	q := metadata.RecordQuery{Kind: kindLabel, Prefix: label + "\x00", Max: most}
	if after != nil {
		q.After = place(label, after.Created, after.ID)
	}
	records, err := i.Store.Records(ctx, q)
	for _, r := range records {
		page = append(page, Place{r.At, r.ID[len(label)+1+16:]})
	}
	return page, err
}

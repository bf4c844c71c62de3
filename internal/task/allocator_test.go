package task_test

import (
	"testing"

	"ovate/druid"
	"ovate/internal/task"
)

// What a task reserves is its group's, as in Druid; of one that reads a stream it is its replicas', which have the place where they run in common, and not
// the group, which all such tasks of the data source have.
func TestAllocators(t *testing.T) {
	t.Parallel()
	for typ, want := range map[string]string{"index_kafka": "replicas", "index_kinesis": "replicas", "index": "group", "index_parallel": "group", "other": "group"} {
		h := druid.Task{ID: "id", Type: typ, GroupID: "group", DataSource: "wiki", Resource: druid.Resource{AvailabilityGroup: "replicas", RequiredCapacity: 1}}
		if got := task.IdentityOf(&h, false, task.OnWorker).Allocator; got != want {
			t.Errorf("%s reserves for %q, want %q", typ, got, want)
		}
	}
}

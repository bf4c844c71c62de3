package zookeeper_test

import (
	"slices"
	"testing"
)

func TestRemoveStatuses(t *testing.T) {
	t.Parallel()
	address := shared.Start(t).Address()
	c := config(t, address)
	client, o := open(t, c), newObserver(t, address, c.Chroot)
	active := func(task string) bool { return task == "runs" }
	if n, err := client.RemoveStatuses(t.Context(), active); n != 0 || err != nil {
		t.Errorf("of nothing %d are deleted, %v", n, err)
	}
	const status = "/druid/indexer/status"
	for _, path := range []string{"/a:8091/runs", "/a:8091/done", "/b:8091/gone", "/b:8091/runs"} {
		o.create(t, status+path, []byte("{}"))
	}
	if n, err := client.RemoveStatuses(t.Context(), active); n != 2 || err != nil {
		t.Errorf("%d are deleted, %v; want 2", n, err)
	}
	for _, worker := range []string{"/a:8091", "/b:8091"} {
		if left := o.children(t, status+worker); !slices.Equal(left, []string{"runs"}) {
			t.Errorf("of %s %q are left", worker, left)
		}
	}
}

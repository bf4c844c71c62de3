package task

import (
	"ovate/druid"
)

// KeyQueuePriority is a context key of ours: which of the tasks that wait goes first, for a worker's slot and for a lock that is freed. A task with a
// higher number goes before all with lower ones; those with the same go in the order in which they came, as all do in Druid. Druid's own key "priority"
// is another thing: whose locks are taken away from whom.
const KeyQueuePriority = "ovateQueuePriority"

// mostQueuePriority is the highest number, and the lowest with its sign changed.
const mostQueuePriority = 1000

// QueuePriority reads the key; 0 where it is missing, or was stored before anybody checked it.
func QueuePriority(c *druid.Context) int {
	n, err := c.Int(KeyQueuePriority, 0)
	if err != nil || n < -mostQueuePriority || n > mostQueuePriority {
		return 0
	}
	return n
}

// checkQueuePriority refuses a value that is no such number. The error is a *spec.Error.
func checkQueuePriority(c *druid.Context) error {
	n, err := c.Int(KeyQueuePriority, 0)
	if err != nil || n < -mostQueuePriority || n > mostQueuePriority {
		value, _ := c.Get(KeyQueuePriority)
		return contextError(KeyQueuePriority, "must be a whole number from -%d to %d, of which higher ones go first, but is %s", mostQueuePriority, mostQueuePriority, value)
	}
	return nil
}

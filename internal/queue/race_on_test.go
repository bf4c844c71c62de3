//go:build race

package queue_test

// historyTasks are fewer under the race detector, which takes longest to store them.
const historyTasks = 5000

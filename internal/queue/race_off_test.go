//go:build !race

package queue_test

// historyTasks is how many complete tasks a list is to remember nothing of.
const historyTasks = 20_000

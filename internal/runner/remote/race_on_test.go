//go:build race

package remote_test

// mostSteps is fewer under the race detector, whose own bookkeeping of many short goroutines can fail.
const mostSteps = 12

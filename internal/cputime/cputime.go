// Package cputime tells tests what something costs, however long a busy machine has it wait for a processor.
package cputime

import (
	"time"

	"golang.org/x/sys/unix"
)

// Of is how long processors work for this process while do runs: at that, and at whatever else the process does meanwhile. Tests that run beside others
// (testing.T.Parallel) would measure those, too.
func Of(do func()) time.Duration {
	begun := spent()
	do()
	return spent() - begun
}

// spent is how long processors have worked for this process.
func spent() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err) // no Unix is without this clock
	}
	return time.Duration(t.Nano())
}

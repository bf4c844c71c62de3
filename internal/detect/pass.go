package detect

import (
	"context"
	"runtime"

	"ovate/internal/table"
)

// worker reads some of the rows.
type worker interface {
	read(b *table.Batch) error
}

// mostKept is how many columns all workers together keep in mind, each of which takes kilobytes, where it is known before how many there are.
const mostKept = 2 * table.MostColumns

// pass has workers, each made by a call, read all rows once between them, and returns them. What they find together does not depend on how many there are,
// nor on which of them reads which rows.
func pass[W worker](ctx context.Context, in *table.Table, o *Options, phase string, newWorker func(n int) (W, error)) ([]W, error) {
	if o.Watch != nil {
		defer o.Watch(phase, in.Progress)()
	}
	all := make([]W, min(o.workersFor(phase), max(1, mostKept/max(1, len(in.Columns())))))
	for n := range all {
		var err error
		if all[n], err = newWorker(n); err != nil {
			return nil, err
		}
	}
	err := in.Scan(ctx, in.Inputs, len(all), func(n int, b *table.Batch) error { return all[n].read(b) })
	return all, err
}

// workersFor is how many workers share the rows in a phase.
func (o *Options) workersFor(phase string) int {
	if o.workers != nil {
		return o.workers(phase)
	}
	return max(1, min(runtime.GOMAXPROCS(0), 8))
}

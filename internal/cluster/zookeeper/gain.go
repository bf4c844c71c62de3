package zookeeper

import (
	"context"

	"ovate/internal/leadership"
)

var _ leadership.Leadership = (*Latch)(nil)

// Gain takes part in the election until this server leads, or ctx ends. The lead ends when the connection is lost, or ZooKeeper does not
// answer in time, or somebody deletes the node; the Err of its context looks at the clock, and so tells it even before that is cancelled.
// waits is called before another leader is waited for, and when ZooKeeper cannot be reached.
//
// Leads are not numbered: ZooKeeper's own numbers begin anew when its data is removed, which Druid allows at any time.
func (l *Latch) Gain(ctx context.Context, waits func()) (*leadership.Lead, error) {
	h, err := l.gain(ctx, waits)
	if err != nil {
		return nil, err
	}
	return &leadership.Lead{Lasts: h, Resign: h.resign}, nil
}

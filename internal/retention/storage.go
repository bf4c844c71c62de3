package retention

import (
	"context"

	"ovate/internal/orphans"
)

// clearStaging removes the staging folders of processes on the same deep storage that have died.
func (r *Retention) clearStaging(ctx context.Context) error { return r.Storage.ClearStaging(ctx) }

// tellOrphans tells how many files belong to no segment, if these are others than the last time. To remove them is for somebody who
// knows that nothing else needs them.
func (r *Retention) tellOrphans(ctx context.Context) error {
	found, err := r.Orphans.Find(ctx, orphans.Query{})
	if err != nil {
		return err
	}
	if n := len(found.Unread) + found.MoreUnread; n > 0 {
		r.Log.Warn("retention: not all of deep storage can be read, so that there may be more files that belong to no segment",
			"folders", n, "first", found.Unread[0].Path, "error", found.Unread[0].Reason)
	}
	if n := len(found.Orphans); n != r.orphans {
		r.orphans = n
		r.told(n, "there are files in deep storage that belong to no segment; `ovate orphans` lists them, and removes them with --delete", "bytes", found.Size())
	}
	return nil
}

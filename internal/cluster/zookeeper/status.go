package zookeeper

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-zookeeper/zk"
)

// RemoveStatuses deletes what MiddleManagers of Druid 33 write of each task and never delete: it is the Overlord's to do that, for tasks that
// are not active any more. It returns how many were deleted; those are, also if there is an error.
func (c *Client) RemoveStatuses(ctx context.Context, active func(task string) bool) (deleted int, err error) {
	l, err := c.link(ctx)
	if err != nil {
		return 0, err
	}
	path := c.config.IndexerPath + "/status"
	workers, err := listed(ctx, l, path)
	if err != nil {
		return 0, err
	}
	for _, worker := range workers {
		tasks, err := listed(ctx, l, path+"/"+worker)
		if err != nil {
			return deleted, err
		}
		for _, task := range tasks {
			if active(task) {
				continue
			}
			if err := l.remove(ctx, path+"/"+worker+"/"+task); err != nil {
				return deleted, fmt.Errorf("delete the status of %s in ZooKeeper: %w", task, err)
			}
			deleted++
		}
	}
	return deleted, nil
}

// listed is empty for what does not exist.
func listed(ctx context.Context, l *link, path string) ([]string, error) {
	names, err := l.children(ctx, path)
	if err != nil && !errors.Is(err, zk.ErrNoNode) {
		return nil, fmt.Errorf("list %s in ZooKeeper: %w", path, err)
	}
	return names, nil
}

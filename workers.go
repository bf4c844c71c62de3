package ovate

import (
	"context"
	"errors"

	"ovate/druid"
	"ovate/internal/deepstorage"
	"ovate/internal/metadata"
	"ovate/internal/queue"
	"ovate/internal/request"
	"ovate/internal/runner/divided"
	"ovate/internal/runner/remote"
)

// onWorkers runs tasks on the workers of the cluster, but for those that are to run in this process. Workers remove what they remove themselves,
// and not through the storage of this process.
func (s *Server) onWorkers(storage deepstorage.Storage, leads func() bool) queue.Runner {
	c := s.config.Runner
	settings := remote.Defaults()
	settings.MinWorkerVersion, settings.ParallelIndexTaskSlotRatio = c.MinWorkerVersion, c.ParallelIndexTaskSlotRatio
	settings.TaskAssignmentTimeout, settings.TaskCleanupTimeout = c.TaskAssignmentTimeout, c.TaskCleanupTimeout
	settings.AssignRequestHTTPTimeout, settings.ShutdownRequestHTTPTimeout = c.AssignRequestHTTPTimeout, c.ShutdownRequestHTTPTimeout
	settings.SyncRequestTimeout, settings.ServerUnstabilityTimeout = c.SyncRequestTimeout, c.ServerUnstabilityTimeout
	settings.MaxRetriesBeforeBlacklist, settings.MaxPercentageBlacklistWorkers = c.MaxRetriesBeforeBlacklist, c.MaxPercentageBlacklistWorkers
	settings.WorkerBlackListBackoffTime, settings.RecoveryDelay = c.WorkerBlackListBackoffTime, c.StartDelay
	options := remote.Options{Discovery: s.workers(), Settings: settings, Active: s.isActive, Leads: leads, Discovered: s.telemetry.Discovered, Within: s.tracing.About(), HTTP: request.NewClient(s.outgoing), Log: s.log}
	if s.cluster != nil {
		options.Leftovers = s.cluster.client.RemoveStatuses
	}
	return divided.New(s.inProcess(storage, leads), options)
}

// workers knows which workers there are: those that are listed, or else those that are announced.
func (s *Server) workers() remote.Discovery {
	if urls := s.config.Runner.Workers; len(urls) > 0 {
		return remote.Listed{URLs: urls, HTTP: request.NewClient(s.outgoing), Log: s.log}
	}
	return remote.Announced{Directory: s.cluster.client, Log: s.log}
}

// isActive tells whether a task that a worker runs is active.
func (s *Server) isActive(ctx context.Context, id string) (bool, error) {
	row, err := metadata.TaskStatus(ctx, s.store, id)
	if errors.Is(err, metadata.ErrNotFound) {
		return false, nil
	}
	return err == nil && row.Status.State == druid.Running, err
}

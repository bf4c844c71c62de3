package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ovate/druid"
)

// cluster is about both Overlords in a cluster: on the same server of PostgreSQL and the same ZooKeeper, one after the other, each with an empty database
// and a worker in this process.
var cluster = benchmark{
	name:       "cluster",
	about:      "beside PostgreSQL and ZooKeeper: submits, segment ids, locks, the list of 100,000, the first assignment, memory",
	ownServers: true,
	measure: func(ctx context.Context, r *trial) error {
		s, err := r.openSite(ctx)
		if err != nil {
			return err
		}
		if err := r.onStand(ctx, s, 0, nil, (*trial).rates); err != nil {
			return err
		}
		return r.onStand(ctx, s, usualStartDelay, &tasks{count: clusterActive + clusterFinished, state: druid.Success, active: clusterActive, sources: 100}, (*trial).crowded)
	},
}

const (
	// usualStartDelay is Druid's druid.indexer.queue.startDelay unless somebody sets it.
	usualStartDelay = time.Minute
	// patience is how long an Overlord may take to lead, and to give a worker the first task.
	patience = 5 * time.Minute
	// slots are those of the worker. The tasks of rates hold them all.
	slots = 100
)

// inCluster is a trial's Overlord with what is around it.
type inCluster struct {
	*stand
	worker *worker
	leads  time.Time // since when it does
}

// onStand starts the trial's Overlord on a database that has fill's tasks, measures once it leads and knows its worker, and ends it.
func (r *trial) onStand(ctx context.Context, s *site, startDelay time.Duration, fill *tasks, measure func(*trial, context.Context, inCluster) error) (err error) {
	at, err := s.stand(ctx)
	if err != nil {
		return err
	}
	if fill != nil {
		if err := fill.fillPostgreSQL(ctx, at.database); err != nil {
			return err
		}
	}
	keeper, err := at.zooKeeper()
	if err != nil {
		return err
	}
	defer keeper.Close()
	w, err := startWorker(slots)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.announce(keeper); err != nil {
		return err
	}
	l := observeLeader(keeper)
	defer l.latch.Stop()
	t, err := r.start(ctx, at, startDelay)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.stop()) }()
	starting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	leads, err := l.await(starting, t)
	if err != nil {
		return err
	}
	for !healthyLeader(starting, t.address) {
		if err := wait(starting, pollSlow); err != nil {
			return fmt.Errorf("waiting until %s answers as the leader: %w", t.side, err)
		}
	}
	return measure(&trial{r.lab, t}, ctx, inCluster{at, w, leads})
}

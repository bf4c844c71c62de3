package main

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"time"

	"ovate/compat/peer"
)

// startJava starts a real Druid: ZooKeeper, an Overlord and a MiddleManager with two slots. When it returns, the Overlord
// leads and knows the worker.
func (l *lab) startJava(ctx context.Context, fill *tasks) (_ *target, err error) {
	cluster, err := peer.Start(ctx, peer.Options{Roles: []peer.Role{peer.MiddleManager}, Output: l.progress})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, cluster.Stop())
		}
	}()
	overlord, err := url.Parse(cluster.URL(peer.Overlord))
	if err != nil {
		return nil, err
	}
	if fill != nil {
		if err := fill.fillJava(ctx, cluster.Dir()); err != nil {
			return nil, err
		}
	}
	return &target{
		side: java, address: overlord.Host, folder: cluster.Dir(), segments: filepath.Join(cluster.Dir(), "segments"),
		pids: func() ([]int, error) { return cluster.PIDs(peer.Overlord) },
		restart: func(ctx context.Context) (time.Duration, error) {
			began := time.Now()
			if err := cluster.Restart(peer.Overlord); err != nil {
				return 0, err
			}
			for !healthy(ctx, overlord.Host) {
				if err := wait(ctx, pollSlow); err != nil {
					return 0, err
				}
			}
			return time.Since(began), nil
		},
		ready: cluster.Wait,
		stop:  cluster.Stop,
	}, nil
}

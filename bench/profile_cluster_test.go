package main

import (
	"os"
	"testing"

	"ovate/druid"
)

// BenchmarkCluster sends what the benchmark cluster does to a server in this process, on a PostgreSQL and a ZooKeeper of its own.
func BenchmarkCluster(b *testing.B) {
	l := &lab{dir: b.TempDir(), progress: os.Stderr, results: &results{}}
	s, err := l.openSite(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.close(); err != nil {
			b.Error(err)
		}
	})
	all := steps()
	for i, name := range []string{"Allocate1", "Allocate100", "Lock", "Submit"} {
		b.Run(name, func(b *testing.B) {
			t := standing(b, s, nil)
			if err := (&trial{l, t}).holders(b.Context()); err != nil {
				b.Fatal(err)
			}
			sendAll(b, t, all[i].request)
		})
	}
	b.Run("List", func(b *testing.B) {
		t := standing(b, s, &tasks{count: clusterListed, state: druid.Success, active: clusterActive, sources: slots})
		c := dial(b, t)
		b.ReportAllocs()
		before := processorTime(b)
		for b.Loop() {
			if _, err := ask(c, api+"/tasks"); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64((processorTime(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
	})
}

// standing starts a server in this process on a new database, which leads and has a worker.
func standing(b *testing.B, s *site, fill *tasks) *target {
	at, err := s.stand(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if fill != nil {
		if err := fill.fillPostgreSQL(b.Context(), at.database); err != nil {
			b.Fatal(err)
		}
	}
	keeper, err := at.zooKeeper()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(keeper.Close)
	w, err := startWorker(slots)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := w.close(); err != nil {
			b.Error(err)
		}
	})
	if err := w.announce(keeper, slots); err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	t := stopped(b, startServer(b, dir, at.properties(dir)), dir)
	for !healthyLeader(b.Context(), t.address) {
		if err := wait(b.Context(), pollSlow); err != nil {
			b.Fatal(err)
		}
	}
	return t
}

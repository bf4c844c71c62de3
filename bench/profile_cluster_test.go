package main

import (
	"os"
	"testing"
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
	for i, name := range []string{"Allocate1", "Allocate100", "Lock", "Submit"} {
		b.Run(name, func(b *testing.B) {
			at, err := s.stand(b.Context())
			if err != nil {
				b.Fatal(err)
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
			if err := (&trial{l, t}).holders(b.Context()); err != nil {
				b.Fatal(err)
			}
			sendAll(b, t, steps()[i].request)
		})
	}
}

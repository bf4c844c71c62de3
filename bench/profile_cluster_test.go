package main

import (
	"database/sql"
	"os"
	"testing"
	"time"

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
			t, at := standing(b, s, nil)
			if err := (&trial{l, t}).holders(b.Context()); err != nil {
				b.Fatal(err)
			}
			before := at.transactions(b)
			sendAll(b, t, all[i].request)
			after := at.transactions(b)
			b.ReportMetric((after.done-before.done)/float64(b.N), "commits/op")
			b.ReportMetric((after.undone-before.undone)/float64(b.N), "rollbacks/op")
		})
	}
	b.Run("List", func(b *testing.B) {
		t, _ := standing(b, s, &tasks{count: clusterListed, state: druid.Success, active: clusterActive, sources: slots})
		listAll(b, t)
	})
}

// standing starts a server in this process on a new database, which leads and has a worker.
func standing(b *testing.B, s *site, fill *tasks) (*target, *stand) {
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
	if err := w.announce(keeper); err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	t := stopped(b, startServer(b, dir, at.properties(dir)), dir)
	for !healthyLeader(b.Context(), t.address) {
		if err := wait(b.Context(), pollSlow); err != nil {
			b.Fatal(err)
		}
	}
	return t, at
}

// transactions are those of the stand's database so far, reads outside of one included.
type transactions struct{ done, undone float64 }

func (s *stand) transactions(b *testing.B) (t transactions) {
	db, err := sql.Open(s.database.DriverName, s.database.DSN)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	time.Sleep(1500 * time.Millisecond) // sessions that are idle tell within a second
	if err := db.QueryRowContext(b.Context(), "SELECT xact_commit, xact_rollback FROM pg_stat_database WHERE datname = current_database()").Scan(&t.done, &t.undone); err != nil {
		b.Fatal(err)
	}
	return t
}

//go:build peer

package peer

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
)

// election is what ZooKeeper knows of who leads, as its library tells it, without anything of ovate in between.
type election struct {
	t    *testing.T
	conn *zk.Conn
}

const overlords = "/druid/overlord/_OVERLORD"

// candidate is a node of the election.
type candidate struct{ path, address string }

func newElection(t *testing.T, keeper *Keeper) *election {
	t.Helper()
	conn, events, err := zk.Connect([]string{keeper.Address()}, 20*time.Second, zk.WithLogger(silent{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		for range events {
		}
	})
	return &election{t, conn}
}

type silent struct{}

func (silent) Printf(string, ...any) {}

// candidates are all, the one first that leads.
func (e *election) candidates() (all []candidate) {
	e.t.Helper()
	names, _, err := e.conn.Children(overlords)
	if err != nil && !errors.Is(err, zk.ErrNoNode) {
		e.t.Fatal(err)
	}
	const digits = 10
	number := func(name string) string { return name[max(0, len(name)-digits):] }
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(number(a), number(b)) })
	for _, name := range names {
		path := overlords + "/" + name
		data, _, err := e.conn.Get(path)
		if errors.Is(err, zk.ErrNoNode) {
			continue
		}
		if err != nil {
			e.t.Fatal(err)
		}
		all = append(all, candidate{path, strings.TrimSuffix(string(data), "/")})
	}
	return all
}

// gone has the time at which a node went. It has none if ZooKeeper cannot be asked any more.
func (e *election) gone(path string) <-chan time.Time {
	when := make(chan time.Time, 1)
	go func() { // ends with the connection at the latest
		for {
			there, _, change, err := e.conn.ExistsW(path)
			if err != nil {
				return
			}
			if !there {
				when <- time.Now()
				return
			}
			<-change
		}
	}()
	return when
}

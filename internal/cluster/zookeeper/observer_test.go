package zookeeper_test

import (
	"testing"
	"time"

	"github.com/go-zookeeper/zk"
)

// observer looks at ZooKeeper, and changes it, by the library alone.
type observer struct {
	conn   *zk.Conn
	chroot string
}

func newObserver(t *testing.T, address, chroot string) observer {
	t.Helper()
	conn, events, err := zk.Connect([]string{address}, 5*time.Second, zk.WithLogger(quiet{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		for range events {
		}
	})
	return observer{conn, chroot}
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}

func (o observer) children(t *testing.T, path string) []string {
	t.Helper()
	names, _, err := o.conn.Children(o.chroot + path)
	if err == zk.ErrNoNode {
		return nil
	}
	if err != nil {
		t.Fatal(path, err)
	}
	return names
}

func (o observer) data(t *testing.T, path string) []byte {
	t.Helper()
	data, _, err := o.conn.Get(o.chroot + path)
	if err != nil {
		t.Fatal(path, err)
	}
	return data
}

func (o observer) remove(t *testing.T, path string) {
	t.Helper()
	if err := o.conn.Delete(o.chroot+path, -1); err != nil {
		t.Fatal(path, err)
	}
}

func (o observer) create(t *testing.T, path string, data []byte) {
	t.Helper()
	path = o.chroot + path
	for i, c := range path {
		if c == '/' && i > 0 {
			if _, err := o.conn.Create(path[:i], nil, 0, zk.WorldACL(zk.PermAll)); err != nil && err != zk.ErrNodeExists {
				t.Fatal(path[:i], err)
			}
		}
	}
	if _, err := o.conn.Create(path, data, 0, zk.WorldACL(zk.PermAll)); err != nil {
		t.Fatal(path, err)
	}
}

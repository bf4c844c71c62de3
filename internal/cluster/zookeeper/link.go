package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-zookeeper/zk"
)

// link is the time during which a client is connected without a break. Paths are those of Druid, below the chroot.
type link struct {
	conn    *zk.Conn
	chroot  string
	session int64
	timeout time.Duration // after which the ensemble ends the session if it hears nothing
	down    chan struct{} // closed when the link ends
}

func (l *link) ended() bool {
	select {
	case <-l.down:
		return true
	default:
		return false
	}
}

// call waits for the answer to a request of the library, which knows no contexts. Whoever gives up does not know whether what was asked
// for happens, nor when.
func call[T any](ctx context.Context, l *link, request func(*zk.Conn) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	var none T
	if l.ended() {
		return none, errDown
	}
	answers := make(chan answer, 1)
	go func() { // ends with the session at the latest
		value, err := request(l.conn)
		answers <- answer{value, err}
	}()
	select {
	case a := <-answers:
		if errors.Is(a.err, zk.ErrConnectionClosed) || errors.Is(a.err, zk.ErrNoServer) || errors.Is(a.err, zk.ErrClosing) || errors.Is(a.err, zk.ErrSessionExpired) {
			return none, errDown
		}
		return a.value, a.err
	case <-l.down:
		return none, errDown
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
}

// node is a znode with its data.
type node struct {
	data  []byte
	owner int64 // the session with which it goes
	gone  <-chan zk.Event
}

// get reads a node, and has gone tell when it is changed or deleted.
func (l *link) get(ctx context.Context, path string) (node, error) {
	return call(ctx, l, func(conn *zk.Conn) (node, error) {
		data, stat, gone, err := conn.GetW(l.chroot + path)
		if err != nil {
			return node{}, err
		}
		return node{data, stat.EphemeralOwner, gone}, nil
	})
}

func (l *link) exists(ctx context.Context, path string) (bool, error) {
	return call(ctx, l, func(conn *zk.Conn) (bool, error) {
		there, _, err := conn.Exists(l.chroot + path)
		return there, err
	})
}

func (l *link) children(ctx context.Context, path string) ([]string, error) {
	return call(ctx, l, func(conn *zk.Conn) ([]string, error) {
		names, _, err := conn.Children(l.chroot + path)
		return names, err
	})
}

// listing is who is below a path, until change tells that it is otherwise.
type listing struct {
	names  []string
	change <-chan zk.Event
}

// watched lists a path. Of one that does not exist the list is empty, until it does.
func (l *link) watched(ctx context.Context, path string) (listing, error) {
	return call(ctx, l, func(conn *zk.Conn) (listing, error) {
		for {
			names, _, change, err := conn.ChildrenW(l.chroot + path)
			if !errors.Is(err, zk.ErrNoNode) {
				return listing{names, change}, err
			}
			there, _, change, err := conn.ExistsW(l.chroot + path)
			if err != nil || !there {
				return listing{nil, change}, err
			}
		}
	})
}

// create makes a node, and what is missing of the path to it: containers, which go when nothing is in them any more, or for good. It
// returns the node's path, which of a sequential node has a number at its end. A node that is made after the caller has given up is
// deleted again.
func (l *link) create(ctx context.Context, path string, data []byte, mode int32, acl []zk.ACL, containers bool) (string, error) {
	var settled atomic.Bool
	made, err := call(ctx, l, func(conn *zk.Conn) (string, error) {
		path := l.chroot + path
		made, err := conn.Create(path, data, mode, acl)
		for range 3 { // as containers may go while it is on the way
			if !errors.Is(err, zk.ErrNoNode) {
				break
			}
			if err = makeParents(conn, path, acl, containers); err != nil {
				return "", err
			}
			made, err = conn.Create(path, data, mode, acl)
		}
		if err != nil {
			return "", fmt.Errorf("create %s: %w", path, err)
		}
		if !settled.CompareAndSwap(false, true) {
			return "", conn.Delete(made, -1)
		}
		return strings.TrimPrefix(made, l.chroot), nil
	})
	settled.Store(true)
	return made, err
}

func makeParents(conn *zk.Conn, path string, acl []zk.ACL, containers bool) error {
	for i, c := range path {
		if c != '/' || i == 0 {
			continue
		}
		there, _, err := conn.Exists(path[:i])
		if err == nil && !there {
			if containers {
				_, err = conn.CreateContainer(path[:i], nil, zk.FlagContainer, acl)
			}
			if !containers || err != nil && !errors.Is(err, zk.ErrNodeExists) { // servers before 3.5 know no containers
				_, err = conn.Create(path[:i], nil, zk.FlagPersistent, acl)
			}
		}
		if err != nil && !errors.Is(err, zk.ErrNodeExists) {
			return fmt.Errorf("create %s: %w", path[:i], err)
		}
	}
	return nil
}

// remove deletes a node, if it is there.
func (l *link) remove(ctx context.Context, path string) error {
	_, err := call(ctx, l, func(conn *zk.Conn) (any, error) { return nil, conn.Delete(l.chroot+path, -1) })
	if errors.Is(err, zk.ErrNoNode) {
		return nil
	}
	return err
}

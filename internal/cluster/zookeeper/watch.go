package zookeeper

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/go-zookeeper/zk"

	"ovate/internal/cluster"
)

var _ cluster.Directory = (*Client)(nil)

// Watch tells of the nodes that are announced with a role. What does not decode, or has another role, is logged and passed over.
func (c *Client) Watch(role cluster.Role, changed func(cluster.Change)) (stop func()) {
	w := &watch{client: c, role: role, path: c.config.directory(role), changed: changed, known: map[string]cluster.Node{}}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { c.each(ctx, "to learn which nodes are there", w.follow) })
	return func() {
		cancel()
		work.Wait()
	}
}

// watch knows the nodes of one role.
type watch struct {
	client  *Client
	role    cluster.Role
	path    string
	changed func(cluster.Change)
	told    bool
	known   map[string]cluster.Node // what changed was told, by the names of the znodes
}

// follow tells of changes until the link ends. Each node is read once, and again when it was changed.
func (w *watch) follow(ctx context.Context, link *link) error {
	ctx, cancel := context.WithCancel(ctx)
	var waiting sync.WaitGroup
	defer waiting.Wait()
	defer cancel()
	read := map[string]*cluster.Node{} // nil for what is no node
	stale := make(chan string)
	await := func(name string, gone <-chan zk.Event) {
		select {
		case <-gone:
			select {
			case stale <- name:
			case <-ctx.Done():
			}
		case <-ctx.Done():
		}
	}
	var list listing
	for listed := false; ; {
		if !listed {
			var err error
			if list, err = link.watched(ctx, w.path); err != nil {
				return err
			}
		}
		maps.DeleteFunc(read, func(name string, _ *cluster.Node) bool { return !slices.Contains(list.names, name) })
		for _, name := range list.names {
			if _, known := read[name]; known {
				continue
			}
			n, err := link.get(ctx, w.path+"/"+name)
			if errors.Is(err, zk.ErrNoNode) {
				continue // the next list does not have it
			}
			if err != nil {
				return err
			}
			read[name] = w.decode(name, n.data)
			waiting.Go(func() { await(name, n.gone) })
		}
		w.tell(read)
		select {
		case <-list.change:
			listed = false
		case name := <-stale:
			listed = true
			delete(read, name)
		case <-link.down:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

func (w *watch) decode(name string, data []byte) *cluster.Node {
	n := new(cluster.Node)
	plain, err := decompress(data)
	if err == nil {
		err = json.Unmarshal(plain, n)
	}
	if err == nil && n.Role != w.role {
		err = fmt.Errorf("its role is %q", n.Role)
	}
	if err != nil {
		w.client.log.Warn("what is announced as a node in ZooKeeper is none and is passed over", "path", w.path+"/"+name, "role", w.role, "error", err)
		return nil
	}
	return n
}

// tell tells what has changed since it was told last.
func (w *watch) tell(read map[string]*cluster.Node) {
	now := make(map[string]cluster.Node, len(read))
	for name, n := range read {
		if n != nil {
			now[name] = *n
		}
	}
	change := difference(w.known, now)
	if w.known = now; w.told && len(change.Came)+len(change.Went) == 0 {
		return
	}
	w.told = true
	w.changed(change)
}

// difference is in the order of names.
func difference(before, now map[string]cluster.Node) (change cluster.Change) {
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if n, there := now[name]; !there || !n.Equal(before[name]) {
			change.Went = append(change.Went, before[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if n, there := before[name]; !there || !n.Equal(now[name]) {
			change.Came = append(change.Came, now[name])
		}
	}
	return change
}

package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-zookeeper/zk"
	"github.com/google/uuid"

	"ovate/internal/cluster"
)

// Latch is an election for which every candidate makes a node that has its address and goes with its session. The one whose node has the
// lowest number leads. Java's Overlords and Coordinators take part in the same (Curator's LeaderLatch).
//
// Start has it learn who leads, and delete nodes that it could not delete when the lead was given back, as ZooKeeper could not be reached.
// Stop ends that. Neither enters the election, nor leaves it.
type Latch struct {
	client  *Client
	path    string
	address string
	prefix  string // of the names of all nodes of this latch, whether an answer has told of them or not

	seat  chan struct{} // held by who leads in this process, or stands for election
	keep  string        // the name of the node that stands for election; guarded by seat
	dirty chan struct{} // has a value if there may be nodes that nobody needs
	holds atomic.Pointer[hold]
	other atomic.Pointer[string] // the address that the first node has, as was read last

	ctx  context.Context
	end  context.CancelFunc
	work sync.WaitGroup
}

// OverlordLatch is the election of the Overlords, for the one that others reach at an address such as http://localhost:8090: the one that it
// announces, as redirects to others are not followed.
func (c *Client) OverlordLatch(address string) *Latch { return c.latch(c.config.overlords(), address) }

func (c *Client) latch(path, address string) *Latch {
	l := &Latch{client: c, path: path, address: address, prefix: prefixOf(uuid.New()), seat: make(chan struct{}, 1), dirty: make(chan struct{}, 1)}
	l.ctx, l.end = context.WithCancel(context.Background())
	return l
}

func prefixOf(id uuid.UUID) string { return "_c_" + id.String() + "-" + mark }

// Succeed has the latch delete what one of the same place has left that did not end well, rather than wait for the end of its session. The place is
// something that one process alone can have, so that whoever had it before is gone. It is called before the latch is used.
func (l *Latch) Succeed(place string) {
	l.prefix = prefixOf(uuid.NewSHA1(uuid.NameSpaceURL, []byte(place)))
}

// Start begins to learn who leads.
func (l *Latch) Start() {
	l.work.Go(l.sweep)
	l.work.Go(func() { l.client.each(l.ctx, "to learn who leads", l.follow) })
}

// Stop ends that.
func (l *Latch) Stop() {
	l.end()
	l.work.Wait()
}

// Leader is the address of who leads, as far as is known here; empty if nobody does, or ZooKeeper cannot be reached.
func (l *Latch) Leader() string {
	if h := l.holds.Load(); h != nil && h.Err() == nil {
		return l.address
	}
	if other := l.other.Load(); other != nil && *other != l.address {
		return *other
	}
	return ""
}

// follow learns who leads until the link ends.
func (l *Latch) follow(ctx context.Context, link *link) error {
	defer l.other.Store(nil)
	for {
		list, err := link.watched(ctx, l.path)
		if err != nil {
			return err
		}
		leader := ""
		if name := first(list.names); name != "" {
			n, err := link.get(ctx, l.path+"/"+name)
			if errors.Is(err, zk.ErrNoNode) {
				continue
			}
			if err != nil {
				return err
			}
			leader = l.candidate(n.data)
		}
		l.other.Store(&leader)
		select {
		case <-list.change:
		case <-link.down:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// candidate is the address that a node of the election has; empty if it has none to which a request can be sent on.
func (l *Latch) candidate(data []byte) string {
	address := string(data)
	if err := cluster.CheckURL(address); err != nil && address != "" {
		l.client.log.Warn("who leads by ZooKeeper cannot be asked anything", "path", l.path, "error", err)
		return ""
	}
	return address
}

// gain takes part in the election until this process leads, or ctx ends. waits is called before another is waited for, or an ensemble that cannot be
// reached for a while, or does not let this server stand for election.
func (l *Latch) gain(ctx context.Context, waits func()) (*hold, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	waits = sync.OnceFunc(waits)
	select {
	case l.seat <- struct{}{}:
	default:
		waits()
		select {
		case l.seat <- struct{}{}:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	l.patient(ctx, waits)
	var h *hold
	entering, entered := context.WithCancel(ctx)
	defer entered()
	l.client.each(entering, "the election", func(ctx context.Context, link *link) (err error) {
		if h, err = l.enter(ctx, link, waits); err == nil {
			entered()
		} else {
			waits() // the connection is lost, or the ensemble refuses: an ACL, say, which somebody has to change
		}
		return err
	})
	if h != nil {
		return h, nil
	}
	l.leave()
	<-l.seat
	if ctx.Err() == nil {
		return nil, errClosed
	}
	return nil, context.Cause(ctx)
}

// patient waits for a connection; if there is none for too long it says so.
func (l *Latch) patient(ctx context.Context, waits func()) {
	limited, cancel := context.WithTimeout(ctx, l.client.config.ConnectionTimeout)
	defer cancel()
	if _, err := l.client.link(limited); err != nil && ctx.Err() == nil {
		l.client.log.Warn("ZooKeeper cannot be reached; until it can nobody is known to lead", "servers", l.client.config.Hosts)
		waits()
	}
}

// enter stands for election until this process leads.
func (l *Latch) enter(ctx context.Context, link *link, waits func()) (*hold, error) {
	names, err := l.tidy(ctx, link)
	if err != nil {
		return nil, err
	}
	if _, there := before(names, l.keep); !there {
		node, err := link.create(ctx, l.path+"/"+l.prefix, []byte(l.address), zk.FlagEphemeralSequential, l.client.acl, true)
		if err != nil {
			return nil, err
		}
		l.keep = path.Base(node)
	}
	for {
		sent := time.Now()
		names, err := l.tidy(ctx, link)
		if err != nil {
			return nil, err
		}
		previous, there := before(names, l.keep)
		if !there {
			return nil, fmt.Errorf("the node %s was deleted", l.keep)
		}
		if previous == "" {
			return l.take(ctx, link, lease{link.timeout, sent})
		}
		waits()
		n, err := link.get(ctx, l.path+"/"+previous)
		if errors.Is(err, zk.ErrNoNode) {
			continue
		}
		if err != nil {
			return nil, err
		}
		select {
		case <-n.gone:
		case <-link.down:
			return nil, errDown
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// tidy lists the candidates, and deletes those nodes of this latch of which no answer has told, or that could not be deleted before.
func (l *Latch) tidy(ctx context.Context, link *link) (names []string, err error) {
	all, err := link.children(ctx, l.path)
	if err != nil && !errors.Is(err, zk.ErrNoNode) {
		return nil, err
	}
	for _, name := range all {
		if !strings.HasPrefix(name, l.prefix) || name == l.keep {
			names = append(names, name)
		} else if err := link.remove(ctx, l.path+"/"+name); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// leave deletes what this latch has in the election. What cannot be deleted, as the ensemble cannot be reached, is deleted later, or goes
// with the session.
func (l *Latch) leave() {
	l.keep = ""
	ctx, cancel := context.WithTimeout(context.Background(), l.client.farewell())
	defer cancel()
	err := errDown
	if link := l.client.now(); link != nil {
		_, err = l.tidy(ctx, link)
	}
	if err == nil {
		return
	}
	select {
	case l.dirty <- struct{}{}:
	default:
	}
}

// sweep deletes later what could not be deleted when the lead was given back: others wait for that.
func (l *Latch) sweep() {
	for {
		select {
		case <-l.dirty:
		case <-l.ctx.Done():
			return
		}
		ctx, swept := context.WithCancel(l.ctx)
		l.client.each(ctx, "to leave the election", func(ctx context.Context, link *link) error {
			select {
			case l.seat <- struct{}{}:
			default: // whoever stands for election deletes it
				swept()
				return nil
			}
			defer func() { <-l.seat }()
			_, err := l.tidy(ctx, link)
			if err == nil {
				swept()
			}
			return err
		})
		swept()
	}
}

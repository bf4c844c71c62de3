package zookeeper

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/go-zookeeper/zk"
	"github.com/google/uuid"

	"ovate/druid"
	"ovate/internal/cluster"
	"ovate/internal/jsontext"
)

var _ cluster.Announcer = (*Client)(nil)

// Announce tells of a node where Druid's processes look for nodes of its role.
func (c *Client) Announce(n cluster.Node) (withdraw func(), err error) {
	data, err := n.MarshalJSON()
	if err != nil {
		return nil, err
	}
	if c.config.Compress {
		if data, err = compress(data); err != nil {
			return nil, fmt.Errorf("announcement of %s: %w", n.Address(), err)
		}
	}
	return c.publish(c.config.directory(n.Role)+"/"+n.Address(), data), nil
}

// AnnounceLeader tells of a node where those look for the leader of a service that know its name alone (Curator's service discovery).
func (c *Client) AnnounceLeader(n cluster.Node) (withdraw func(), err error) {
	if _, err := n.MarshalJSON(); err != nil { // by such a node none can be reached
		return nil, err
	}
	id := uuid.NewString()
	return c.publish(c.config.service(n.Service)+"/"+id, instance(n, id, druid.Now())), nil
}

// instance is how Curator 5.5 writes what offers a service.
func instance(n cluster.Node, id string, registered druid.Instant) []byte {
	dst := append(make([]byte, 0, 256), `{"name":`...)
	dst = jsontext.AppendString(dst, []byte(serviceName(n.Service)))
	dst = append(dst, `,"id":`...)
	dst = jsontext.AppendString(dst, []byte(id))
	dst = append(dst, `,"address":`...)
	dst = jsontext.AppendString(dst, []byte(n.Host))
	return fmt.Appendf(dst, `,"port":%d,"sslPort":%d,"payload":null,"registrationTimeUTC":%d,"serviceType":"DYNAMIC","uriSpec":null}`,
		max(n.PlaintextPort, -1), max(n.TLSPort, -1), int64(registered))
}

// publish keeps a node with this data, which goes with the session, until withdraw is called.
func (c *Client) publish(path string, data []byte) (withdraw func()) {
	p := &publication{client: c, path: path, data: data}
	ctx, cancel := context.WithCancel(context.Background())
	var work sync.WaitGroup
	work.Go(func() { c.each(ctx, "the announcement "+path, p.keep) })
	return sync.OnceFunc(func() {
		cancel()
		work.Wait()
		p.withdraw()
	})
}

type publication struct {
	client *Client
	path   string
	data   []byte
	mine   *link // the last one on which the node was of this client's session
}

// keep has the node be there until the link ends, or it is not wanted any more.
func (p *publication) keep(ctx context.Context, link *link) error {
	for {
		_, err := link.create(ctx, p.path, p.data, zk.FlagEphemeral, p.client.acl, false)
		if err == nil {
			p.mine = link
		} else if !errors.Is(err, zk.ErrNodeExists) {
			return err
		}
		n, err := link.get(ctx, p.path)
		if errors.Is(err, zk.ErrNoNode) {
			continue
		}
		if err != nil {
			return err
		}
		if n.owner == link.session {
			p.mine = link
			p.client.log.Info("announced in ZooKeeper", "path", p.path)
		} else {
			// Mostly this server's last run, of which ZooKeeper has not heard that it has ended.
			p.client.log.Info("another session announces the same in ZooKeeper; it is announced in this one when that has ended", "path", p.path, "session", fmt.Sprintf("0x%x", n.owner))
		}
		select {
		case <-n.gone:
		case <-link.down:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// withdraw deletes the node, if it is of this client's session, and the ensemble can be reached.
func (p *publication) withdraw() {
	link := p.client.now()
	if link == nil || p.mine == nil || p.mine.session != link.session {
		return // there is none, or it goes with its session
	}
	ctx, cancel := context.WithTimeout(context.Background(), p.client.farewell())
	defer cancel()
	if err := link.remove(ctx, p.path); err != nil {
		p.client.log.Warn("an announcement could not be deleted from ZooKeeper; it goes with the session", "path", p.path, "error", err)
	}
}

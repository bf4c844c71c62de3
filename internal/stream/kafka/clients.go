package kafka

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"maps"
	"net"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"ovate/internal/room"
)

// Clients opens streams. Those whose consumerProperties come to the same share the connections to their brokers, so that a thousand supervisors of topics of
// one cluster need no more of them than one.
type Clients struct {
	answers *room.Pool // what the answers take that are on their way

	mu   sync.Mutex // guards open, and how many use each
	open map[identity]*client
}

// NewClients is one that has no connection to anybody.
func NewClients() *Clients {
	return &Clients{answers: room.NewPool(mostAnswers), open: map[identity]*client{}}
}

// client is what streams share.
type client struct {
	*kgo.Client
	users   int
	lookups sharing[allTopics, lookup]
	listed  sharing[listing, places]
}

// newClient makes one, whose shared questions end when it is closed.
func (c *Clients) newClient(config Config) (*client, error) {
	connect := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := config.connect(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return newAnswers(conn, c.answers), nil
	}
	// Nothing is fetched, but the library wants to be told that it would fit.
	made, err := kgo.NewClient(append(slices.Clip(config.options), kgo.Dialer(connect), kgo.BrokerMaxReadBytes(mostAnswer), kgo.FetchMaxBytes(mostAnswer))...)
	if err != nil {
		return nil, err
	}
	own := &client{Client: made}
	begin := func() (context.Context, context.CancelFunc) {
		return context.WithTimeout(made.Context(), config.timeout)
	}
	own.lookups.begin, own.listed.begin = begin, begin
	own.lookups.ask = func(ctx context.Context, about allTopics, many []*lookup) { lookUp(ctx, made, about, many) }
	own.listed.ask = func(ctx context.Context, of listing, many []*places) { listTogether(ctx, made, of, many) }
	return own, nil
}

// Open makes a stream. It connects to nobody before it is asked something.
func (c *Clients) Open(config Config, topics Topics) (*Stream, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	shared := c.open[config.identity]
	if shared == nil {
		made, err := c.newClient(config)
		if err != nil {
			return nil, fmt.Errorf("consumerProperties cannot be used: %s", config.hide(err.Error()))
		}
		shared = made
		c.open[config.identity] = shared
	}
	shared.users++
	s := &Stream{client: shared, config: config, topics: topics}
	s.lasts, s.end = context.WithCancel(context.Background())
	s.release = sync.OnceFunc(func() { c.release(config.identity, shared) })
	return s, nil
}

// release closes a client that nobody uses any more.
func (c *Clients) release(of identity, shared *client) {
	c.mu.Lock()
	shared.users--
	unused := shared.users == 0
	if unused {
		delete(c.open, of)
	}
	c.mu.Unlock()
	if unused {
		shared.Close()
	}
}

// identity is the same for properties that come to the same, secrets and what is in files included. It tells none of them.
type identity [sha256.Size]byte

// identify is the identity of properties, and of the texts in files that they name.
func identify(properties map[string]string, files []string) (of identity) {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		digest(h, name)
		digest(h, properties[name])
	}
	for _, text := range files {
		digest(h, text)
	}
	h.Sum(of[:0])
	return of
}

// digest adds a text with its length, so that two texts are not taken for two others.
func digest(to hash.Hash, text string) {
	to.Write(binary.AppendUvarint(nil, uint64(len(text)))) // which never fails
	to.Write([]byte(text))
}

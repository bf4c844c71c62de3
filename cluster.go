package ovate

import (
	"log/slog"
	"slices"

	"ovate/druid"
	"ovate/internal/broker"
	"ovate/internal/cluster"
	"ovate/internal/cluster/zookeeper"
	"ovate/internal/coordinator"
	"ovate/internal/datadir"
	"ovate/internal/leadership"
)

// membership is this server's part in a Druid cluster, through ZooKeeper: it is announced to the others, and takes part in the election of
// the Overlord. A nil one is that of a server that stands alone.
type membership struct {
	log      *slog.Logger
	client   *zookeeper.Client
	latch    *zookeeper.Latch
	node     cluster.Node
	withdraw func() // nil until it has started

	coordinator *coordinator.Client
	overlords   *cluster.Roster
}

// join begins to connect to ZooKeeper, if the configuration names one. It waits for nothing.
func (s *Server) join() error {
	c := s.config
	if c.Cluster.ZooKeeper == nil {
		return nil
	}
	client, err := zookeeper.Open(*c.Cluster.ZooKeeper, s.log)
	if err != nil {
		return err
	}
	client.OnReconnect(s.telemetry.Reconnected)
	// Callers that are sent to the leader look for its address among those that are announced.
	m := &membership{log: s.log, client: client, node: s.node()}
	m.node.StartTime = druid.Now()
	s.cluster = m
	m.latch = client.OverlordLatch(m.node.URL())
	// Whoever had the folder is gone, as this process has it now.
	if folder, err := datadir.File(c.Folder()); err != nil {
		s.log.Warn("after a crash the lead has to wait until ZooKeeper has ended the session of before", "error", err)
	} else {
		m.latch.Succeed(folder)
	}
	m.coordinator, m.overlords = coordinator.New(client, s.outgoing), cluster.Follow(client, cluster.Overlord)
	return nil
}

// discovered tells whether the cluster tells of this server.
func (m *membership) discovered() bool { return slices.ContainsFunc(m.overlords.Nodes(), m.node.Equal) }

// knownBrokers are the Brokers that are listed, or else those that are announced.
func (s *Server) knownBrokers() *broker.Client {
	if urls := s.config.Cluster.Brokers; len(urls) > 0 || s.cluster == nil {
		return broker.Listed(urls, s.outgoing)
	}
	return broker.Announced(s.cluster.client, s.outgoing)
}

// election is how it is agreed who leads.
func (s *Server) election() leadership.Leadership {
	if s.cluster == nil {
		return leadership.NewAlone(s.node().URL())
	}
	return s.cluster.latch
}

// start tells the others of this server, and begins to learn who leads.
func (m *membership) start() (err error) {
	if m == nil {
		return nil
	}
	if m.withdraw, err = m.client.Announce(m.node); err != nil {
		return err
	}
	m.latch.Start()
	return nil
}

// leads tells those who look for the leader by its service alone that it is this server, until the returned function is called.
func (m *membership) leads() (over func()) {
	if m == nil {
		return func() {}
	}
	withdraw, err := m.client.AnnounceLeader(m.node)
	if err != nil {
		m.log.Error("this server leads, and cannot be announced as the leader", "error", err)
		return func() {}
	}
	return withdraw
}

// leave begins to take back the announcement of this server, which answers nobody any more.
func (m *membership) leave() {
	if m != nil && m.withdraw != nil {
		go m.withdraw() // close waits for it
	}
}

// close takes back what was told, and ends the session. Nobody may need the cluster any more.
func (m *membership) close() error {
	if m == nil {
		return nil
	}
	if m.withdraw != nil {
		m.withdraw()
		m.latch.Stop()
	}
	if m.latch != nil {
		m.coordinator.Stop()
		m.overlords.Stop()
	}
	m.client.Close()
	return nil
}

package zookeeper_test

import (
	"testing"
	"time"

	"ovate/internal/cluster"
	"ovate/internal/cluster/zookeeper"
	"ovate/internal/cluster/zookeeper/zookeepertest"
)

// A server that takes connections and says nothing is left for another, and so is one that cannot be reached.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	address := shared.Start(t).Address()
	silent := zookeepertest.NewProxy(t, address)
	silent.Freeze()
	c := config(t, address)
	c.Hosts = append(c.Hosts, silent.Address(), "127.0.0.1:1")
	c.SessionTimeout = time.Second
	diaries := make([]diary, 8)
	for i := range diaries { // which begin anywhere
		defer open(t, c).Watch(cluster.Broker, diaries[i].changed)()
	}
	for i := range diaries {
		diaries[i].says(t, ".")
	}
}

// What no client can be made of.
func TestOpenNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []zookeeper.Config{{}, {Hosts: []string{"a:1"}}, {Hosts: []string{"a:1"}, SessionTimeout: time.Second}} {
		if _, err := zookeeper.Open(c, nil); err == nil {
			t.Errorf("a client of %+v", c)
		}
	}
}

package stores

import (
	"testing"
	"time"

	"ovate/internal/config"
)

// What a leader of a cluster has begun in the database has ended when another may lead.
func TestTransactionsEndBeforeAnotherLeads(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Sources{Flags: []config.Setting{{Key: "druid.zk.service.host", Value: "zk"}, {Key: "druid.zk.service.sessionTimeoutMs", Value: "6000"}}})
	if err != nil {
		t.Fatal(err)
	}
	if idle := server(c, false, nil).Idle; idle != 2*time.Second {
		t.Errorf("a transaction may rest for %v, want a third of the session's timeout", idle)
	}
	c.Cluster.ZooKeeper = nil
	if idle := server(c, false, nil).Idle; idle != 0 {
		t.Errorf("without others a transaction may rest for %v", idle)
	}
}

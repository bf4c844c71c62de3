//go:build peer

package peer

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"ovate/internal/cluster"
	"ovate/internal/cluster/zookeeper"
	"ovate/internal/leadership"
)

// A real Overlord dies, ovate has the lead, and the Overlord that comes back sends its callers to ovate, until it is given the lead back. The
// cluster's worker is seen all the time.
func TestNeighbourOverlord(t *testing.T) {
	c, err := Start(t.Context(), Options{Roles: []Role{MiddleManager}, Quick: true, Output: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Stop() })
	config, err := zookeeper.ParseConfig(func(name string) (string, bool) { return c.addresses[ZooKeeper], name == "druid.zk.service.host" })
	if err != nil {
		t.Fatal(err)
	}
	client, err := zookeeper.Open(config, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	workers := make(chan cluster.Change, 10)
	defer client.Watch(cluster.MiddleManager, func(c cluster.Change) { workers <- c })()
	if came := (<-workers).Came; len(came) != 1 || came[0].URL() != c.URL(MiddleManager) || len(came[0].Services["workerNodeService"]) == 0 {
		t.Errorf("the workers are %+v", came)
	}
	const ours = "http://localhost:8090"
	withdraw, err := client.Announce(cluster.Node{Role: cluster.Overlord, Service: "druid/overlord", Host: "localhost", PlaintextPort: 8090, TLSPort: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer withdraw()
	latch := client.OverlordLatch(ours)
	latch.Start()
	defer latch.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	waits := make(chan struct{})
	gained := make(chan *leadership.Lead, 1)
	go func() {
		lead, err := latch.Gain(ctx, func() { close(waits) })
		if err != nil {
			t.Error(err)
		}
		gained <- lead
	}()
	<-waits
	if err := Poll(ctx, func() (bool, error) { return latch.Leader() == c.URL(Overlord), nil }); err != nil {
		t.Fatalf("ovate thinks that %q leads", latch.Leader())
	}
	if err := c.Restart(Overlord); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	lead := <-gained
	if lead == nil {
		return
	}
	t.Logf("ovate leads %.1f s after the Overlord was killed", time.Since(killed).Seconds())
	if err := Poll(ctx, func() (bool, error) {
		body, ok := c.get(ctx, c.URL(Overlord)+"/druid/indexer/v1/leader")
		return ok && body == ours, nil
	}); err != nil {
		t.Error("the Overlord does not think that ovate leads")
	}
	noRedirect := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := noRedirect.Get(c.URL(Overlord) + "/druid/indexer/v1/tasks")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if to := answer.Header.Get("Location"); answer.StatusCode != http.StatusTemporaryRedirect || !strings.HasPrefix(to, ours+"/") {
		t.Errorf("the Overlord answers %d, and sends to %q", answer.StatusCode, to)
	}
	lead.Resign()
	if err := c.Wait(ctx); err != nil {
		t.Error("the Overlord does not lead again:", err)
	}
	if latch.Leader() != c.URL(Overlord) || len(workers) > 0 {
		t.Errorf("%q leads, and of workers there are %d changes", latch.Leader(), len(workers))
	}
}

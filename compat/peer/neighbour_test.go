//go:build peer

package peer

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"ovate/internal/cluster"
	"ovate/internal/cluster/zookeeper"
	"ovate/internal/leadership"
)

// neighbour is a process made of Druid's classes for ZooKeeper.
type neighbour struct {
	to      io.Writer
	answers chan string
	events  chan string // leads, lost
}

func startNeighbour(t *testing.T, lib, address string, port int) *neighbour {
	t.Helper()
	cmd := Java(t.Context(), lib, filepath.Join("neighbour", "Neighbour.java"), address, fmt.Sprint(port))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	n := &neighbour{in, make(chan string, 100), make(chan string, 100)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			switch line := lines.Text(); line {
			case "leads", "lost":
				n.events <- line
			default:
				n.answers <- line
			}
		}
	}()
	t.Cleanup(func() {
		in.Close()
		<-ended
		_ = cmd.Wait() // whose end is no matter
	})
	return n
}

func (n *neighbour) ask(t *testing.T, line string) string {
	t.Helper()
	if _, err := fmt.Fprintln(n.to, line); err != nil {
		t.Fatal(err)
	}
	return await(t, n.answers, "the answer to "+line)
}

func await(t *testing.T, from <-chan string, what string) string {
	t.Helper()
	select {
	case line := <-from:
		return line
	case <-time.After(time.Minute):
		t.Fatal("no " + what)
		return ""
	}
}

// askUntil asks until the answer is the wanted one.
func (n *neighbour) askUntil(t *testing.T, line, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	got := ""
	if err := Poll(ctx, func() (bool, error) { got = n.ask(t, line); return got == want, nil }); err != nil {
		t.Fatalf("%s is answered with\n%s\nwant\n%s", line, got, want)
	}
}

// Druid's own classes and ovate's stand in one election, and see each other's nodes; both write the same bytes.
func TestNeighbour(t *testing.T) {
	lib, err := Install(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := StartKeeper(t.Context(), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(keeper.Stop)
	java := startNeighbour(t, lib, keeper.Address(), 8091)
	config, err := zookeeper.ParseConfig(func(name string) (string, bool) { return keeper.Address(), name == "druid.zk.service.host" })
	if err != nil {
		t.Fatal(err)
	}
	client, err := zookeeper.Open(config, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	t.Run("election", func(t *testing.T) { contend(t, java, client) })
	t.Run("nodes", func(t *testing.T) { compareNodes(t, java, client, keeper.Address()) })
}

func contend(t *testing.T, java *neighbour, client *zookeeper.Client) {
	const ours, theirs = "http://localhost:8090", "http://localhost:8091"
	latch := client.OverlordLatch(ours)
	latch.Start()
	defer latch.Stop()
	leader := func(want string) {
		t.Helper()
		java.askUntil(t, "leader", want)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if err := Poll(ctx, func() (bool, error) { return latch.Leader() == want, nil }); err != nil {
			t.Fatalf("ovate thinks that %q leads, and %s does", latch.Leader(), want)
		}
	}
	lead, err := latch.Gain(t.Context(), func() {})
	if err != nil {
		t.Fatal(err)
	}
	leader(ours)
	java.ask(t, "enter")
	select {
	case <-java.events:
		t.Fatal("Java leads beside ovate")
	case <-time.After(500 * time.Millisecond):
	}
	lead.Resign()
	if await(t, java.events, "lead of Java's") != "leads" {
		t.Fatal("Java has lost what it did not have")
	}
	leader(theirs)
	waits, gained := make(chan struct{}), make(chan *leadership.Lead, 1)
	go func() {
		lead, err := latch.Gain(t.Context(), func() { close(waits) })
		if err != nil {
			t.Error(err)
		}
		gained <- lead
	}()
	<-waits
	java.ask(t, "leave")
	if lead = <-gained; lead == nil {
		return
	}
	leader(ours)
	lead.Resign()
}

func compareNodes(t *testing.T, java *neighbour, client *zookeeper.Client, address string) {
	conn, events, err := zk.Connect([]string{address}, 5*time.Second, zk.WithLogger(mute{}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		conn.Close()
		for range events {
		}
	}()
	read := func(path string) []byte {
		t.Helper()
		var data []byte
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if err := Poll(ctx, func() (bool, error) { data, _, err = conn.Get(path); return err == nil, nil }); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		return data
	}
	came := make(chan cluster.Change, 100)
	defer client.Watch(cluster.MiddleManager, func(c cluster.Change) { came <- c })()
	if c := <-came; len(c.Came)+len(c.Went) > 0 {
		t.Errorf("at first there is %+v", c)
	}
	java.ask(t, "announce")
	worker := (<-came).Came[0]
	if worker.URL() != "http://localhost:8091" || string(worker.Services["workerNodeService"]) != `{"type":"workerNodeService","ip":"10.0.0.1","capacity":2,"version":"0","category":"_default_worker_category"}` {
		t.Errorf("Java's worker is %+v", worker)
	}
	overlord := worker
	overlord.Role, overlord.PlaintextPort, overlord.Services = cluster.Overlord, 8090, nil
	for _, n := range []cluster.Node{overlord, {Role: cluster.MiddleManager, Service: worker.Service, Host: "localhost", PlaintextPort: 8090, TLSPort: -1, StartTime: worker.StartTime, Services: worker.Services}} {
		withdraw, err := client.Announce(n)
		if err != nil {
			t.Fatal(err)
		}
		defer withdraw()
		dir := "/druid/internal-discovery/" + map[cluster.Role]string{cluster.Overlord: "OVERLORD", cluster.MiddleManager: "MIDDLE_MANAGER"}[n.Role]
		ours, theirs := gunzip(t, read(dir+"/localhost:8090")), gunzip(t, read(dir+"/localhost:8091"))
		if ours = bytes.ReplaceAll(ours, []byte(":8090"), []byte(":8091")); !bytes.Equal(ours, theirs) {
			t.Errorf("ovate announces\n%s\nJava\n%s", ours, theirs)
		}
	}
	theirs := `{"druidNode":{"service":"druid/overlord","host":"localhost","bindOnHost":false,"plaintextPort":8091,"port":-1,"tlsPort":-1,"enablePlaintextPort":true,"enableTlsPort":false},"nodeType":"overlord","services":{},"startTime":"2026-11-27T17:31:35.001Z"}`
	both := func(first, second string) func() bool {
		return func() bool { said := java.ask(t, "overlords"); return said == first+second || said == second+first }
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	seen := both(theirs, strings.ReplaceAll(theirs, "8091", "8090"))
	if err := Poll(ctx, func() (bool, error) { return seen(), nil }); err != nil {
		t.Errorf("Java sees the overlords %s", java.ask(t, "overlords"))
	}
	compareServices(t, java, client, conn, read)
}

// compareServices has both tell that they lead druid/overlord: Java's entry is there already.
func compareServices(t *testing.T, java *neighbour, client *zookeeper.Client, conn *zk.Conn, read func(string) []byte) {
	const path = "/druid/discovery/druid:overlord"
	theirs, _, err := conn.Children(path)
	if err != nil || len(theirs) != 1 {
		t.Fatalf("Java's entries are %q, %v", theirs, err)
	}
	withdraw, err := client.AnnounceLeader(cluster.Node{Role: cluster.Overlord, Service: "druid/overlord", Host: "localhost", PlaintextPort: 8091, TLSPort: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer withdraw()
	var all []string
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := Poll(ctx, func() (bool, error) { all, _, err = conn.Children(path); return len(all) == 2, err }); err != nil {
		t.Fatal(err)
	}
	varies := regexp.MustCompile(`"id":"[0-9a-f-]{36}"|"registrationTimeUTC":\d{13}`)
	first, second := read(path+"/"+all[0]), read(path+"/"+all[1])
	if a, b := varies.ReplaceAllString(string(first), ""), varies.ReplaceAllString(string(second), ""); a != b {
		t.Errorf("one writes\n%s\nthe other\n%s", first, second)
	}
	if said := java.ask(t, "services"); strings.Count(said, "ServiceInstance{") != 2 {
		t.Errorf("Java finds %s", said)
	}
}

type mute struct{}

func (mute) Printf(string, ...any) {}

func gunzip(t *testing.T, data []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

package apptest

import (
	"crypto/tls"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/cluster"
	"ovate/internal/cluster/zookeeper"
	"ovate/internal/cluster/zookeeper/zookeepertest"
	"ovate/internal/keystore/keystoretest"
	"ovate/internal/runner/remote/workertest"
)

// TestWorkersWithTLS: tasks run on a worker that is https and asks for a certificate, if druid.client.https says whom to trust and what to show; else the log
// says what is missing, and nothing is sent.
func TestWorkersWithTLS(t *testing.T) {
	t.Parallel()
	ca := keystoretest.New(t, "authority")
	own, ours := ca.Issue(t, "127.0.0.1"), ca.Issue(t, "overlord")
	pair, err := tls.X509KeyPair(own.CertPEM, own.KeyPEM)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	at := server.Listener.Addr().String()
	port, err := strconv.Atoi(portOf(at))
	if err != nil {
		t.Fatal(err)
	}
	w := workertest.New(at, 2, druid.TaskLocation{Host: "127.0.0.1", Port: -1, TLSPort: port})
	server.Config.Handler, server.Config.ErrorLog = w, log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: ca.Pool(), ClientAuth: tls.RequireAndVerifyClientCert}
	server.StartTLS()
	defer func() {
		w.Close()
		server.CloseClientConnections()
		server.Close()
	}()
	both := filepath.Join(t.TempDir(), "both.pem")
	if err := os.WriteFile(both, append(ours.CertPEM, ours.KeyPEM...), 0o600); err != nil {
		t.Fatal(err)
	}
	list, trust, show := "ovate.workers=https://"+at, "druid.client.https.trustStorePath="+ca.File(t), "druid.client.https.keyStorePath="+both
	for missing, properties := range map[string][]string{
		"certificate signed by unknown authority": {list, show},
		"certificate required":                    {list, trust},
	} {
		s := start(t, t.TempDir(), properties...)
		s.tells(t, missing)
		s.terminate(t)
	}
	s := start(t, t.TempDir(), list, trust, show)
	s.submit(t, object{"type": "noop", "id": "n", "runTime": 1})
	s.succeed(t, "n")
	if w.Payload("n") == nil {
		t.Error("the worker has got no task")
	}
	s.terminate(t)
}

// TestClusterWithTLS: a server with TLS is announced with both ports, leads by its https address, and sends those that come to it by either port there.
func TestClusterWithTLS(t *testing.T) {
	t.Parallel()
	keeper := zookeepertest.Start(t)
	ca := keystoretest.New(t, "authority")
	own := ca.Issue(t, "localhost", "127.0.0.1")
	s := start(t, t.TempDir(), "druid.zk.service.host="+keeper.Address(), "druid.indexer.runner.type=local", "druid.tlsPort=0", "ovate.tls.certificate="+own.CertFile, "ovate.tls.key="+own.KeyFile)
	m := &member{url: s.URL()}
	eventually(t, "it leads", m.leads)
	zk, err := zookeeper.ParseConfig(func(name string) (string, bool) {
		return keeper.Address(), name == "druid.zk.service.host"
	})
	if err != nil {
		t.Fatal(err)
	}
	others, err := zookeeper.Open(zk, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer others.Close()
	overlords := cluster.Follow(others, cluster.Overlord)
	defer overlords.Stop()
	eventually(t, "it is announced", func() bool { return len(overlords.Nodes()) == 1 })
	n := overlords.Nodes()[0]
	if strconv.Itoa(n.PlaintextPort) != portOf(s.URL()) || n.TLSPort < 0 || n.Host != "localhost" {
		t.Errorf("it is announced as %+v", n)
	}
	if _, leader, _ := m.get("/druid/indexer/v1/leader"); leader != n.URL() || !strings.HasPrefix(leader, "https://localhost:") {
		t.Errorf("the leader is %s, and is announced as %s", leader, n.URL())
	}
	c, err := client.New(n.URL(), client.WithTLS(&tls.Config{RootCAs: ca.Pool()}))
	if err != nil {
		t.Fatal(err)
	}
	if id, err := c.Submit(t.Context(), []byte(`{"type":"noop","id":"n","runTime":1}`)); err != nil || id != "n" {
		t.Errorf("%s, %v", id, err)
	}
	s.succeed(t, "n")
	if status, err := s.Status(t.Context(), "n"); err != nil || status.Location.TLSPort != n.TLSPort || status.Location.Port != n.PlaintextPort {
		t.Errorf("the task was at %+v, %v", status.Location, err)
	}
	s.terminate(t)
}

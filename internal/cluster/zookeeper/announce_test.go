package zookeeper_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"ovate/internal/cluster"
	"ovate/internal/cluster/zookeeper"
	"ovate/internal/cluster/zookeeper/zookeepertest"
)

var overlord = cluster.Node{Role: cluster.Overlord, Service: "druid/overlord", Host: "localhost", PlaintextPort: 8090, TLSPort: -1, StartTime: 1795800695001}

const overlordText = `{"druidNode":{"service":"druid/overlord","host":"localhost","bindOnHost":false,"plaintextPort":8090,"port":-1,"tlsPort":-1,"enablePlaintextPort":true,"enableTlsPort":false},"nodeType":"overlord","services":{},"startTime":"2026-11-27T17:31:35.001Z"}`

const overlords = "/druid/internal-discovery/OVERLORD"

func unzip(t *testing.T, data []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

// announced waits until the node is there, in a session of its own.
func (o observer) announced(t *testing.T, path string) (session int64) {
	t.Helper()
	eventually(t, path+" is announced", func() bool {
		there, stat, err := o.conn.Exists(o.chroot + path)
		if err != nil {
			t.Fatal(err)
		}
		session = stat.EphemeralOwner
		return there && session != 0
	})
	return session
}

// An announcement is what Druid writes, is there again after somebody has deleted it, after the connection was cut, and after the session
// was lost; and it is gone once it is withdrawn.
func TestAnnounce(t *testing.T) {
	t.Parallel()
	address := shared.Start(t).Address()
	proxy := zookeepertest.NewProxy(t, address)
	c := config(t, proxy.Address())
	o := newObserver(t, address, c.Chroot)
	client := open(t, c)
	again := make(chan time.Duration, 1)
	client.OnReconnect(func(away time.Duration) { again <- away })
	withdraw, err := client.Announce(overlord)
	if err != nil {
		t.Fatal(err)
	}
	const path = overlords + "/localhost:8090"
	session := o.announced(t, path)
	if text := unzip(t, o.data(t, path)); text != overlordText {
		t.Errorf("announced is\n%s\nwant\n%s", text, overlordText)
	}
	o.remove(t, path)
	if other := o.announced(t, path); other != session {
		t.Error("it is announced again in another session")
	}
	proxy.Cut(false)
	zookeepertest.End(t, address, proxy.Session())
	eventually(t, "it is announced in another session", func() bool {
		return len(o.children(t, overlords)) == 1 && o.announced(t, path) != session
	})
	if away := <-again; away <= 0 {
		t.Errorf("the connection was away for %v", away)
	}
	withdraw()
	withdraw()
	if left := o.children(t, overlords); len(left) != 0 {
		t.Errorf("after it was withdrawn %q are there", left)
	}
}

// What is announced goes when the client is closed. Withdrawing it then is no error.
func TestAnnounceClose(t *testing.T) {
	t.Parallel()
	address := shared.Start(t).Address()
	c := config(t, address)
	c.Compress = false
	o := newObserver(t, address, c.Chroot)
	client, err := zookeeper.Open(c, testLog(t))
	if err != nil {
		t.Fatal(err)
	}
	withdraw, err := client.Announce(overlord)
	if err != nil {
		t.Fatal(err)
	}
	o.announced(t, overlords+"/localhost:8090")
	if text := string(o.data(t, overlords+"/localhost:8090")); text != overlordText {
		t.Errorf("announced without gzip is %s", text)
	}
	client.Close()
	if left := o.children(t, overlords); len(left) != 0 {
		t.Errorf("after the client was closed %q are there", left)
	}
	withdraw()
}

// A server that starts again before ZooKeeper has noticed its end announces itself as soon as it has.
func TestAnnounceAfterKill(t *testing.T) {
	t.Parallel()
	address := shared.Start(t).Address()
	proxy := zookeepertest.NewProxy(t, address)
	o := newObserver(t, address, config(t, address).Chroot)
	const path = overlords + "/localhost:8090"
	for _, at := range []string{proxy.Address(), address} {
		withdraw, err := open(t, config(t, at)).Announce(overlord)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(withdraw)
		o.announced(t, path)
	}
	before := o.announced(t, path)
	proxy.Cut(true)
	zookeepertest.End(t, address, proxy.Session())
	eventually(t, "the second session announces it", func() bool {
		return len(o.children(t, overlords)) == 1 && o.announced(t, path) != before
	})
}

// A node that could not be reached is not announced.
func TestAnnounceNoNode(t *testing.T) {
	t.Parallel()
	client := open(t, config(t, "127.0.0.1:1"))
	for _, announce := range []func(cluster.Node) (func(), error){client.Announce, client.AnnounceLeader} {
		if _, err := announce(cluster.Node{Role: cluster.Overlord, Host: "h", PlaintextPort: -1, TLSPort: -1}); err == nil {
			t.Error("a node without a port is announced")
		}
	}
}

// The entry by which the leader of a service is found, as Curator writes it.
func TestAnnounceLeader(t *testing.T) {
	t.Parallel()
	address := shared.Start(t).Address()
	c := config(t, address)
	o := newObserver(t, address, c.Chroot)
	began := time.Now().UnixMilli()
	withdraw, err := open(t, c).AnnounceLeader(overlord)
	if err != nil {
		t.Fatal(err)
	}
	const path = "/druid/discovery/druid:overlord"
	eventually(t, "the leader is announced", func() bool { return len(o.children(t, path)) == 1 })
	id := o.children(t, path)[0]
	text := string(o.data(t, path+"/"+id))
	want := `{"name":"druid:overlord","id":"` + id + `","address":"localhost","port":8090,"sslPort":-1,"payload":null,"registrationTimeUTC":N,"serviceType":"DYNAMIC","uriSpec":null}`
	if got := regexp.MustCompile(`UTC":\d+`).ReplaceAllString(text, `UTC":N`); got != want {
		t.Errorf("it is\n%s\nwant\n%s", got, want)
	}
	var entry struct{ RegistrationTimeUTC int64 }
	if err := json.Unmarshal([]byte(text), &entry); err != nil || entry.RegistrationTimeUTC < began || entry.RegistrationTimeUTC > time.Now().UnixMilli() {
		t.Errorf("it was registered at %d, %v", entry.RegistrationTimeUTC, err)
	}
	withdraw()
	if left := o.children(t, path); len(left) != 0 {
		t.Errorf("after it was withdrawn %q are there", left)
	}
}

// With a user everything is the user's alone; the user is told again on each connection.
func TestACL(t *testing.T) {
	t.Parallel()
	address := shared.Start(t).Address()
	proxy := zookeepertest.NewProxy(t, address)
	c := config(t, proxy.Address())
	c.User, c.Password, c.ACL = "druid", "geheim", true
	client := open(t, c)
	withdraw, err := client.Announce(overlord)
	if err != nil {
		t.Fatal(err)
	}
	owner := newObserver(t, address, c.Chroot)
	if err := owner.conn.AddAuth("digest", []byte("druid:geheim")); err != nil {
		t.Fatal(err)
	}
	const path = overlords + "/localhost:8090"
	eventually(t, "the owner reads it", func() bool { _, _, err := owner.conn.Get(c.Chroot + path); return err == nil })
	other := newObserver(t, address, c.Chroot)
	if _, _, err := other.conn.Get(c.Chroot + path); !errors.Is(err, zk.ErrNoAuth) {
		t.Errorf("another user reads it: %v", err)
	}
	owner.data(t, path)
	proxy.Cut(false)
	owner.remove(t, path)
	owner.announced(t, path) // on a connection that cannot do so without the user
	withdraw()
	if left := owner.children(t, overlords); len(left) != 0 {
		t.Errorf("after it was withdrawn %q are there", left)
	}
}

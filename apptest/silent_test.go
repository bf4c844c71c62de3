package apptest

import (
	"net"
	"strings"
	"testing"

	"ovate/internal/metadata/sqldb/sqldbtest"
)

// silent is an address that takes connections and says nothing, as a frozen server does, or a load balancer with nobody behind it. Who connects
// is told in taken.
func silent(t testing.TB) (address string, taken <-chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	some := make(chan struct{}, 100)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var all []net.Conn
		for {
			c, err := l.Accept()
			if err != nil {
				break
			}
			all = append(all, c)
			some <- struct{}{}
		}
		for _, c := range all {
			_ = c.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-ended
	})
	return l.Addr().String(), some
}

// silentDatabases are the properties for a database server at an address, by its type, with the connectTimeout of the URL for so many seconds.
func silentDatabases(address, seconds string) map[string][]string {
	return map[string][]string{
		"postgresql": {"druid.metadata.storage.type=postgresql", "druid.metadata.storage.connector.connectURI=jdbc:postgresql://" + address + "/druid?connectTimeout=" + seconds},
		"mysql":      {"druid.metadata.storage.type=mysql", "druid.metadata.storage.connector.connectURI=jdbc:mysql://" + address + "/druid?connectTimeout=" + seconds + "000"},
	}
}

// TestSilentDatabase: a database server that takes connections and says nothing holds up no SIGTERM when a server starts, and is given up after a while, by
// its address. What is waited for stands in the log.
func TestSilentDatabase(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"postgresql", "mysql"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			address, taken := silent(t)
			p := launch(t, t.TempDir(), silentDatabases(address, "3600")[kind]...)
			<-taken
			p.terminate(t)
			if log := p.output.String(); !strings.Contains(log, "connecting to the metadata database") || !strings.Contains(log, address) || !strings.Contains(log, "stopped before it had started") {
				t.Errorf("the log is\n%s", log)
			}
			p = launch(t, t.TempDir(), silentDatabases(address, "1")[kind]...)
			code, log := p.exit(t), p.output.String()
			if code != 1 || strings.Count(log, "the metadata database does not answer; trying again") == 0 || !strings.Contains(log, "metadata database "+address) || !strings.Contains(log, "says nothing") {
				t.Errorf("exit code %d\n%s", code, log)
			}
		})
	}
}

// TestDatabaseFallsSilentAtTheStart: nor does one that falls silent at whatever later moment of the start, while tables are made or read.
func TestDatabaseFallsSilentAtTheStart(t *testing.T) {
	t.Parallel()
	for kind, begin := range map[string]func(testing.TB) *sqldbtest.Server{"postgresql": sqldbtest.PostgreSQL, "mysql": sqldbtest.MariaDB} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			database := begin(t)
			proxy := sqldbtest.NewProxy(t, database.Address)
			timeouts := map[string]string{"postgresql": "connectTimeout=3600&socketTimeout=3600", "mysql": "connectTimeout=3600000&socketTimeout=3600000"}[kind]
			where := *database
			uri, options, _ := strings.Cut(strings.Replace(database.URI, database.Address, proxy.Address, 1), "?")
			where.URI = uri + "?" + strings.Trim(options+"&"+timeouts, "&")
			stops := 0
			for n := 1; ; n += 1 + n/2 {
				frozen := proxy.Freeze(n)
				p := launch(t, t.TempDir(), properties(&where, kind)...)
				select {
				case <-frozen:
					stops++
					p.terminate(t)
				case <-p.output.address:
					proxy.Thaw()
					p.terminate(t)
					t.Logf("it fell silent %d times before the server had started", stops)
					return
				case <-p.ended:
					t.Fatalf("the start ended by itself:\n%s", p.output)
				}
			}
		})
	}
}

// TestSilentZooKeeper: nor does a ZooKeeper that is silent.
func TestSilentZooKeeper(t *testing.T) {
	t.Parallel()
	address, taken := silent(t)
	p := launch(t, t.TempDir(), "druid.zk.service.enabled=true", "druid.zk.service.host="+address)
	<-taken
	p.terminate(t)
}

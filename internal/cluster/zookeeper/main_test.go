package zookeeper_test

import (
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"ovate/internal/cluster/zookeeper"
	"ovate/internal/cluster/zookeeper/zookeepertest"
)

var shared zookeepertest.Shared

func TestMain(m *testing.M) {
	code := m.Run()
	shared.Stop()
	if err := goleak.Find(); err != nil && code == 0 {
		os.Stderr.WriteString(err.Error() + "\n")
		code = 1
	}
	os.Exit(code)
}

// paths are the tests' own, by test.
var paths sync.Map

// testLog is a log whose lines a failed test shows.
func testLog(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// config is for a server at an address, below a path of this test's own.
func config(t *testing.T, address string) zookeeper.Config {
	t.Helper()
	path, known := paths.LoadOrStore(t, uuid.NewString())
	if !known {
		t.Cleanup(func() { paths.Delete(t) })
	}
	c, err := zookeeper.ParseConfig(func(name string) (string, bool) {
		if name == "druid.zk.service.host" {
			return address + "/test-" + path.(string), true
		}
		return "", false
	})
	if err != nil {
		t.Fatal(err)
	}
	c.SessionTimeout = 5 * time.Second
	return c
}

// open opens a client that is closed when the test ends.
func open(t *testing.T, c zookeeper.Config) *zookeeper.Client {
	t.Helper()
	client, err := zookeeper.Open(c, testLog(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

package config

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCluster(t *testing.T) {
	t.Parallel()
	// Nobody is looked for unless that is asked for.
	for _, text := range []string{"", "druid.zk.service.host=zk\ndruid.zk.service.enabled=false", "druid.zk.paths.base=/other"} {
		c := load(t, Sources{Files: []string{file(t, text)}})
		if c.Cluster.ZooKeeper != nil || !c.Retention.Coordinator || c.Runner.Type != InProcess {
			t.Errorf("%q: %+v, a Coordinator's duties %v, runner %s", text, c.Cluster.ZooKeeper, c.Retention.Coordinator, c.Runner.Type)
		}
	}
	c := load(t, Sources{Files: []string{file(t, "druid.discovery.type=curator")}})
	if zk := c.Cluster.ZooKeeper; zk == nil || len(zk.Hosts) != 1 || zk.Hosts[0] != "localhost:2181" {
		t.Errorf("by its type of discovery alone: %+v", zk)
	}
	c = load(t, Sources{Files: []string{file(t, `druid.zk.service.host=zk1,zk2:2182/root
druid.zk.service.sessionTimeoutMs=6000
druid.zk.paths.base=/mine
druid.indexer.runner.type=HTTPRemote
druid.indexer.runner.taskCleanupTimeout=PT1M
druid.indexer.queue.startDelay=PT0S
`)}})
	zk := c.Cluster.ZooKeeper
	if zk == nil || len(zk.Hosts) != 2 || zk.Chroot != "/root" || zk.Base != "/mine" || zk.SessionTimeout != 6*time.Second {
		t.Errorf("ZooKeeper is %+v", zk)
	}
	if c.Runner.Type != HTTPRemote || c.Runner.TaskCleanupTimeout != time.Minute || c.Runner.TaskAssignmentTimeout != 5*time.Minute || c.Runner.StartDelay != 0 {
		t.Errorf("runner %+v", c.Runner)
	}
	if c.Retention.Coordinator || c.Origin("ovate.coordinatorDuties") == "default" {
		t.Errorf("a Coordinator's duties are done beside one; from %s", c.Origin("ovate.coordinatorDuties"))
	}
	c = load(t, Sources{Files: []string{file(t, "druid.zk.service.host=zk")}})
	if c.Runner.StartDelay != time.Minute {
		t.Errorf("workers that come late are waited for %v", c.Runner.StartDelay)
	}
	if c.Runner.Type != HTTPRemote || c.Properties()["druid.indexer.runner.type"] != HTTPRemote || c.Origin("druid.indexer.runner.type") != "default, with ZooKeeper" {
		t.Errorf("beside ZooKeeper tasks run by %s, from %s", c.Runner.Type, c.Origin("druid.indexer.runner.type"))
	}
	c = load(t, Sources{Files: []string{file(t, "druid.zk.service.host=zk\novate.coordinatorDuties=true\ndruid.indexer.runner.type=local")}})
	if !c.Retention.Coordinator {
		t.Error("a Coordinator's duties are not done, although that was asked for")
	}
	if c.Runner.Type != InProcess || c.Origin("druid.indexer.runner.type") != "runtime.properties:3" {
		t.Errorf("tasks run by %s, although local was asked for", c.Runner.Type)
	}
	if len(c.Unused()) != 0 {
		t.Errorf("without effect: %v", c.Unused())
	}
}

// Workers that are listed need no ZooKeeper, and take tasks unless it is said otherwise; then they are there in vain.
func TestWorkers(t *testing.T) {
	t.Parallel()
	c := load(t, Sources{Files: []string{file(t, `ovate.workers=one:8091, https://two.example.com:8291/,http://[::1]:8091
druid.zk.service.enabled=false`)}})
	want := []string{"http://one:8091", "https://two.example.com:8291", "http://[::1]:8091"}
	if !slices.Equal(c.Runner.Workers, want) || c.Cluster.ZooKeeper != nil || !c.Retention.Coordinator {
		t.Errorf("workers %q, ZooKeeper %+v, a Coordinator's duties %v", c.Runner.Workers, c.Cluster.ZooKeeper, c.Retention.Coordinator)
	}
	if c.Runner.Type != HTTPRemote || c.Origin("druid.indexer.runner.type") != "default, with ovate.workers" {
		t.Errorf("tasks run by %s, from %s", c.Runner.Type, c.Origin("druid.indexer.runner.type"))
	}
	c = load(t, Sources{Files: []string{file(t, `ovate.workers=["one:8091"]
druid.zk.service.host=zk
druid.indexer.runner.type=httpRemote`)}})
	if !slices.Equal(c.Runner.Workers, want[:1]) || c.Cluster.ZooKeeper == nil {
		t.Errorf("beside ZooKeeper: workers %q, ZooKeeper %+v", c.Runner.Workers, c.Cluster.ZooKeeper)
	}
	for value, want := range map[string]string{
		"one":                      `and not like "http://one"`,
		"one:0":                    "must be where workers listen",
		"one:8091,two:port":        `and not like "http://two:***"`,
		"ftp://one:8091":           "must be where workers listen",
		"http://one:8091/druid":    "must be where workers listen",
		"http://:8091":             "must be where workers listen",
		"one:8091,http://one:8091": "must name each worker once; one:8091 is there twice",
		`[1]`:                      "must be a JSON array of texts",
		"one:8091\ndruid.indexer.runner.type=local": "names workers that get no tasks, as druid.indexer.runner.type is local",
	} {
		_, err := Load(Sources{Files: []string{file(t, "ovate.workers="+value)}})
		line, _, _ := strings.Cut(value, "\n")
		if err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("ovate.workers = %q (runtime.properties:1): ", line)) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", value, err)
		}
	}
	if _, err := Load(Sources{Files: []string{file(t, "ovate.workers=http://joe:secret@one:8091")}}); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a password: %v", err)
	}
	if _, err := Load(Sources{Files: []string{file(t, "druid.indexer.runner.type=httpRemote")}}); err == nil || !strings.Contains(err.Error(), "or name them with ovate.workers") {
		t.Errorf("httpRemote without workers: %v", err)
	}
}

// A value of ZooKeeper's that cannot be used is told with where it comes from, as all others are.
func TestClusterOrigin(t *testing.T) {
	t.Parallel()
	_, err := Load(Sources{Files: []string{file(t, "druid.zk.service.host=zk:0\ndruid.zk.service.acl=true\ndruid.zk.service.sessionTimeoutMs=0")}})
	for _, want := range []string{`druid.zk.service.host = "zk:0" (runtime.properties:1): must be`, `druid.zk.service.acl = "true" (runtime.properties:2): needs a user`,
		`druid.zk.service.sessionTimeoutMs = "0" (runtime.properties:3): must be a whole number of milliseconds`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Blanks at the ends of a password are part of it, as in Druid. One that cannot be read is not shown.
func TestPasswordsWithBlanks(t *testing.T) {
	t.Parallel()
	c := load(t, Sources{Files: []string{file(t, `druid.zk.service.host= zk 
druid.zk.service.pwd=\ two words 
druid.metadata.storage.type=postgresql
druid.metadata.storage.connector.connectURI=jdbc:postgresql://db/druid 
druid.metadata.storage.connector.password=\ three more words 
`)}})
	if got := c.Cluster.ZooKeeper.Password; got != " two words " {
		t.Errorf("the password of ZooKeeper is %q", got)
	}
	if got := c.Metadata.Password; got != " three more words " {
		t.Errorf("the password of the database is %q", got)
	}
	if got := c.Cluster.ZooKeeper.Hosts[0] + " " + c.Metadata.ConnectURI; got != "zk:2181 jdbc:postgresql://db/druid" {
		t.Errorf("addresses are %q", got)
	}
	_, err := Load(Sources{Files: []string{file(t, "druid.zk.service.host=zk\ndruid.zk.service.pwd={\"type\":\"aws\",\"password\":\"secret\"}")}})
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error %v", err)
	}
}

// Brokers that are listed need no ZooKeeper.
func TestBrokers(t *testing.T) {
	t.Parallel()
	c := load(t, Sources{Files: []string{file(t, "ovate.brokers=one:8082,https://two.example.com:8282")}})
	if want := []string{"http://one:8082", "https://two.example.com:8282"}; !slices.Equal(c.Cluster.Brokers, want) || c.Cluster.ZooKeeper != nil {
		t.Errorf("brokers %q, ZooKeeper %+v", c.Cluster.Brokers, c.Cluster.ZooKeeper)
	}
	_, err := Load(Sources{Files: []string{file(t, "ovate.brokers=http://one:8082/druid/v2/sql")}})
	if err == nil || !strings.Contains(err.Error(), "must be where Brokers listen") {
		t.Errorf("with a path: %v", err)
	}
}

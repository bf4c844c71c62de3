package peer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// configuration writes the files of a cluster and knows the command line of each role.
type configuration struct {
	dir   string // of the cluster
	lib   string // of Druid's jars
	ports map[Role]int
	derby int   // port of the database, unless there is another
	tasks []int // ports of the tasks that run at the same time
	quick bool

	// metadata, if not nil, is another database than Derby, for the roles that need one; classes is what they need for it beside Druid's jars.
	metadata properties
	classes  []string
	// extensions are classes of Druid's, for the roles that have to do with tasks.
	extensions []string
	// more is what a test sets beside.
	more map[Role]properties
	// apart makes Coordinator and Overlord processes of their own.
	apart bool
	// heap is the most megabytes of each process of Druid; 0 means 512. heaps are those of roles that have another.
	heap  int
	heaps map[Role]int
	// session is how long ZooKeeper remembers a process that is gone; 0 is Druid's default.
	session time.Duration
}

// properties is a Java properties file; no key or value here needs escaping.
type properties map[string]string

func (p properties) write(path string) error {
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(p)) {
		fmt.Fprintf(&text, "%s=%s\n", key, p[key])
	}
	return os.WriteFile(path, []byte(text.String()), 0o644)
}

// log4j is what every service logs: to its standard output, from warnings upwards except for Druid's own news.
const log4j = `<Configuration status="WARN">
  <Appenders><Console name="out" target="SYSTEM_OUT"><PatternLayout pattern="%d{ISO8601} %p [%t] %c - %m%n"/></Console></Appenders>
  <Loggers><Logger name="org.apache.druid" level="info"/><Root level="warn"><AppenderRef ref="out"/></Root></Loggers>
</Configuration>
`

// write writes the role's files and returns the arguments of its java.
func (c configuration) write(role Role) (args []string, err error) {
	conf := filepath.Join(c.dir, "conf", string(role))
	if err := os.MkdirAll(conf, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(conf, "log4j2.xml"), []byte(log4j), 0o644); err != nil {
		return nil, err
	}
	classPath := []string{"-cp", conf + string(os.PathListSeparator) + jars(c.lib)}
	if role == ZooKeeper {
		path := filepath.Join(conf, "zoo.properties")
		args = append([]string{"-Xmx64m"}, classPath...)
		return append(args, "org.apache.zookeeper.server.ZooKeeperServerMain", path), c.zooKeeper().write(path)
	}
	all := c.common()
	var server string
	switch role {
	case Overlord:
		server = "coordinator"
		maps.Copy(all, c.overlord())
		if c.apart {
			server = "overlord"
		} else {
			maps.Copy(all, c.coordinator())
		}
	case Coordinator:
		server = "coordinator"
		maps.Copy(all, c.coordinator())
	case Indexer:
		server = "indexer"
		maps.Copy(all, c.indexer())
	case Historical:
		server = "historical"
		maps.Copy(all, c.historical())
	case Broker:
		server = "broker"
		maps.Copy(all, c.broker())
	case MiddleManager:
		server = "middleManager"
		maps.Copy(all, c.middleManager())
	case Router:
		server = "router"
		maps.Copy(all, c.router())
	default:
		return nil, fmt.Errorf("no such role; there are %q", []Role{Overlord, Coordinator, Historical, Broker, MiddleManager, Indexer, Router})
	}
	maps.Copy(all, c.more[role])
	if c.metadata != nil && (role == Overlord || role == Coordinator) {
		maps.Copy(all, c.metadata)
		classPath[1] = joined(append(c.classes, classPath[1]))
	}
	if role == Overlord || role == MiddleManager || role == Indexer {
		classPath[1] = joined(append(c.extensions, classPath[1]))
	}
	all["druid.plaintextPort"] = strconv.Itoa(c.ports[role])
	all["druid.service"] = "druid/" + string(role)
	c.heap = cmp.Or(c.heaps[role], c.heap)
	args = append(c.druidJVM(), classPath...)
	return append(args, "org.apache.druid.cli.Main", "server", server), all.write(filepath.Join(conf, "runtime.properties"))
}

// joined is a class path.
func joined(classes []string) string { return strings.Join(classes, string(os.PathListSeparator)) }

func (c configuration) path(parts ...string) string {
	return filepath.Join(append([]string{c.dir}, parts...)...)
}

// druidJVM are the options of every Java process of Druid, tasks included.
func (c configuration) druidJVM() []string {
	options := []string{"-server", "-Xms64m", fmt.Sprintf("-Xmx%dm", cmp.Or(c.heap, 512)), "-XX:MaxDirectMemorySize=512m", "-XX:+ExitOnOutOfMemoryError",
		"-Duser.timezone=UTC", "-Dfile.encoding=UTF-8", "-Djava.io.tmpdir=" + c.dir, "-Dderby.system.home=" + c.path("derby")}
	if c.quick {
		options = append(options, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
	}
	return append(options, opens[:]...)
}

func (c configuration) zooKeeper() properties {
	return properties{
		"tickTime":           "2000",
		"dataDir":            c.path("zookeeper"),
		"clientPort":         strconv.Itoa(c.ports[ZooKeeper]),
		"clientPortAddress":  "127.0.0.1",
		"admin.enableServer": "false",
	}
}

func (c configuration) common() properties {
	coordinator := Overlord
	if c.apart {
		coordinator = Coordinator
	}
	all := properties{
		"druid.host":                                  "127.0.0.1",
		"druid.zk.service.host":                       fmt.Sprintf("127.0.0.1:%d", c.ports[ZooKeeper]),
		"druid.extensions.loadList":                   "[]",
		"druid.extensions.directory":                  c.path("extensions"),
		"druid.metadata.storage.type":                 "derby",
		"druid.metadata.storage.connector.host":       "127.0.0.1",
		"druid.metadata.storage.connector.port":       strconv.Itoa(c.derby),
		"druid.metadata.storage.connector.connectURI": fmt.Sprintf("jdbc:derby://127.0.0.1:%d/metadata;create=true", c.derby),
		"druid.storage.type":                          "local",
		"druid.storage.storageDirectory":              c.path("segments"),
		"druid.indexer.logs.type":                     "file",
		"druid.indexer.logs.directory":                c.path("logs"),
		"druid.selectors.indexing.serviceName":        "druid/" + string(Overlord),
		"druid.selectors.coordinator.serviceName":     "druid/" + string(coordinator),
		"druid.emitter":                               "noop",
		"druid.lookup.enableLookupSyncOnStartup":      "false",
		"druid.server.http.numThreads":                "20",
	}
	if c.session > 0 {
		all["druid.zk.service.sessionTimeoutMs"] = strconv.FormatInt(c.session.Milliseconds(), 10)
	}
	return all
}

func (c configuration) overlord() properties {
	return properties{
		"druid.indexer.queue.startDelay": "PT0S",
		"druid.indexer.runner.type":      "httpRemote",
		"druid.indexer.storage.type":     "metadata",
	}
}

// coordinator makes everything that the Coordinator does from time to time happen every second.
func (c configuration) coordinator() properties {
	p := properties{
		"druid.coordinator.startDelay":        "PT1S",
		"druid.coordinator.period":            "PT1S",
		"druid.manager.segments.pollDuration": "PT1S",
	}
	if c.apart {
		p["druid.coordinator.period.indexingPeriod"] = "PT1S"
	} else {
		p["druid.coordinator.asOverlord.enabled"] = "true"
		p["druid.coordinator.asOverlord.overlordService"] = "druid/" + string(Overlord)
	}
	return p
}

// processing keeps the buffers of queries small.
func (c configuration) processing() properties {
	return properties{
		"druid.processing.buffer.sizeBytes": "20000000",
		"druid.processing.numMergeBuffers":  "2",
		"druid.processing.numThreads":       "1",
	}
}

func (c configuration) historical() properties {
	p := c.processing()
	p["druid.server.maxSize"] = "2000000000"
	p["druid.segmentCache.locations"] = fmt.Sprintf(`[{"path":%q,"maxSize":"2g"}]`, c.path("cache"))
	return p
}

func (c configuration) broker() properties {
	p := c.processing()
	p["druid.sql.enable"] = "true"
	p["druid.sql.planner.metadataRefreshPeriod"] = "PT1S"
	p["druid.broker.http.numConnections"] = "10"
	return p
}

// router hands on what is for the Overlord and the Coordinator as well.
func (c configuration) router() properties {
	return properties{
		"druid.router.managementProxy.enabled":  "true",
		"druid.router.defaultBrokerServiceName": "druid/" + string(Broker),
		"druid.router.coordinatorServiceName":   "druid/" + string(Coordinator),
		"druid.router.http.numConnections":      "10",
		"druid.router.http.numMaxThreads":       "20",
		"druid.router.sql.enable":               "true",
		"druid.router.tierToBrokerMap":          `{"_default_tier":"druid/` + string(Broker) + `"}`,
		"druid.router.avatica.balancer.type":    "rendezvousHash",
	}
}

func (c configuration) middleManager() properties {
	quoted := make([]string, 0, 20)
	for _, option := range c.druidJVM() {
		quoted = append(quoted, strconv.Quote(option))
	}
	ports, err := json.Marshal(c.tasks)
	if err != nil {
		panic(err) // numbers are JSON
	}
	p := properties{
		"druid.worker.capacity":                    strconv.Itoa(len(c.tasks)),
		"druid.indexer.runner.javaCommand":         javaCommand(),
		"druid.indexer.runner.javaOptsArray":       "[" + strings.Join(quoted, ",") + "]",
		"druid.indexer.runner.ports":               string(ports),
		"druid.indexer.task.baseTaskDir":           c.path("tasks"),
		"druid.indexer.task.restoreTasksOnRestart": "false",
	}
	for key, value := range c.processing() {
		p["druid.indexer.fork.property."+key] = value
	}
	return p
}

// indexer runs tasks in threads of its own.
func (c configuration) indexer() properties {
	p := c.processing()
	p["druid.worker.capacity"] = strconv.Itoa(len(c.tasks))
	p["druid.indexer.task.baseTaskDir"] = c.path("tasks")
	return p
}

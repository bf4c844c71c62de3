package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"ovate/internal/task"
)

// key is one property: its name, its default (empty: not set) and what its value does. An error of set says what is
// allowed. Later keys may rely on what earlier ones set.
type key struct {
	name  string
	value string
	set   func(c *Config, value string) error
}

// keys is every property that is understood, area by area. Names and meanings are Druid's (its configuration reference) except for
// ovate.*, which is what Druid has no name for.
func keys() []key {
	return slices.Concat(serverKeys(), tlsKeys(), storageKeys(), retentionKeys(), taskKeys(), supervisorKeys(), httpKeys(), ingestKeys(), uploadKeys(), s3Keys(), clusterKeys(), telemetryKeys(), tracingKeys(), authKeys(), sealKeys(), fixed())
}

// serverKeys say where the data is, where to listen, and who is let in.
func serverKeys() []key {
	return []key{
		{"ovate.data", "var", func(c *Config, v string) error { return setPath(&c.Data, v) }},

		// Where to listen. settle joins these.
		{"ovate.listen", "", func(c *Config, v string) error { return setListen(c, v) }},
		{"ovate.umask", "0077", func(c *Config, v string) error { return setUmask(&c.Umask, v) }},
		{"ovate.insecure", "false", func(c *Config, v string) error { return setBool(&c.insecure, v) }},
		{"druid.host", "", func(_ *Config, v string) error { return checkHost(v) }},
		{"druid.plaintextPort", "8090", func(_ *Config, v string) error { var port int; return setInt(&port, v, 0, math.MaxUint16) }},
		{"druid.bindOnHost", "false", func(_ *Config, v string) error { var on bool; return setBool(&on, v) }},
		{"druid.service", "druid/overlord", (*Config).setService},

		{"druid.server.hiddenProperties", `["druid.s3.accessKey","druid.s3.secretKey","druid.metadata.storage.connector.password","password","key","token","pwd"]`,
			func(c *Config, v string) error { return setList(&c.hidden, v) }},
	}
}

// storageKeys say where metadata, segments and logs are.
func storageKeys() []key {
	return []key{
		{"druid.metadata.storage.type", SQLite, func(c *Config, v string) error { return setMetadataType(&c.Metadata.Type, v) }},
		{"druid.metadata.storage.connector.connectURI", "jdbc:sqlite:${ovate.data}/metadata.db", func(c *Config, v string) error { return setConnectURI(&c.Metadata, v) }},
		{"druid.metadata.storage.connector.user", "", func(c *Config, v string) error { c.Metadata.User = v; return nil }},
		{"druid.metadata.storage.connector.password", "", func(c *Config, v string) error { c.Metadata.Password = v; return nil }},
		{"druid.metadata.storage.connector.createTables", "true", func(c *Config, v string) error { return setCreateTables(&c.Metadata, v) }},
		// A connection that is to be encrypted must not be made in the clear.
		{"druid.metadata.postgres.ssl.useSSL", "false", only("false", "ask for it in druid.metadata.storage.connector.connectURI: ?sslmode=verify-full&sslrootcert=FILE")},
		{"druid.metadata.mysql.ssl.useSSL", "false", only("false", "ask for it in druid.metadata.storage.connector.connectURI: ?sslMode=VERIFY_IDENTITY&serverSslCert=FILE")},
		{"druid.metadata.postgres.dbTableSchema", "", optional(only("public", "name another schema in druid.metadata.storage.connector.connectURI: ?currentSchema=NAME"))},
		{"druid.metadata.storage.tables.base", "druid", func(c *Config, v string) error { return setTablesBase(&c.Metadata.TablesBase, v) }},

		{"druid.storage.type", Local, func(c *Config, v string) error {
			return setOneOf(&c.DeepStorage.Type, v, "other deep storage is not built in this version", Local, InS3)
		}},
		{"druid.storage.storageDirectory", "${ovate.data}/segments", func(c *Config, v string) error { return setStorageDirectory(&c.DeepStorage, v) }},
		{"druid.storage.zip", "false", func(c *Config, v string) error { return setBool(&c.DeepStorage.Zip, v) }},

		{"druid.indexer.logs.type", InFiles, func(c *Config, v string) error {
			return setOneOf(&c.TaskLogs.Type, v, "other stores of logs and reports are not built in this version", InFiles, InS3)
		}},
		{"druid.indexer.logs.directory", "${ovate.data}/indexing-logs", func(c *Config, v string) error { return setLogsDirectory(&c.TaskLogs, v) }},
	}
}

// retentionKeys say what is removed, and when.
func retentionKeys() []key {
	return []key{
		{"druid.indexer.logs.kill.enabled", "false", func(c *Config, v string) error { return setBool(&c.Retention.Tasks.On, v) }},
		{"druid.indexer.logs.kill.durationToRetain", "", func(c *Config, v string) error { return setTaskRetention(&c.Retention.Tasks, v) }},
		{"druid.indexer.logs.kill.initialDelay", "", func(c *Config, v string) error { return setMillis(&c.Retention.Tasks.InitialDelay, v) }},
		{"druid.indexer.logs.kill.delay", "21600000", func(c *Config, v string) error { return setMillis(&c.Retention.Tasks.Period, v) }},

		{"ovate.orphans.period", "P1D", func(c *Config, v string) error { return setOrphanPeriod(&c.Retention.Orphans, v) }},

		// What Druid's Coordinator does. Beside a real one it must not be done twice.
		{"ovate.coordinatorDuties", "true", func(c *Config, v string) error { return setBool(&c.Retention.Coordinator, v) }},
		{"druid.coordinator.period", "PT60S", func(c *Config, v string) error { return setPeriod(&c.Retention.Period, v) }},
		{"druid.coordinator.period.indexingPeriod", "PT1800S", func(c *Config, v string) error { return setPeriod(&c.Retention.IndexingPeriod, v) }},
		{"druid.coordinator.kill.pendingSegments.on", "true", func(c *Config, v string) error { return setBool(&c.Retention.Pending, v) }},
		{"druid.coordinator.kill.audit.on", "true", func(c *Config, v string) error { return setBool(&c.Retention.Audit.On, v) }},
		{"druid.coordinator.kill.audit.period", "P1D", func(c *Config, v string) error { return setPeriod(&c.Retention.Audit.Period, v) }},
		{"druid.coordinator.kill.audit.durationToRetain", "P90D", func(c *Config, v string) error { return setDuration(&c.Retention.Audit.Retain, v) }},
		{"druid.coordinator.kill.supervisor.on", "true", func(c *Config, v string) error { return setBool(&c.Retention.Supervisors.On, v) }},
		{"druid.coordinator.kill.supervisor.period", "P1D", func(c *Config, v string) error { return setPeriod(&c.Retention.Supervisors.Period, v) }},
		{"druid.coordinator.kill.supervisor.durationToRetain", "P90D", func(c *Config, v string) error { return setDuration(&c.Retention.Supervisors.Retain, v) }},
		{"druid.coordinator.kill.on", "false", func(c *Config, v string) error { return setBool(&c.Retention.Unused.On, v) }},
		{"druid.coordinator.kill.period", "", func(c *Config, v string) error { return setKillPeriod(c, v) }},
		{"druid.coordinator.kill.durationToRetain", "P90D", func(c *Config, v string) error { return setSigned(&c.Retention.Unused.Retain, v) }},
		{"druid.coordinator.kill.ignoreDurationToRetain", "false", func(c *Config, v string) error { return setBool(&c.Retention.Unused.Everything, v) }},
		{"druid.coordinator.kill.bufferPeriod", "P30D", func(c *Config, v string) error { return setDuration(&c.Retention.Unused.Buffer, v) }},
		{"druid.coordinator.kill.maxSegments", "100", func(c *Config, v string) error { return setInt(&c.Retention.Unused.MaxSegments, v, 1, 1_000_000) }},
		{"druid.coordinator.kill.maxInterval", "P30D", func(c *Config, v string) error { return setDuration(&c.Retention.Unused.MaxInterval, v) }},
	}
}

// supervisorKeys are of supervisors of streams, and of tasks also of those that compact.
func supervisorKeys() []key {
	count := func(of func(*Supervisors) *int) func(*Config, string) error {
		return func(c *Config, v string) error { return setInt(of(&c.Supervisors), v, 1, 1000) }
	}
	return []key{
		{"druid.supervisor.unhealthinessThreshold", "3", count(func(s *Supervisors) *int { return &s.Unhealthy })},
		{"druid.supervisor.healthinessThreshold", "3", count(func(s *Supervisors) *int { return &s.Healthy })},
		{"druid.supervisor.taskUnhealthinessThreshold", "3", count(func(s *Supervisors) *int { return &s.TasksUnhealthy })},
		{"druid.supervisor.taskHealthinessThreshold", "3", count(func(s *Supervisors) *int { return &s.TasksHealthy })},
		{"druid.supervisor.maxStoredExceptionEvents", "3", count(func(s *Supervisors) *int { return &s.Remembered })},
		{"druid.supervisor.idleConfig.enabled", "false", func(c *Config, v string) error { return setBool(&c.Supervisors.Idle, v) }},
		{"druid.supervisor.idleConfig.inactiveAfterMillis", "600000", func(c *Config, v string) error { return setMillis(&c.Supervisors.IdleAfter, v) }},
	}
}

// taskKeys are of tasks and where they run.
func taskKeys() []key {
	return []key{
		{"druid.worker.capacity", strconv.Itoa(max(2, runtime.NumCPU())), func(c *Config, v string) error { return setInt(&c.Worker.Capacity, v, 1, 10_000) }},
		{"druid.worker.version", "0", func(c *Config, v string) error { c.Worker.Version = v; return nil }},
		{"druid.worker.category", "_default_worker_category", func(c *Config, v string) error { c.Worker.Category = v; return nil }},

		{"druid.indexer.storage.type", "metadata", only("metadata", "tasks are always kept in the metadata store")},
		{"druid.indexer.storage.recentlyFinishedThreshold", "PT24H", func(c *Config, v string) error { return setDuration(&c.Tasks.RecentlyFinished, v) }},
		{"druid.indexer.queue.maxSize", strconv.Itoa(math.MaxInt32), func(c *Config, v string) error { return setInt(&c.Queue.MaxSize, v, 1, math.MaxInt32) }},
		{"druid.indexer.queue.maxTaskPayloadSize", "", optional(func(c *Config, v string) error { return setSize(&c.Queue.MaxTaskPayload, v, 1) })},
		{"druid.indexer.queue.storageSyncRate", "PT1M", func(c *Config, v string) error { return setPeriod(&c.Queue.SyncRate, v) }},
		{"druid.indexer.tasklock.forceTimeChunkLock", "true", func(c *Config, v string) error { return setBool(&c.Tasks.ForceTimeChunkLock, v) }},
		{"druid.indexer.task.default.context", "{}", (*Config).setDefaultContext},
		{"druid.indexer.task.storeEmptyColumns", "true", func(c *Config, v string) error { return setBool(&c.Tasks.StoreEmptyColumns, v) }},

		{"ovate.tasks.maxLostRuns", "3", func(c *Config, v string) error { return setInt(&c.Tasks.MaxLostRuns, v, 0, 1000) }},
	}
}

// httpKeys bound requests, and who may send them.
func httpKeys() []key {
	return []key{
		{"druid.server.http.gracefulShutdownTimeout", "PT30S", func(c *Config, v string) error { return setDuration(&c.HTTP.GracefulTimeout, v) }},
		{"druid.server.http.enableHSTS", "false", func(c *Config, v string) error { return setBool(&c.HTTP.HSTS, v) }},
		{"ovate.http.maxBodySize", "60MiB", func(c *Config, v string) error { return setSize(&c.HTTP.MaxBodySize, v, 1024) }},

		{"ovate.audit.path", "", optional(func(c *Config, v string) error { return setPath(&c.Audit.Path, v) })},
		{"ovate.audit.maxSize", "100MiB", func(c *Config, v string) error { return setSize(&c.Audit.MaxSize, v, 4096) }},
		{"ovate.audit.keep", "10", func(c *Config, v string) error { return setInt(&c.Audit.Keep, v, 0, 1000) }},

		{"ovate.http.requestsPerSecond", "", optional(func(c *Config, v string) error { return setRate(&c.HTTP.RequestsPerSecond, v) })},
		{"ovate.http.requestsPerSecondPerClient", "", optional(func(c *Config, v string) error { return setRate(&c.HTTP.RequestsPerSecondPerClient, v) })},

		{"ovate.webhooks.allowPrivate", "false", func(c *Config, v string) error { return setBool(&c.Webhooks.AllowPrivate, v) }},

		{"ovate.http.allowedHosts", "", func(c *Config, v string) error { return setList(&c.HTTP.Hosts, v) }},
		{"ovate.http.trustedProxies", "", func(c *Config, v string) error { return setNetworks(&c.HTTP.Proxies, v) }},
		{"ovate.http.allowedOrigins", "", func(c *Config, v string) error { return setOrigins(&c.HTTP.Origins, v) }},
	}
}

// ingestKeys bound what tasks may read.
func ingestKeys() []key {
	return []key{
		{"ovate.ingest.memory", "", optional(func(c *Config, v string) error { return setSize(&c.Ingest.Memory, v, 16<<20) })},
		{"ovate.ingest.maxMemory", "", optional(func(c *Config, v string) error { return setSize(&c.Ingest.MaxMemory, v, 16<<20) })},
		{"ovate.ingest.localRoots", "", func(c *Config, v string) error { return setRoots(&c.Ingest.LocalRoots, v) }},
		{"ovate.ingest.allowPrivateHttp", "", func(c *Config, v string) error { return setOptionalBool(&c.Ingest.AllowPrivateHTTP, v) }},
		{"ovate.ingest.passwordVariables", "", func(c *Config, v string) error { return setList(&c.Ingest.PasswordVariables, v) }},
		{"druid.ingestion.http.allowedProtocols", `["http","https"]`, func(c *Config, v string) error { return setNames(&c.Ingest.HTTPProtocols, v) }},
		{"druid.ingestion.http.allowedHeaders", "[]", func(c *Config, v string) error { return setNames(&c.Ingest.HTTPHeaders, v) }},
	}
}

// only is the setter of a property of which one value alone can be honoured here.
func only(value, why string) func(*Config, string) error {
	return func(_ *Config, given string) error {
		if strings.EqualFold(strings.ReplaceAll(given, " ", ""), value) {
			return nil
		}
		return errors.New("must be " + value + ": " + why)
	}
}

// setOneOf takes one of the words that can be honoured here, in capitals or not.
func setOneOf(into *string, v, why string, words ...string) error {
	*into = strings.ToLower(v)
	if slices.Contains(words, *into) {
		return nil
	}
	return errors.New("must be " + strings.Join(words, " or ") + ": " + why)
}

// optional is a setter that an empty value does not reach.
func optional(set func(*Config, string) error) func(*Config, string) error {
	return func(c *Config, v string) error {
		if v == "" {
			return nil
		}
		return set(c, v)
	}
}

func setMetadataType(kind *string, v string) error {
	switch *kind = strings.ToLower(v); *kind {
	case SQLite, PostgreSQL, MySQL:
		return nil
	case "derby":
		return errors.New("must be sqlite, postgresql or mysql: Derby is Java's embedded database; SQLite takes its place here and needs nothing installed. Leave the property out")
	}
	return errors.New("must be sqlite, postgresql or mysql")
}

// setConnectURI takes the address of a database of the type that was read before. The store reads what follows the scheme.
func setConnectURI(m *Metadata, v string) error {
	schemes := map[string][]string{PostgreSQL: {"jdbc:postgresql:"}, MySQL: {"jdbc:mysql:", "jdbc:mariadb:"}}[m.Type]
	if schemes == nil {
		return setSQLite(&m.Path, v)
	}
	m.ConnectURI = v
	if slices.ContainsFunc(schemes, func(scheme string) bool { return strings.HasPrefix(v, scheme) }) {
		return nil
	}
	return errors.New("must be " + schemes[0] + "//HOST:PORT/DATABASE, as druid.metadata.storage.type is " + m.Type)
}

func setCreateTables(m *Metadata, v string) error {
	if m.Type == SQLite {
		return only("true", "tables that are missing are always made in SQLite")(nil, v)
	}
	return setBool(&m.CreateTables, v)
}

// setSQLite takes a JDBC address (jdbc:sqlite:FILE) or just the file.
func setSQLite(path *string, v string) error {
	file, isJDBC := strings.CutPrefix(v, "jdbc:sqlite:")
	if !isJDBC && strings.HasPrefix(v, "jdbc:") {
		return errors.New("must be jdbc:sqlite:FILE. Leave the property out to keep it in the data folder, or set druid.metadata.storage.type to postgresql or mysql")
	}
	return setPath(path, file)
}

func setTablesBase(base *string, v string) error {
	for i, r := range v {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return errors.New("must be made of letters, digits and _, and begin with a letter or _")
		}
	}
	if v == "" {
		return errors.New("must not be empty")
	}
	*base = v
	return nil
}

func setRoots(roots *[]string, v string) error {
	if err := setList(roots, v); err != nil {
		return err
	}
	for i, root := range *roots {
		if root != "" && !filepath.IsAbs(root) && !address.MatchString(root) {
			return fmt.Errorf("must be absolute paths of folders, but %s is none: it would be another one with each folder in which the server is started", root)
		}
		if err := setPath(&(*roots)[i], root); err != nil {
			return err
		}
	}
	return nil
}

// setService takes a name under which others find an Overlord.
func (c *Config) setService(v string) error {
	for _, other := range []string{"coordinator", "broker", "historical", "middleManager", "indexer", "router"} {
		if strings.EqualFold(v, "druid/"+other) || strings.EqualFold(v, "druid:"+other) {
			return errors.New("is the name of a service of another kind: an Overlord is druid/overlord, unless druid.selectors.indexing.serviceName says otherwise to all that ask it")
		}
	}
	c.Service = v
	return nil
}

func (c *Config) setDefaultContext(v string) error {
	if err := setObject(&c.Tasks.DefaultContext, v); err != nil {
		return err
	}
	return task.CheckDefaults(c.Tasks.DefaultContext)
}

func setObject(object *map[string]json.RawMessage, v string) error {
	*object = nil
	if err := json.Unmarshal([]byte(v), object); err != nil || *object == nil {
		return errors.New(`must be a JSON object, like {"priority":50}`)
	}
	return nil
}

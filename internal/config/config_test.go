package config

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func load(t *testing.T, from Sources) *Config {
	t.Helper()
	c, err := Load(from)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func file(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "runtime.properties")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaultsAreSafe(t *testing.T) {
	t.Parallel()
	c := load(t, Sources{})
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:8090" || c.Host != "localhost" {
		t.Errorf("listens on %s as %s", c.Listen, c.Host)
	}
	if c.Data != filepath.Join(wd, "var") || c.Metadata.Path != filepath.Join(wd, "var/metadata.db") ||
		c.DeepStorage.Directory != filepath.Join(wd, "var/segments") || c.TaskLogs.Directory != filepath.Join(wd, "var/indexing-logs") {
		t.Errorf("folders: %+v", c)
	}
	if !c.Ingest.AnyLocalFile || !c.Ingest.AnyVariable || !c.Ingest.AllowPrivateHTTP || c.Worker.Capacity < 2 || c.HTTP.MaxBodySize != 60<<20 ||
		c.Tasks.RecentlyFinished != 24*time.Hour || !c.Tasks.ForceTimeChunkLock || len(c.Tasks.DefaultContext) != 0 || c.Queue.MaxTaskPayload != 0 {
		t.Errorf("defaults: %+v", c)
	}
	if len(c.Unused()) != 0 {
		t.Errorf("unused: %v", c.Unused())
	}
}

func TestLaterSourcesWin(t *testing.T) {
	t.Parallel()
	common := file(t, "druid.worker.capacity=3\ndruid.worker.version=1\ndruid.service=a\n")
	own := file(t, "\ndruid.worker.capacity=4\ndruid.worker.version=2\ndruid.worker.version=3\n")
	c := load(t, Sources{
		Files:   []string{common, own},
		Environ: []string{"druid_worker_capacity=5", "DRUID_WORKER_CATEGORY=big", "DRUID_XMX=1g", "PATH=/bin", "druid_extensions_directory=noop"},
		Flags:   []Setting{{"druid.worker.capacity", "6", "-D"}},
	})
	got := map[string]string{}
	for _, name := range []string{"druid.service", "druid.worker.version", "druid.worker.category", "druid.worker.capacity", "druid.storage.zip"} {
		got[name] = c.Properties()[name] + " from " + c.Origin(name)
	}
	want := map[string]string{
		"druid.service":         "a from runtime.properties:3",
		"druid.worker.version":  "3 from runtime.properties:4",
		"druid.worker.category": "big from environment variable DRUID_WORKER_CATEGORY",
		"druid.worker.capacity": "6 from -D",
		"druid.storage.zip":     "false from default",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Setting{{"druid.extensions.directory", "noop", "environment variable druid_extensions_directory"}}, c.Unused()); diff != "" {
		t.Error(diff)
	}
	// A store that has no users has no use for one.
	c = load(t, Sources{Flags: []Setting{{"druid.metadata.storage.connector.user", "druid", "-D"}}})
	if len(c.Unused()) != 1 {
		t.Errorf("unused: %v", c.Unused())
	}
}

func TestDatabaseServer(t *testing.T) {
	t.Parallel()
	c := load(t, Sources{Files: []string{file(t, `druid.metadata.storage.type=postgresql
druid.metadata.storage.connector.connectURI=jdbc:postgresql://db:5432/druid?sslmode=require
druid.metadata.storage.connector.user=me
druid.metadata.storage.connector.password={"type":"environment","variable":"SECRET"}
druid.metadata.storage.connector.createTables=false
`)}})
	want := Metadata{
		Type: PostgreSQL, ConnectURI: "jdbc:postgresql://db:5432/druid?sslmode=require", User: "me", Password: `{"type":"environment","variable":"SECRET"}`,
		TablesBase: "druid",
	}
	if diff := cmp.Diff(want, c.Metadata); diff != "" {
		t.Error(diff)
	}
	const key = "druid.metadata.storage.connector.connectURI"
	c2 := load(t, Sources{Files: []string{file(t, "druid.metadata.storage.type=mysql\n"+key+"=jdbc:mysql://db/druid?password=hush&useSSL=true\n")}})
	if got := c2.Properties()[key]; got != "jdbc:mysql://db/druid?password=***&useSSL=true" {
		t.Errorf("shown is %s", got)
	}
	if c.Folder() != c.Data || len(c.Unused()) > 0 {
		t.Errorf("folder %s, unused %v", c.Folder(), c.Unused())
	}
	for properties, want := range map[string]string{
		"druid.metadata.storage.type=postgresql": `connectURI = "jdbc:sqlite:`,
		"druid.metadata.storage.type=mysql\ndruid.metadata.storage.connector.connectURI=jdbc:postgresql://h/d":                                             "must be jdbc:mysql://HOST:PORT/DATABASE, as druid.metadata.storage.type is mysql",
		"druid.metadata.storage.type=MySQL\ndruid.metadata.storage.connector.connectURI=jdbc:mysql://h/d\ndruid.metadata.storage.connector.createTables=1": "true or false",
	} {
		if _, err := Load(Sources{Files: []string{file(t, properties)}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", properties, err, want)
		}
	}
}

func TestListen(t *testing.T) {
	t.Parallel()
	f := func(properties, listen, host string, local bool) {
		t.Helper()
		flags := []Setting{{"ovate.insecure", "true", "-D"}}
		if local {
			flags = nil
		}
		c := load(t, Sources{Files: []string{file(t, properties)}, Flags: flags})
		if host == "" {
			host, _ = os.Hostname()
		}
		if c.Listen != listen || c.Host != host || c.Ingest.AnyLocalFile != local || c.Ingest.AnyVariable != local || c.Ingest.AllowPrivateHTTP != local {
			t.Errorf("%q: listens on %q as %q, %+v", properties, c.Listen, c.Host, c.Ingest)
		}
	}
	f("druid.host=localhost", "127.0.0.1:8090", "localhost", true)
	f("druid.host=127.0.0.2\ndruid.plaintextPort=0", "127.0.0.2:0", "127.0.0.2", true)
	f("druid.host=overlord.example.com", ":8090", "overlord.example.com", false)
	f("druid.host=overlord.example.com:9000", ":9000", "overlord.example.com", false)
	f("druid.host=overlord.example.com\ndruid.bindOnHost=true\ndruid.plaintextPort=81", "overlord.example.com:81", "overlord.example.com", false)
	f("ovate.listen=:8090", ":8090", "", false)
	f("ovate.listen=10.0.0.1:1", "10.0.0.1:1", "10.0.0.1", false)
	f("ovate.listen=0.0.0.0:1\ndruid.host=x", "0.0.0.0:1", "x", false)
	f("ovate.listen=[::1]:0", "[::1]:0", "localhost", true)
	// In a cluster others have to find it, as they find a server of Druid whose druid.host is not set.
	f("druid.zk.service.host=zk", ":8090", "", false)
	f("druid.zk.service.host=zk", "127.0.0.1:8090", "localhost", true)
	f("druid.zk.service.host=zk\ndruid.host=localhost", "127.0.0.1:8090", "localhost", true)
}

// A port in druid.host may not be another one than that of druid.plaintextPort, as in Druid.
func TestTwoPorts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"druid.host=foo:8090\ndruid.plaintextPort=18090": "druid.plaintextPort (runtime.properties:2), which is 18090",
		"druid.host=foo:8090\ndruid.plaintextPort=8090":  "",
		"druid.host=foo:8091":                            "",
	} {
		_, err := Load(Sources{Files: []string{file(t, text)}, Flags: []Setting{{"ovate.insecure", "true", "-D"}}})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// What is taken and may not be meant is told: a property that one file has twice, and folders that are not there.
func TestRemarks(t *testing.T) {
	t.Parallel()
	there := t.TempDir()
	for text, want := range map[string]string{
		"druid.worker.capacity=3\n\ndruid.worker.capacity=4":       "druid.worker.capacity=4 (runtime.properties:3) counts, and not what line 1 says",
		"druid.worker.capacity=3\ndruid.worker.capacity=3":         "",
		"druid.worker.capacity=3\nothers=1\nothers=2":              "others=2 (runtime.properties:3) counts, and not what line 2 says",
		"ovate.umask=0027\novate.umask=0077":                       "", // a flag replaces both
		"ovate.ingest.localRoots=" + there:                         "",
		"ovate.ingest.localRoots=" + there + "," + there + "/none": "nothing can be read below " + there + "/none as long as",
	} {
		c := load(t, Sources{Files: []string{file(t, text)}, Flags: []Setting{{"ovate.umask", "0022", "-D"}}})
		got := ""
		for _, r := range c.Remarks() {
			got += r.Key + "=" + r.Value + " (" + r.Origin + ") " + r.What
		}
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestBeyondLoopbackFilesNeedRoots(t *testing.T) {
	t.Parallel()
	c := load(t, Sources{Files: []string{file(t, "ovate.listen=:0\novate.insecure=true\novate.ingest.localRoots=/data,/more\novate.ingest.allowPrivateHttp=true\novate.ingest.passwordVariables=A,b\novate.ingest.memory=1GiB")}})
	want := Ingest{
		Memory: 1 << 30, LocalRoots: []string{"/data", "/more"}, AllowPrivateHTTP: true, PrivateHTTPGiven: true, PasswordVariables: []string{"A", "b"},
		HTTPProtocols: []string{"http", "https"}, HTTPHeaders: []string{},
	}
	if diff := cmp.Diff(want, c.Ingest); diff != "" {
		t.Error(diff)
	}
}

func TestWhatSpecsMayAskFor(t *testing.T) {
	t.Parallel()
	c := load(t, Sources{Flags: []Setting{
		{"druid.ingestion.http.allowedProtocols", `["HTTPS"]`, "-D"}, {"druid.ingestion.http.allowedHeaders", "X-Key, accept", "-D"},
		{"druid.indexer.task.storeEmptyColumns", "false", "-D"}, {"druid.indexing.doubleStorage", "double", "-D"},
	}})
	if diff := cmp.Diff([][]string{{"https"}, {"x-key", "accept"}}, [][]string{c.Ingest.HTTPProtocols, c.Ingest.HTTPHeaders}); diff != "" {
		t.Error(diff)
	}
	if c.Tasks.StoreEmptyColumns || !load(t, Sources{}).Tasks.StoreEmptyColumns {
		t.Error("storeEmptyColumns is not as it was given")
	}
}

func TestWrongValuesNameKeyValueAndWhatIsAllowed(t *testing.T) {
	t.Parallel()
	f := func(property, allowed string) {
		t.Helper()
		name, value, _ := strings.Cut(property, "=")
		_, err := Load(Sources{Flags: []Setting{{name, value, "-D"}}})
		var wrong *ValueError
		if !errors.As(err, &wrong) || wrong.Key != name || wrong.Value != value || !strings.Contains(wrong.Allowed, allowed) {
			t.Errorf("%s: %v", property, err)
		}
	}
	f("druid.plaintextPort=http", "whole number from 0 to 65535")
	f("druid.plaintextPort=65536", "whole number from 0 to 65535")
	f("druid.plaintextPort=", "whole number")
	f("druid.host=http://x/", "host name")
	f("druid.bindOnHost=yes", "true or false")
	f("druid.enableTlsPort=yes", "true or false")
	f("druid.tlsPort=-1", "whole number from 0 to 65535")
	f("druid.enablePlaintextPort=false", "must be true unless druid.enableTlsPort is")
	f("druid.client.https.protocol=SSLv3", "older versions are not offered")
	f("druid.server.https.keyStoreType=BKS", "PEM, PKCS12 or JKS")
	f("ovate.http.requestsPerSecond=0", "from 0.01 to 1000000")
	f("ovate.ingest.localRoots=/in,work", "must be absolute paths of folders, but work is none")
	f(`ovate.ingest.localRoots=["work"]`, "but work is none")
	f("druid.auth.authenticatorChain=[]", "must name authenticators")
	f(`druid.auth.authenticatorChain=["allowAll","allowAll"]`, "allowAll is there twice")
	f("druid.auth.unsecuredPaths=status", "must be paths")
	f("druid.escalator.type=kerberos", "noop or basic")
	f("druid.metadata.postgres.ssl.useSSL=true", "sslmode=verify-full")
	f("druid.metadata.mysql.ssl.useSSL=true", "sslMode=VERIFY_IDENTITY")
	f("druid.metadata.postgres.dbTableSchema=mine", "currentSchema")
	f("druid.metadata.storage.type=derby", "Derby is Java's")
	f("druid.metadata.storage.type=oracle", "must be sqlite, postgresql or mysql")
	f("druid.metadata.storage.connector.connectURI=jdbc:postgresql://localhost/druid", "jdbc:sqlite:FILE")
	f("druid.metadata.storage.tables.base=1; drop", "letters")
	f("druid.metadata.storage.tables.segments=mine", "must be left out: tables are named after druid.metadata.storage.tables.base")
	f("druid.indexing.doubleStorage=float", "must be double")
	f("druid.indexing.formats.stringMultiValueHandlingMode=ARRAY", "must be SORTED_ARRAY")
	f("druid.processing.bitmap.type=concise", "must be roaring")
	f("druid.centralizedDatasourceSchema.enabled=true", "must be false")
	f("druid.generic.useDefaultValueForNull=true", "must be false")
	f("druid.generic.useThreeValueLogicForNativeFilters=false", "must be true")
	f("druid.expressions.useStrictBooleans=false", "must be true")
	f("druid.ingestion.http.allowedProtocols=[1]", "JSON array")
	f("druid.ingestion.http.allowedHeaders={}", "JSON array")
	f("druid.indexer.task.storeEmptyColumns=0", "true or false")
	f("druid.storage.type=hdfs", "must be local or s3")
	f("druid.indexer.logs.type=azure", "must be file")
	f("druid.storage.storageDirectory=s3://x/y/z", "druid.storage.type=s3, druid.storage.bucket=x, druid.storage.baseKey=y/z")
	f("druid.storage.storageDirectory=s3a://x", "druid.storage.type=s3, druid.storage.bucket=x")
	f("druid.storage.storageDirectory=hdfs://name:9000/druid", "hdfs is not built in this version")
	f("druid.storage.storageDirectory=gs://x/y", "gs is not built in this version")
	f("druid.storage.storageDirectory=file:///data", "without file:")
	f("druid.storage.storageDirectory=", "must be a path")
	f("druid.indexer.logs.directory=s3://x/logs", "druid.indexer.logs.type=s3, druid.indexer.logs.s3Bucket=x, druid.indexer.logs.s3Prefix=logs")
	f("druid.indexer.logs.directory=hdfs:/druid/logs", "hdfs is not built in this version")
	f("ovate.data=s3://x/y", "a path on this machine, without s3://")
	f("druid.metadata.storage.connector.createTables=false", "must be true")
	f("druid.indexer.storage.type=local", "metadata")
	f("druid.indexer.runner.type=httpRemote", "needs to know of workers: set druid.zk.service.host")
	f("druid.indexer.runner.type=remote", "must be httpRemote, which reaches the same workers")
	f("druid.indexer.runner.type=k8s", "must be local, for tasks that run in this process, or httpRemote")
	f("druid.indexer.runner.parallelIndexTaskSlotRatio=2", "from 0 to 1")
	f("druid.indexer.runner.taskCleanupTimeout=soon", "PT30M")
	f("druid.service=druid/coordinator", "an Overlord is druid/overlord")
	f("druid.service=druid:router", "an Overlord is druid/overlord")
	f("druid.coordinator.asOverlord.enabled=true", "two services: let it go on as a Coordinator with false")
	f("druid.discovery.type=k8s", "must be curator")
	f("druid.zk.service.host=zk:many", "host:port")
	f("druid.worker.capacity=0", "from 1")
	f("druid.indexer.queue.maxSize=-1", "from 1")
	f("druid.indexer.queue.maxTaskPayloadSize=lots", "64MiB")
	f("druid.indexer.task.default.context=[]", "JSON object")
	f("druid.indexer.task.default.context=null", "JSON object")
	f(`druid.indexer.task.default.context={"ovateRunner":"k8s"}`, "context.ovateRunner: must be local, httpRemote or auto")
	f(`druid.indexer.task.default.context={"priority":"high"}`, "context.priority: must be a whole number")
	f(`druid.indexer.task.default.context={"taskLockTimeout":"soon"}`, "context.taskLockTimeout: must be a whole number")
	f(`druid.indexer.task.default.context={"taskLockType":"any"}`, "context.taskLockType: must be one of")
	f(`druid.indexer.task.default.context={"useConcurrentLocks":"maybe"}`, "context.useConcurrentLocks: must be true or false")
	f("druid.indexer.storage.recentlyFinishedThreshold=P1M", "ISO-8601")
	f("ovate.http.maxBodySize=1", "at least 1024")
	f("ovate.http.maxBodySize=", "at least 1024")
	f("ovate.http.maxBodySize=9223372036854775807", "at most 1 PiB")
	f("ovate.listen=8090", "HOST:PORT")
	f("ovate.listen=:8090", "add --insecure (ovate.insecure=true)")
	f("ovate.listen=10.0.0.1:0", "or listen on 127.0.0.1")
	f("druid.host=overlord.example.com", "add --insecure (ovate.insecure=true)")
	f("ovate.http.allowedOrigins=router.example.com", "like http://router.example.com:8888")
	f("ovate.http.allowedOrigins=http://router.example.com/", "must be origins")
	f("ovate.listen=localhost:x", "whole number")
	f("ovate.ingest.mem=1", "no such property")
	f("druid.server.hiddenProperties=[1]", "JSON array")
}

func TestPropertiesHideSecrets(t *testing.T) {
	t.Parallel()
	c := load(t, Sources{Files: []string{file(t, "druid.metadata.storage.connector.password=hush\nmy.apiKey=hush\nuser.timezone=UTC\n")}})
	for name, value := range c.Properties() {
		if value == "hush" {
			t.Errorf("%s is shown", name)
		}
	}
	if c.Properties()["user.timezone"] != "UTC" {
		t.Error("a property of someone else is not shown")
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"1": 1, "2k": 2000, "2Ki": 2048, "3MiB": 3 << 20, "3mb": 3_000_000, "1G": 1_000_000_000, "1PiB": 1 << 50} {
		var got int64
		if err := setSize(&got, text, 1); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"-1", "1.5G", "G", "1i", "9999999P", "1 k", "99999999999999999999"} {
		if err := setSize(new(int64), text, 1); err == nil {
			t.Errorf("%s is taken", text)
		}
	}
}

func TestDurations(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"PT24H": 24 * time.Hour, "P1D": 24 * time.Hour, "P1W": 168 * time.Hour, "PT1M0.5S": 60500 * time.Millisecond, "1500": 1500 * time.Millisecond, "PT0S": 0} {
		var got time.Duration
		if err := setDuration(&got, text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "P", "PT", "1h", "-5", "P1Y", "PT99999999999H"} {
		if err := setDuration(new(time.Duration), text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestVariablesInValues(t *testing.T) {
	t.Parallel()
	secret := file(t, "7")
	c := load(t, Sources{
		Files: []string{file(t, strings.Join([]string{
			"druid.worker.version=${env:A}-${sys:other}-${env:B:-b}$${x}",
			"druid.worker.capacity=${file:UTF-8:" + secret + "}",
			"druid.worker.category=${file:UTF-8:/none:-plain}",
			"druid.service=${sys:user.home}:${sys:java.io.tmpdir}",
			"other=${sys:further}",
			"further=${env:O:-o}",
		}, "\n"))},
		Environ: []string{"A=a", "HOME=/home/a"},
	})
	if want := "/home/a:" + os.TempDir(); c.Service != want {
		t.Errorf("service %s, want %s", c.Service, want)
	}
	if got := c.Worker; got != (Worker{Capacity: 7, Version: "a-o-b${x}", Category: "plain"}) {
		t.Errorf("%+v", got)
	}
	for _, value := range []string{"${env:NONE}", "${sys:none}", "${file:UTF-8:/none}", "${what}", "${env:A", "${sys:druid.worker.version}"} {
		_, err := Load(Sources{Files: []string{file(t, "druid.worker.version="+value)}})
		var wrong *ValueError
		if !errors.As(err, &wrong) || wrong.Key != "druid.worker.version" {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestNetworks(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "[]", `["127.0.0.1"]`: "[127.0.0.1/32]", "10.1.2.3/16, ::1,::ffff:10.0.0.1": "[10.1.0.0/16 ::1/128 10.0.0.1/32]",
		"proxy": `"proxy" must be an address or a network, such as 127.0.0.1 or 10.1.0.0/16`, "10.0.0.0/33": `"10.0.0.0/33" must be an address or a network, such as 127.0.0.1 or 10.1.0.0/16`,
	} {
		var got []netip.Prefix
		err := setNetworks(&got, text)
		if is := fmt.Sprint(got); err == nil && is != want || err != nil && err.Error() != want {
			t.Errorf("%s: %s, %v, want %s", text, is, err, want)
		}
	}
}

// Package config turns Druid's property names into one validated struct and remembers where each value came from.
//
// Sources, each over the one before it: built-in defaults, properties files, environment variables, the command line.
// An environment variable names a property as Druid's container images do, with '_' for '.': druid_worker_capacity is
// druid.worker.capacity. All in capitals (DRUID_WORKER_CAPACITY, OVATE_DATA) works too for the properties known here, and the
// variables that OpenTelemetry names (OTEL_EXPORTER_OTLP_ENDPOINT) are those of ovate.tracing.
package config

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"ovate/internal/bucket"
)

// Config is what a server needs to know before it starts. Paths are absolute.
type Config struct {
	Data    string // the folder that holds whatever has no folder of its own
	Listen  string // host:port to bind without TLS; an empty host is every interface, port 0 any free port; empty: only with TLS
	Host    string // the name by which others reach this server
	Service string // druid.service, the name that error messages and discovery show

	Metadata    Metadata
	DeepStorage DeepStorage
	TaskLogs    TaskLogs
	Worker      Worker
	Cluster     Cluster
	Runner      Runner
	Queue       Queue
	Tasks       Tasks
	Supervisors Supervisors
	HTTP        HTTP
	TLS         TLS
	Audit       Audit
	Webhooks    Webhooks
	Ingest      Ingest
	Uploads     Uploads
	Retention   Retention
	Log         Log
	Emitter     Emitter
	Tracing     Tracing
	Pprof       bool // profiles of the process are shown to this machine
	Auth        Auth
	Sealing     Sealing

	Umask    int // what files and folders that the server makes are denied to others
	s3       s3Settings
	pac4j    Issuer // of all authenticators of druid-pac4j
	insecure bool   // others may connect although nobody is asked who they are

	settings map[string]Setting // every property, by name
	files    []string           // of properties
	unused   []Setting
	remarks  []Remark
	unset    []string
	hidden   []string
}

// Types of the metadata store and of deep storage, in Druid's words, and SQLite, which Druid has not.
const (
	SQLite     = "sqlite"
	PostgreSQL = "postgresql"
	MySQL      = "mysql"
	Local      = "local"
	InS3       = "s3"
	InFiles    = "file" // of task logs
)

// Metadata is where tasks, locks and segments are recorded.
type Metadata struct {
	Type       string // SQLite, PostgreSQL or MySQL
	Path       string // the SQLite file
	TablesBase string // prefix of the table names: "druid" makes druid_tasks

	// Of a database server; the password may be the JSON of a PasswordProvider.
	ConnectURI, User, Password string
	CreateTables               bool // make what is missing
}

// Place is the file or the address of the database, without what may be secret.
func (m *Metadata) Place() string {
	if m.Type == SQLite {
		return m.Path
	}
	place, _, _ := strings.Cut(m.ConnectURI, "?")
	return place
}

// DeepStorage is where finished segments are kept.
type DeepStorage struct {
	Type      string // Local or InS3
	Directory string
	Zip       bool // an index.zip instead of an index/ folder

	// For InS3.
	Bucket  bucket.Config
	BaseKey string // what keys begin with
	S3a     bool   // load specs name the scheme s3a
	Staging string // the local folder in which segments are built
}

// Place is where that is.
func (d *DeepStorage) Place() string {
	if d.Type == InS3 {
		return strings.TrimSuffix("s3://"+d.Bucket.Name+"/"+d.BaseKey, "/")
	}
	return d.Directory
}

// TaskLogs is where logs and reports of tasks are kept.
type TaskLogs struct {
	Type      string // InFiles or InS3
	Directory string // for InS3 those of tasks that have not ended

	// For InS3.
	Bucket bucket.Config
	Prefix string // what keys begin with
}

// Place is where that is.
func (l *TaskLogs) Place() string {
	if l.Type == InS3 {
		return "s3://" + l.Bucket.Name + "/" + l.Prefix
	}
	return l.Directory
}

// Worker is how this process presents itself as a worker.
type Worker struct {
	Capacity int // tasks that run at the same time
	Version  string
	Category string
}

// Queue bounds what may be submitted.
type Queue struct {
	MaxSize        int           // active tasks
	MaxTaskPayload int64         // bytes of one task; 0 is no limit
	SyncRate       time.Duration // how often it is looked, in a cluster, what other programs have written
}

// Tasks is what holds for every task.
type Tasks struct {
	ForceTimeChunkLock bool
	DefaultContext     map[string]json.RawMessage // what a task's context holds unless it says otherwise
	MaxLostRuns        int                        // how often the process may end while a task runs before the task fails; 0: any number
	RecentlyFinished   time.Duration              // how long ago a complete task may have been created to be listed
	StoreEmptyColumns  bool                       // listed string dimensions without any value are stored unless the context says otherwise
}

// Supervisors says what holds for supervisors of streams.
type Supervisors struct {
	// How many runs, or tasks, of one kind in a row it takes until a supervisor counts as unhealthy, and then as healthy again.
	Unhealthy, Healthy, TasksUnhealthy, TasksHealthy int
	Remembered                                       int           // how much of what has gone wrong a supervisor shows
	Idle                                             bool          // supervisors whose spec does not say otherwise may be idle
	IdleAfter                                        time.Duration // how long nothing has to come until then
}

// HTTP bounds requests.
type HTTP struct {
	Hosts           []string      // names by which it may be addressed, besides localhost and all addresses
	Origins         []string      // sites whose pages may use it
	MaxBodySize     int64         // bytes
	GracefulTimeout time.Duration // how long a stop waits for requests under way

	HSTS bool // browsers are told to come by TLS alone

	Proxies []netip.Prefix // who is believed from where requests come that they send on

	// How many requests are answered in a second, of all clients together and of each address; 0: any number.
	RequestsPerSecond, RequestsPerSecondPerClient float64
}

// Audit is where it is written down who has asked for changes.
type Audit struct {
	Path    string // a file; empty: nowhere
	MaxSize int64  // of the file, in bytes; then another one is begun
	Keep    int    // how many of those before are kept
}

// Webhooks says whom webhooks may tell.
type Webhooks struct {
	AllowPrivate bool // loopback, private and link-local addresses, too
}

// Ingest says what ingestion may use and reach.
type Ingest struct {
	Memory            int64    // bytes for rows that are not yet on disk; 0 lets the engine choose
	MaxMemory         int64    // the most that all tasks may have of these, whatever their specs say; 0 lets the engine choose
	AnyLocalFile      bool     // local input may be any file that this process can read
	LocalRoots        []string // otherwise only what lies below these folders
	PrivateHTTPGiven  bool     // AllowPrivateHTTP was asked for, and does not only follow from the address to listen on
	AllowPrivateHTTP  bool     // http input may be fetched from loopback, private and link-local addresses
	AnyVariable       bool     // the password of http input may be any environment variable of this process
	PasswordVariables []string // otherwise only these
	HTTPProtocols     []string // by which http input may be fetched
	HTTPHeaders       []string // that a spec may set in requests for http input
}

// Folder is the folder that one process at a time has to itself: that of the database, where it is a file, as its tasks are run by the
// process that has the file; and Data, where the metadata are kept elsewhere.
func (c *Config) Folder() string {
	if c.Metadata.Type == SQLite {
		return filepath.Dir(c.Metadata.Path)
	}
	return c.Data
}

// MetadataFile is what the file of the metadata in a data folder is called, unless it is told otherwise.
const MetadataFile = "metadata.db"

// InFolder tells whether the metadata are those that anybody finds who is given Folder alone.
func (c *Config) InFolder() bool {
	return c.Metadata.Type == SQLite && filepath.Base(c.Metadata.Path) == MetadataFile && c.Metadata.TablesBase == "druid"
}

// Setting is one property with its value and where that came from: "default", "runtime.properties:12",
// "environment variable druid_host" or "--listen".
type Setting struct{ Key, Value, Origin string }

// ValueError is a property whose value cannot be used.
type ValueError struct {
	Setting
	Allowed string // what would be right: "must be true or false"
}

func (e *ValueError) Error() string {
	return fmt.Sprintf("%s = %q (%s): %s", e.Key, withoutPassword(e.Value), e.Origin, e.Allowed)
}

// withoutPassword hides a password in a value: in the options of an address, as in those of JDBC, or of a program; all that stands before the host of an address,
// and the query of one of HTTP, where keys have any name; and in JSON what is called so.
func withoutPassword(value string) string {
	const name = `(?:password|passwd|pwd|pw|secret|token|(?:api|access|private|secret)[_-]?key)`
	value = regexp.MustCompile(`(?i)(`+name+`=)[^&"]*`).ReplaceAllString(value, "$1***")
	value = regexp.MustCompile(`(?i)("[^"]*`+name+`"\s*:\s*)"(?:[^"\\]|\\.)*"`).ReplaceAllString(value, `$1"***"`)
	value = regexp.MustCompile(`(?i)(https?://[^?\s"]*\?)[^\s"]+`).ReplaceAllString(value, "$1***")
	return regexp.MustCompile(`//[^?\s"]*@`).ReplaceAllString(value, "//***@")
}

// Refusal is the error that a property's value cannot be used, which is hidden where it may be secret.
func (c *Config) Refusal(name, allowed string) *ValueError {
	s := c.settings[name]
	if s.Key == "" {
		s = Setting{Key: name, Origin: "not set"}
	}
	if c.isHidden(name) && s.Value != "" {
		s.Value = "***"
	}
	return &ValueError{s, allowed}
}

// Origin tells where the value of a property came from; empty for a property that is not set.
func (c *Config) Origin(name string) string { return c.settings[name].Origin }

// Unused are the properties that were given and that nothing here reads, sorted by name.
func (c *Config) Unused() []Setting { return c.unused }

// Unset are the properties that have no value, nor a default, in the order in which this version reads them.
func (c *Config) Unset() []string { return c.unset }

// Settings are all properties, defaults included, sorted by name; secrets are left out.
func (c *Config) Settings() []Setting {
	settings := sorted(c.settings, func(s Setting) bool { return !c.isHidden(s.Key) })
	for i := range settings {
		settings[i].Value = withoutPassword(settings[i].Value)
	}
	return settings
}

// Properties is Settings as /status/properties shows it.
func (c *Config) Properties() map[string]string {
	properties := make(map[string]string, len(c.settings))
	for _, s := range c.Settings() {
		properties[s.Key] = s.Value
	}
	return properties
}

// Package config turns Druid's property names into one validated struct and remembers where each value came from.
//
// Sources, each over the one before it: built-in defaults, properties files, environment variables, the command line.
// An environment variable names a property as Druid's container images do, with '_' for '.': druid_worker_capacity is
// druid.worker.capacity. All in capitals (DRUID_WORKER_CAPACITY, OVATE_DATA) works too for the properties known here.
package config

import (
	"encoding/json"
	"fmt"
	"regexp"
	"time"
)

// Config is what a server needs to know before it starts. Paths are absolute.
type Config struct {
	Data    string // the folder that holds whatever has no folder of its own
	Listen  string // host:port to bind; an empty host is every interface, port 0 any free port
	Host    string // the name by which others reach this server
	Service string // druid.service, the name that error messages and discovery show

	Metadata    Metadata
	DeepStorage DeepStorage
	TaskLogs    TaskLogs
	Worker      Worker
	Queue       Queue
	Tasks       Tasks
	HTTP        HTTP
	Ingest      Ingest
	Retention   Retention

	Umask    int  // what files and folders that the server makes are denied to others
	insecure bool // others may connect although nobody is asked who they are

	settings map[string]Setting // every property, by name
	unused   []Setting
	unset    []string
	hidden   []string
}

// Metadata is where tasks, locks and segments are recorded.
type Metadata struct {
	Path       string // the SQLite file
	TablesBase string // prefix of the table names: "druid" makes druid_tasks
}

// DeepStorage is where finished segments are kept.
type DeepStorage struct {
	Directory string
	Zip       bool // an index.zip instead of an index/ folder
}

// TaskLogs is where logs and reports of tasks are kept.
type TaskLogs struct{ Directory string }

// Worker is how this process presents itself as a worker.
type Worker struct {
	Capacity int // tasks that run at the same time
	Version  string
	Category string
}

// Queue bounds what may be submitted.
type Queue struct {
	MaxSize        int   // active tasks
	MaxTaskPayload int64 // bytes of one task; 0 is no limit
}

// Tasks is what holds for every task.
type Tasks struct {
	ForceTimeChunkLock bool
	DefaultContext     map[string]json.RawMessage // what a task's context holds unless it says otherwise
	MaxLostRuns        int                        // how often the process may end while a task runs before the task fails; 0: any number
	RecentlyFinished   time.Duration              // how long ago a complete task may have been created to be listed
	StoreEmptyColumns  bool                       // listed string dimensions without any value are stored unless the context says otherwise
}

// HTTP bounds requests.
type HTTP struct {
	Hosts           []string      // names by which it may be addressed, besides localhost and all addresses
	Origins         []string      // sites whose pages may use it
	MaxBodySize     int64         // bytes
	GracefulTimeout time.Duration // how long a stop waits for requests under way
}

// Ingest says what ingestion may use and reach.
type Ingest struct {
	Memory            int64    // bytes for rows that are not yet on disk; 0 lets the engine choose
	AnyLocalFile      bool     // local input may be any file that this process can read
	LocalRoots        []string // otherwise only what lies below these folders
	PrivateHTTPGiven  bool     // AllowPrivateHTTP was asked for, and does not only follow from the address to listen on
	AllowPrivateHTTP  bool     // http input may be fetched from loopback, private and link-local addresses
	AnyVariable       bool     // the password of http input may be any environment variable of this process
	PasswordVariables []string // otherwise only these
	HTTPProtocols     []string // by which http input may be fetched
	HTTPHeaders       []string // that a spec may set in requests for http input
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
	value := regexp.MustCompile(`(?i)(password|pwd)=[^&;]*`).ReplaceAllString(e.Value, "$1=***") // of a JDBC address
	return fmt.Sprintf("%s = %q (%s): %s", e.Key, value, e.Origin, e.Allowed)
}

// Origin tells where the value of a property came from; empty for a property that is not set.
func (c *Config) Origin(name string) string { return c.settings[name].Origin }

// Unused are the properties that were given and that nothing here reads, sorted by name.
func (c *Config) Unused() []Setting { return c.unused }

// Unset are the properties that have no value, nor a default, in the order in which this version reads them.
func (c *Config) Unset() []string { return c.unset }

// Settings are all properties, defaults included, sorted by name; secrets are left out.
func (c *Config) Settings() []Setting {
	return sorted(c.settings, func(s Setting) bool { return !c.isHidden(s.Key) })
}

// Properties is Settings as /status/properties shows it.
func (c *Config) Properties() map[string]string {
	properties := make(map[string]string, len(c.settings))
	for _, s := range c.Settings() {
		properties[s.Key] = s.Value
	}
	return properties
}

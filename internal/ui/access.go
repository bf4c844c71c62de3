package ui

import (
	"fmt"
	"net/http"

	"ovate/druid"
)

// Access is something that is done to a resource, in Druid's words.
type Access struct {
	// Type is DATASOURCE, STATE, CONFIG or EXTERNAL, and Name which one of them it is; that of STATE and CONFIG is its type.
	Type, Name string
	Write      bool // else it is read
}

// Types of resources.
const (
	DataSource = "DATASOURCE"
	State      = "STATE"    // how the server and its workers are
	Config     = "CONFIG"   // how the server is set
	External   = "EXTERNAL" // what tasks read through input sources of a type
)

// need fails if who has sent a request may not have it answered. Every page has one: what has none cannot be registered.
type need func(c *call) error

// reads and writes are needs of a resource of which there is one.
func reads(resource string) need {
	return func(c *call) error { return c.must(Access{Type: resource, Name: resource}) }
}
func writes(resource string) need {
	return func(c *call) error { return c.must(Access{Type: resource, Name: resource, Write: true}) }
}

// filtered is the need of what is shown to everybody, with what each may see of it.
func filtered(*call) error { return nil }

// decidedLater is the need of what the page decides itself, as that takes the form.
func decidedLater(*call) error { return nil }

// ofDataSource is the need of the data source that the path names, by the verb.
func ofDataSource(c *call) error {
	return c.must(Access{Type: DataSource, Name: c.r.PathValue("name"), Write: c.posts()})
}

// ofTask is the need of the data source of the task that the path names.
func ofTask(c *call) error { return c.mustTask(c.r.PathValue("id"), c.posts()) }

// ofSupervisor is the need of the data source of the supervisor that the path names.
func ofSupervisor(c *call) error {
	if c.May == nil {
		return nil
	}
	s, err := c.supervisor()
	if err != nil {
		return err
	}
	return c.must(Access{Type: DataSource, Name: s.DataSource, Write: c.posts()})
}

func (c *call) posts() bool { return c.r.Method == http.MethodPost }

// may tells whether who has sent the request may do something.
func (c *call) may(a Access) bool { return c.May == nil || c.May(c.r.Context(), a) }

// sees tells whether who has sent the request may read a data source of a list.
func (c *call) sees(dataSource string) bool { return c.may(Access{Type: DataSource, Name: dataSource}) }

// must fails unless who has sent the request may do something.
func (c *call) must(a Access) error {
	if c.may(a) {
		return nil
	}
	verb := "read"
	if a.Write {
		verb = "write to"
	}
	return &problem{http.StatusForbidden, fmt.Sprintf("You may not %s %s [%s].", verb, a.Type, a.Name), "Ask whoever keeps the users of this server for a role that permits it."}
}

// mustTask fails unless who has sent the request may read the data source of a task, or write to it.
func (c *call) mustTask(id string, write bool) error {
	if c.May == nil {
		return nil
	}
	status, err := c.Tasks.Status(c.r.Context(), id)
	if err != nil {
		return err
	}
	return c.must(Access{Type: DataSource, Name: status.DataSource, Write: write})
}

// mustRun fails unless who has sent the request may have a task run: write to its data source and, where input sources are kept, read those.
func (c *call) mustRun(t *druid.Task, document []byte) error {
	if c.May == nil {
		return nil
	}
	if err := c.must(Access{Type: DataSource, Name: t.DataSource, Write: true}); err != nil || c.InputSources == nil {
		return err
	}
	types, err := c.InputSources(t.Type, document)
	if err != nil {
		return &problem{http.StatusForbidden, err.Error(), ""}
	}
	for _, source := range types {
		if err := c.must(Access{Type: External, Name: source}); err != nil {
			return err
		}
	}
	return nil
}

// visible are those of some tasks that who has sent the request may read.
func (c *call) visible(tasks []druid.TaskStatusPlus) (rows []row) {
	for _, t := range tasks {
		if c.sees(t.DataSource) {
			rows = append(rows, row{t})
		}
	}
	return rows
}

package v1

import (
	"net/http"
	"slices"

	"ovate/druid"
)

// Access is something that is done to a resource, in Druid's words.
type Access struct {
	// Type is DATASOURCE, STATE or EXTERNAL, and Name which one of them it is; that of STATE is its type.
	Type, Name string
	Write      bool // else it is read
}

// Types of resources.
const (
	DataSource = "DATASOURCE"
	State      = "STATE"    // how the server and its tasks are
	External   = "EXTERNAL" // what tasks read through input sources of a type
)

// need fails if who has sent a request may not have it answered.
type need func(c *call) error

// takes is a need of one resource, whatever the path says.
func takes(a Access) need {
	if a.Name == "" {
		a.Name = a.Type
	}
	return func(c *call) error { return c.must(a) }
}

// filtered is the need of what is answered to everybody, with what each may see of it.
func filtered(*call) error { return nil }

// decidedLater is the need of what the endpoint decides itself, as that takes the body, or the task.
func decidedLater(*call) error { return nil }

// ofDataSource is the need of the data source that the path names, by the verb.
func ofDataSource(c *call) error {
	return c.must(Access{Type: DataSource, Name: c.r.PathValue("dataSource"), Write: c.r.Method != http.MethodGet && c.r.Method != http.MethodHead})
}

// may tells whether who has sent the request may do something.
func (c *call) may(a Access) bool { return c.May == nil || c.May(c.r.Context(), a) }

// must fails unless who has sent the request may do something.
func (c *call) must(a Access) error {
	if c.may(a) {
		return nil
	}
	verb := "read"
	if a.Write {
		verb = "write to"
	}
	return refuse(http.StatusForbidden, "You may not %s %s [%s].", verb, a.Type, a.Name)
}

// sees tells whether who has sent the request may read a data source of a list.
func (c *call) sees(dataSource string) bool { return c.may(Access{Type: DataSource, Name: dataSource}) }

// mayRun fails unless who has sent the request may have a task run: write to its data source and, where input sources are kept, read those.
func (c *call) mayRun(t *druid.Task, document []byte) error {
	if c.May == nil {
		return nil
	}
	if err := c.must(Access{Type: DataSource, Name: t.DataSource, Write: true}); err != nil || document == nil || c.InputSources == nil {
		return err
	}
	types, err := c.InputSources(t.Type, document)
	if err != nil {
		return refuse(http.StatusForbidden, "%s", err)
	}
	for _, source := range types {
		if err := c.must(Access{Type: External, Name: source}); err != nil {
			return err
		}
	}
	return nil
}

// mayChange fails unless who has sent the request may write to the data source of a task.
func (c *call) mayChange(id string) error {
	if c.May == nil {
		return nil
	}
	status, err := c.Tasks.Status(c.r.Context(), id)
	if err != nil {
		return err
	}
	return c.must(Access{Type: DataSource, Name: status.DataSource, Write: true})
}

// visible are those of the tasks that who has sent the request may read.
func (c *call) visible(tasks []druid.TaskStatusPlus) []druid.TaskStatusPlus {
	if c.May == nil {
		return tasks
	}
	return slices.DeleteFunc(tasks, func(t druid.TaskStatusPlus) bool { return !c.sees(t.DataSource) })
}

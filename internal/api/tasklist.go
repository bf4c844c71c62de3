package api

import (
	"net/http"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/queue"
)

// listTasks is GET tasks: every task that passes all of the filters given.
//
//	state                waiting, pending, running or complete, in any case
//	datasource, type     exactly this text
//	createdTimeInterval  submitted within this ISO-8601 interval; without it, complete tasks that were submitted long ago
//	                     (druid.indexer.storage.recentlyFinishedThreshold) are left out
//	max                  the most complete tasks; of those that pass the other filters, the newest
func listTasks(c *call) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	state, given := q["state"]
	states := []string{"pending", "waiting", "running", "complete"}
	if given && !slices.Contains(states, strings.ToLower(state)) {
		return bare(http.StatusBadRequest, contentText, "Invalid task state[%s]. Must be one of %s.", state, list(states))
	}
	return c.list(strings.ToLower(state), "max", q)
}

// listTasksIn is a shorthand for listTasks with that state; it takes all the other filters. In Druid, completeTasks calls
// `max` `n`, which it still may be called.
func listTasksIn(state string) endpoint {
	return func(c *call) error {
		q, err := c.query()
		if err != nil {
			return err
		}
		most := "max"
		if state == "complete" && q["max"] == "" {
			most = "n"
		}
		return c.list(state, most, q)
	}
}

// list answers with the tasks in a state; most is what the limit is called.
func (c *call) list(state, most string, q query) error {
	limit, err := q.count(most)
	if err != nil {
		return err
	}
	created, err := q.interval("createdTimeInterval")
	if err != nil {
		return err
	}
	if name := q["datasource"]; name != "" && !c.may(auth.Read, name) {
		return bare(http.StatusForbidden, contentText, "Access-Check-Result: Unauthorized")
	}
	for _, filter := range []string{"datasource", "type"} {
		if value, given := q[filter]; given && value == "" {
			return c.json([]byte("[]")) // an exact match that no task can be
		}
	}
	filter := queue.Filter{State: state, DataSource: q["datasource"], Type: q["type"], Created: created, Max: limit}
	if err := c.part.list(c.r.Context(), pagedList); err != nil {
		return err
	}
	return c.stream("[", "]", func(s *stream) error {
		return c.Tasks.List(c.r.Context(), filter, func(t *druid.TaskStatusPlus) error {
			if c.may(auth.Read, t.DataSource) {
				s.Put(t.AppendJSON(s.Next()))
			}
			return nil
		})
	})
}

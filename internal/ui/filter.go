package ui

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"ovate/internal/auth"
	"ovate/internal/label"
	"ovate/internal/queue"
)

// taskFilter is which tasks a list is of. What is empty filters nothing.
type taskFilter struct {
	State, DataSource, Type, Group string
	Text                           string // a part of the id
	Label                          string // KEY=VALUE, or several with commas between them
	Created                        string // an interval
}

// filterOf is what a query asks for.
func filterOf(q url.Values) taskFilter {
	given := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	return taskFilter{State: strings.ToLower(given("state")), DataSource: given("datasource"), Type: given("type"), Group: given("group"), Text: given("id"), Label: given("label"), Created: given("created")}
}

// query is the filter for the queue.
func (f *taskFilter) query() (q queue.PageQuery, labels []string, err error) {
	if f.State != "" && !slices.Contains(states[:], f.State) {
		return q, nil, &problem{http.StatusBadRequest, fmt.Sprintf("There is no state %q.", f.State), "It is one of " + strings.Join(states[:], ", ") + "."}
	}
	q = queue.PageQuery{State: strings.ToUpper(f.State), DataSource: f.DataSource, Type: f.Type, IDPart: f.Text, GroupID: f.Group, Max: pageOf}
	if f.Created != "" {
		created, err := intervalOf(f.Created)
		if err != nil {
			return q, nil, err
		}
		q.Created = &created
	}
	if labels, err = label.Parse(f.Label); err != nil {
		err = &problem{http.StatusBadRequest, "The label " + err.Error() + ".", "Write it as team=data."}
	}
	return q, labels, err
}

// every is all tasks that match a filter, and what is to be done with them.
type every struct {
	Action string // cancel or again
	IDs    []string
	More   bool // there are others than one form changes
}

// mostEvery is how many tasks are changed at a time that only match, and everyPages on how many pages they are looked for.
const (
	mostEvery  = 1000
	everyPages = 20
)

// every are the tasks that match and can be cancelled, or run again: of a filter that names no state those that failed.
func (c *call) every(f taskFilter, action string) (*every, error) {
	of := []string{f.State}
	if f.State == "" {
		of = []string{"running", "pending", "waiting"}
		if action == "again" {
			of = []string{"failed"}
		}
	}
	found := &every{Action: action}
	for _, f.State = range of {
		if (f.State == "failed" || f.State == "success") != (action == "again") {
			continue // there is nothing that could be done
		}
		q, labels, err := f.query()
		if err != nil {
			return nil, err
		}
		q.Max = mostEvery
		for range everyPages {
			page, err := c.labelled(q, labels)
			if err != nil {
				return nil, err
			}
			for _, t := range page.Tasks {
				if c.identity().May(auth.Write, auth.DataSource(t.DataSource)) && !slices.Contains(found.IDs, t.ID) { // it may have gone on to another state
					found.IDs = append(found.IDs, t.ID)
				}
			}
			if q.After = page.Next; q.After == nil || len(found.IDs) >= mostEvery {
				break
			}
		}
		found.More = found.More || q.After != nil
	}
	found.More = found.More || len(found.IDs) > mostEvery
	found.IDs = found.IDs[:min(len(found.IDs), mostEvery)]
	return found, nil
}

// placeProblem is the page of a list that is to begin where no list by labels does.
func placeProblem(err error) error {
	if errors.Is(err, label.ErrPlace) {
		return &problem{http.StatusBadRequest, "The page begins at what is " + err.Error() + ".", "Go to the newest tasks."}
	}
	return err
}

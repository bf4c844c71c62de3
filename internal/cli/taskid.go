package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/quantity"
)

// lastTask is what the newest task is called, unless a task has that id.
const lastTask = "last"

// errNoTasks is that there is no newest task.
var errNoTasks = errors.New("there are no tasks yet")

// named calls fn with the id of a task as it was typed and, where nothing is found under that, with the one that it is short for.
func named[T any](ctx context.Context, overlord *client.Client, typed string, fn func(id string) (T, error)) (T, error) {
	v, err := fn(typed)
	if !client.IsNotFound(err) {
		return v, err
	}
	id, lookup := fullID(ctx, overlord, typed)
	if lookup != nil {
		return v, lookup
	}
	if id == "" || id == typed { // it is not there, or has nothing of what is asked for
		return v, err
	}
	return fn(id)
}

// fullID is the id of the one task that is meant, or "" if none is. All tasks count, however old: a beginning that is taken for an
// id must be that of no other.
func fullID(ctx context.Context, overlord *client.Client, typed string) (string, error) {
	ever, err := druid.ParseInterval("1970-01-01/3000-01-01")
	if err != nil {
		return "", err
	}
	filter := client.Filter{Created: &ever}
	if typed == lastTask {
		filter.MaxDone = 1 // the newest of those that are complete
	}
	list, err := overlord.Tasks(ctx, filter)
	if err != nil {
		return "", err
	}
	if typed == lastTask && len(list) == 0 {
		return "", errNoTasks
	}
	if typed == lastTask {
		return newest(list), nil
	}
	var ids []string
	for i := range list {
		if list[i].ID == typed {
			return typed, nil
		}
		if strings.HasPrefix(list[i].ID, typed) {
			ids = append(ids, list[i].ID)
		}
	}
	switch len(ids) {
	case 0:
		return "", nil
	case 1:
		return ids[0], nil
	}
	const most = 10
	text := strings.Join(ids[:min(len(ids), most)], "\n  ")
	if more := len(ids) - most; more > 0 {
		text += fmt.Sprintf("\n  and %s more", quantity.Count(more))
	}
	return "", &inputError{fmt.Errorf("%s tasks have an id that begins with %s, type more of it:\n  %s", quantity.Count(len(ids)), typed, text)}
}

// newest is the id of the task that was created last, or "".
func newest(list []druid.TaskStatusPlus) string {
	var last *druid.TaskStatusPlus
	for i := range list {
		if last == nil || list[i].Created >= last.Created {
			last = &list[i]
		}
	}
	if last == nil {
		return ""
	}
	return last.ID
}

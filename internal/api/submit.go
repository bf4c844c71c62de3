package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/front"
	"ovate/internal/ingest/source"
	"ovate/internal/intake"
	"ovate/internal/spec"
	"ovate/internal/supervisor"
	"ovate/internal/task"
	"ovate/internal/uri"
)

// submitTask is POST task: 200 {"task":id} means that the task is on disk. The spec of a supervisor is taken as by POST supervisor.
func submitTask(c *call) error {
	document, err := c.body()
	if err != nil {
		return err
	}
	kind, err := c.checkKind(document)
	if err != nil {
		return err
	}
	if supervisor.Known(kind) {
		return c.submitSpec(document)
	}
	var admitted task.Task // that may be read, as Decode has found out: files are looked at for that
	mayRead := func(t task.Task) error {
		if t == admitted {
			return nil
		}
		err := c.mayRead(t)
		if err == nil {
			admitted = t
		}
		return err
	}
	t, err := c.Places.Decode(document, c.Tasks.Now(), mayRead)
	if err != nil {
		return badRequest("%s", problem(err))
	}
	if why := intake.Reserved(t.Header().ID); why != "" {
		return badRequest("id %s.", why)
	}
	if fault := spec.ContextFault(&t.Header().Context); fault != "" {
		return badRequest("context: %s", fault)
	}
	if err := c.mayRunTask(t.Header(), document); err != nil {
		return err
	}
	if err := mayRead(t); err != nil {
		return err
	}
	err = c.Tasks.Add(c.audited(), t)
	if refused := (*spec.Error)(nil); errors.As(err, &refused) {
		return badRequest("%s", refused)
	} else if err != nil {
		return err
	}
	return c.pair("task", t.Header().ID)
}

// mayRead refuses input that the operator keeps from the sender.
func (c *call) mayRead(t task.Task) error {
	err := c.Admit(t, c.r)
	switch refused := (source.Refused{}); {
	case err == nil:
		return nil
	case errors.As(err, &refused) && front.Proxied(c.r):
		return simple(http.StatusForbidden, "spec.ioConfig.%s. The task comes through a proxy, so that its sender may be anywhere", err)
	case errors.As(err, &refused):
		return simple(http.StatusForbidden, "spec.ioConfig.%s", err)
	}
	return badRequest("spec.ioConfig.%s", err)
}

// checkKind is the type of a task or the spec of a supervisor. It refuses what is neither, and tasks of a kind that cannot be run here.
func (c *call) checkKind(document []byte) (kind string, err error) {
	if document == nil {
		return "", badRequest(`Request body is empty. It must be a task: a JSON object with a "type".`)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(document, &fields); err != nil || fields == nil {
		return "", badRequest(`Request body is %s. It must be a task: a JSON object with a "type".`, jsonKind(document))
	}
	given, there := fields["type"]
	if !there || string(given) == "null" {
		return "", badRequest("Could not resolve subtype of [simple type, class org.apache.druid.indexing.common.task.Task]: missing type id property 'type'")
	}
	if err := json.Unmarshal(given, &kind); err != nil {
		return "", badRequest("Invalid value for field [type]: it is %s, but must be a text, one of %s.", jsonKind(given), list(task.Types()))
	}
	switch {
	case slices.Contains(task.Types(), kind), supervisor.Known(kind):
		return kind, nil
	case c.Places.Workers && (slices.Contains(task.DruidTypes(), kind) || !supervisor.IsSpec(kind, fields)):
		return kind, nil
	case slices.Contains(task.DruidTypes(), kind):
		return "", badRequest("Invalid value for field [type]: Value [%s] is a task type of Druid that cannot be run in this version. It must be one of %s.", kind, list(task.Types()))
	case supervisor.IsSpec(kind, fields):
		return "", c.unknownSpec(kind)
	}
	if strings.Contains(kind, "://") { // it is quoted
		kind = uri.Redact(kind)
	}
	return "", badRequest("Please make sure to load all the necessary extensions and jars with type '%s' on '%s' service. "+
		"Could not resolve type id '%s' as a subtype of `org.apache.druid.indexing.common.task.Task` known type ids = %s",
		kind, c.Service, kind, list(task.DruidTypes()))
}

// problem words what is wrong with a task. Druid finds such mistakes while it builds the task, and then answers the bare
// message, never the structured form of its exception.
func problem(err error) string {
	var deliberate *druid.Error
	if errors.As(err, &deliberate) {
		return deliberate.Message
	}
	return err.Error()
}

// list writes names as Java prints a list.
func list(names []string) string { return "[" + strings.Join(names, ", ") + "]" }

// noSampler is POST sampler, with which Druid's web console shows input before a task reads it.
func noSampler(*call) error {
	return simple(http.StatusNotImplemented, "This version has no sampler: POST /api/v1/preview shows what a task would store of the first rows of its input, "+
		"and \"ovate ingest FILE -d NAME --dry-run\" what is in a file, and the spec of a task that reads it; or submit the spec as a task to POST %s/task.", base)
}

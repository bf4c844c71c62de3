package api

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/jsontext"
	"ovate/internal/metadata"
	"ovate/internal/supervisor"
	"ovate/internal/uri"
)

// submitSupervisor is POST supervisor.
func submitSupervisor(c *call) error {
	document, err := c.body()
	if err != nil {
		return err
	}
	if document == nil {
		return badRequest(`Request body is empty. It must be a supervisor spec: a JSON object with a "type".`)
	}
	var spec struct {
		Type string `json:"type"`
	}
	if err := jsontext.Unmarshal(document, &spec); err != nil || spec.Type == "" {
		return badRequest(`Request body must be a supervisor spec: a JSON object whose "type" is a text.`)
	}
	return c.submitSpec(document)
}

// submitSpec has a supervisor run by a spec: 200 {"id":id} means that the spec is on disk. Of a kind that does not run here the answer says so.
func (c *call) submitSpec(document []byte) error {
	asked, err := c.query()
	if err != nil {
		return err
	}
	if err := c.mayRun(document); err != nil {
		return err
	}
	unlessSame := strings.EqualFold(asked["skipRestartIfUnmodified"], "true") // in Druid, too, everything else is false
	s, err := c.Supervisors.Submit(c.audited(), document, unlessSame)
	if err != nil {
		return c.supervisorFailure(err)
	}
	if s.State.Why == "" {
		return c.pair("id", s.ID)
	}
	body := druid.AppendString([]byte(`{"id":`), s.ID)
	body = druid.AppendString(append(body, `,"warning":`...), s.State.Why)
	return c.json(append(body, '}'))
}

// unknownSpec refuses a spec of a type of which nobody here knows what it is, in Druid's words.
func (c *call) unknownSpec(kind string) error {
	if strings.Contains(kind, "://") { // it is quoted
		kind = uri.Redact(kind)
	}
	return badRequest("Please make sure to load all the necessary extensions and jars with type '%s' on '%s' service. "+
		"Could not resolve type id '%s' as a subtype of `org.apache.druid.indexing.overlord.supervisor.SupervisorSpec` known type ids = %s",
		kind, c.Service, kind, list(supervisor.Types()))
}

// supervisorFailure words why a supervisor is not changed.
func (c *call) supervisorFailure(err error) error {
	refused, unknown := (*supervisor.Refusal)(nil), (*supervisor.UnknownType)(nil)
	switch {
	case errors.As(err, &unknown):
		return c.unknownSpec(unknown.Type)
	case errors.Is(err, metadata.ErrNotFound):
		return noSuchSupervisor(c)
	case errors.As(err, &refused):
		return badRequest("%s", refused.Unwrap())
	}
	return err
}

// suspendSupervisor is POST supervisor/{id}/suspend and resume, which answer the spec as it is then.
func suspendSupervisor(suspended bool) endpoint {
	return func(c *call) error {
		s, err := c.Supervisors.Suspend(c.audited(), c.params[0], suspended)
		if err != nil {
			return c.supervisorFailure(err)
		}
		return c.json(s.Spec)
	}
}

// terminateSupervisor is POST supervisor/{id}/terminate and shutdown.
func terminateSupervisor(c *call) error {
	if err := c.Supervisors.Terminate(c.audited(), c.params[0]); err != nil {
		return c.supervisorFailure(err)
	}
	return c.pair("id", c.params[0])
}

// suspendSupervisors is POST supervisor/suspendAll and resumeAll.
func suspendSupervisors(suspended bool) endpoint {
	return func(c *call) error {
		if c.identity().MayAll() {
			return c.toAll(c.Supervisors.SuspendAll(c.audited(), suspended))
		}
		return c.toAll(c.eachWritable(func(one *supervisor.Supervisor) error {
			return supervisor.SuspendUnless(c.audited(), c.Supervisors, one, suspended)
		}))
	}
}

// terminateSupervisors is POST supervisor/terminateAll.
func terminateSupervisors(c *call) error {
	if c.identity().MayAll() {
		return c.toAll(c.Supervisors.TerminateAll(c.audited()))
	}
	return c.toAll(c.eachWritable(func(one *supervisor.Supervisor) error { return c.Supervisors.Terminate(c.audited(), one.ID) }))
}

// eachWritable calls fn for the supervisors to whose data sources who has sent the request may write.
func (c *call) eachWritable(fn func(*supervisor.Supervisor) error) error {
	writable := slices.DeleteFunc(c.Supervisors.All(), func(one *supervisor.Supervisor) bool { return !c.may(auth.Write, one.DataSource) })
	return supervisor.Each(writable, fn)
}

// toAll answers what was asked of all supervisors: what could not be done with some is told, where all went well it is Druid's answer.
func (c *call) toAll(err error) error {
	if err != nil {
		return c.supervisorFailure(err)
	}
	return c.pair("status", "success")
}

// resetSupervisor is POST supervisor/{id}/reset: it reads its stream as if it had read nothing.
func resetSupervisor(c *call) error { return c.reset(nil) }

// resetSupervisorOffsets is POST supervisor/{id}/resetOffsets: it reads its stream on from the places that the body names.
func resetSupervisorOffsets(c *call) error {
	if _, err := c.supervisor(); err != nil {
		return err
	}
	document, err := c.body()
	if err != nil {
		return err
	}
	if document == nil || jsonKind(document) != "an object" {
		return badRequest(`Request body must tell the offsets to read on from: an object such as {"type":"kafka","partitions":{"type":"end","stream":"topic","partitionOffsetMap":{"0":100}}}. `+
			"To have the supervisor forget all of them, POST to supervisor/%s/reset.", c.params[0])
	}
	return c.reset(document)
}

func (c *call) reset(to []byte) error {
	if err := c.Supervisors.ResetOffsets(c.audited(), c.params[0], to); err != nil {
		return c.supervisorFailure(err)
	}
	return c.pair("id", c.params[0])
}

// handOffTaskGroups is POST supervisor/{id}/taskGroups/handoff, which is answered without a body.
func handOffTaskGroups(c *call) error {
	if _, err := c.supervisor(); err != nil {
		return err
	}
	document, err := c.body()
	if err != nil {
		return err
	}
	var asked struct {
		Groups []int `json:"taskGroupIds"`
	}
	if document != nil {
		if err := jsontext.Unmarshal(document, &asked); err != nil {
			return badRequest("Invalid request body: %s.", err)
		}
	}
	if len(asked.Groups) == 0 {
		return badRequest("List of task groups to handoff can't be empty")
	}
	if err := c.Supervisors.Handoff(c.audited(), c.params[0], asked.Groups); err != nil {
		return c.supervisorFailure(err)
	}
	c.begin(http.StatusOK, "")
	return nil
}

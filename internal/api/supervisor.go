package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/metadata"
	"ovate/internal/supervisor"
)

// Supervisors are those that are stored and were not terminated, whether they run here or not.
type Supervisors interface {
	All() []*supervisor.Supervisor
	Get(id string) (*supervisor.Supervisor, error)
	IDs(ctx context.Context) ([]string, error)
	History(ctx context.Context, id string, most int, may func(dataSource string) bool, fn func(supervisor.Version) error) error

	// Target is what the supervisor works on that Submit would have run.
	Target(ctx context.Context, spec []byte) (*supervisor.Target, error)
	Submit(ctx context.Context, spec []byte, unlessSame bool) (*supervisor.Supervisor, error)
	Suspend(ctx context.Context, id string, suspended bool) (*supervisor.Supervisor, error)
	Terminate(ctx context.Context, id string) error
	SuspendAll(ctx context.Context, suspended bool) error
	TerminateAll(ctx context.Context) error
	ResetOffsets(ctx context.Context, id string, to json.RawMessage) error
	Handoff(ctx context.Context, id string, groups []int) error
}

// supervisorPaths are of supervisors.
func supervisorPaths() []path {
	const at = base + "/supervisor"
	return []path{
		{"GET", at, route{needs: filtered, handle: supervisors}},
		{"POST", at, route{needs: byBody, consumes: jsonOnly, handle: submitSupervisor}},
		{"GET", at + "/history", route{needs: filtered, handle: supervisorHistories}},
		{"POST", at + "/suspendAll", route{needs: filtered, handle: suspendSupervisors(true)}},
		{"POST", at + "/resumeAll", route{needs: filtered, handle: suspendSupervisors(false)}},
		{"POST", at + "/terminateAll", route{needs: filtered, handle: terminateSupervisors}},
		{"GET", at + "/{id}", route{needs: ofSupervisor, handle: supervisorSpec}},
		{"GET", at + "/{id}/status", route{needs: ofSupervisor, handle: supervisorStatus}},
		{"GET", at + "/{id}/health", route{needs: ofSupervisor, handle: supervisorHealth}},
		{"GET", at + "/{id}/stats", route{needs: ofSupervisor, handle: supervisorStats}},
		{"GET", at + "/{id}/parseErrors", route{needs: ofSupervisor, handle: supervisorParseErrors}},
		{"GET", at + "/{id}/history", route{needs: filtered, handle: supervisorHistory}},
		{"POST", at + "/{id}/suspend", route{needs: ofSupervisor, handle: suspendSupervisor(true)}},
		{"POST", at + "/{id}/resume", route{needs: ofSupervisor, handle: suspendSupervisor(false)}},
		{"POST", at + "/{id}/terminate", route{needs: ofSupervisor, handle: terminateSupervisor}},
		{"POST", at + "/{id}/shutdown", route{needs: ofSupervisor, handle: terminateSupervisor}},
		{"POST", at + "/{id}/reset", route{needs: ofSupervisor, handle: resetSupervisor}},
		{"POST", at + "/{id}/resetOffsets", route{needs: ofSupervisor, consumes: jsonOnly, handle: resetSupervisorOffsets}},
		{"POST", at + "/{id}/taskGroups/handoff", route{needs: ofSupervisor, consumes: jsonOnly, handle: handOffTaskGroups}},
	}
}

// supervisors is GET supervisor: the ids alone, or what is asked for of each.
func supervisors(c *call) error {
	asked, err := c.query()
	if err != nil {
		return err
	}
	if err := c.part.list(c.r.Context(), pagedList); err != nil {
		return err
	}
	all := c.Supervisors.All()
	_, full := asked["full"]
	_, system := asked["system"]
	state := strings.EqualFold(asked["state"], "true") // in Druid, too, everything else is false
	return c.stream("[", "]", func(s *stream) error {
		for i := range all {
			if !c.may(auth.Write, all[i].DataSource) { // as in Druid, which reads nothing here
				continue
			}
			if state || full || system {
				s.supervisor(all[i], full, system)
			} else {
				s.Put(druid.AppendString(s.Next(), all[i].ID))
			}
		}
		return nil
	})
}

// supervisor tells how a supervisor is. As in Druid it is only for a system that it tells truly whether it is suspended.
func (s *stream) supervisor(of *supervisor.Supervisor, full, system bool) {
	dst := druid.AppendString(append(s.Next(), `{"id":`...), of.ID)
	dst = druid.AppendString(append(dst, `,"state":`...), of.State.Stage.String())
	dst = druid.AppendString(append(dst, `,"detailedState":`...), of.State.Word())
	s.Put(strconv.AppendBool(append(dst, `,"healthy":`...), of.State.Stage.Healthy()))
	if full && of.Spec != nil {
		s.Put(append(s.Buf, `,"spec":`...))
		s.Raw(of.Spec)
	}
	if system && of.Spec != nil {
		s.Put(append(s.Buf, `,"specString":`...))
		s.Text(of.Spec)
		dst = druid.AppendString(append(s.Buf, `,"type":`...), of.Type)
		s.Put(druid.AppendString(append(dst, `,"source":`...), of.Source))
	}
	s.Put(append(strconv.AppendBool(append(s.Buf, `,"suspended":`...), system && of.Suspended), '}'))
}

func noSuchSupervisor(c *call) error {
	return bare(http.StatusNotFound, contentText, "Cannot find any supervisor with id: [%s]", c.params[0])
}

// supervisor is the one that the path names.
func (c *call) supervisor() (*supervisor.Supervisor, error) {
	one, err := c.Supervisors.Get(c.params[0])
	if errors.Is(err, metadata.ErrNotFound) {
		err = noSuchSupervisor(c)
	}
	return one, err
}

// supervisorSpec is GET supervisor/{id}.
func supervisorSpec(c *call) error {
	one, err := c.supervisor()
	if err == nil && one.Spec == nil {
		err = druid.RuntimeFailure("%s", one.State.Why)
	}
	if err != nil {
		return err
	}
	return c.json(one.Spec)
}

// supervisorStatus is GET supervisor/{id}/status; of one that does not run, without what only one that runs knows.
func supervisorStatus(c *call) error {
	one, err := c.supervisor()
	if err != nil {
		return err
	}
	var own []byte
	if one.Runs() {
		if own, err = one.AtWork.Status(c.r.Context()); err != nil {
			return err
		}
	}
	now := druid.Now()
	dst := druid.AppendString([]byte(`{"id":`), one.ID)
	dst = now.AppendTo(append(dst, `,"generationTime":"`...))
	dst = append(dst, `","payload":{`...)
	for _, known := range []struct{ name, text string }{{"dataSource", one.DataSource}, {"stream", one.Source}} {
		if known.text != "" {
			dst = append(druid.AppendString(dst, known.name), ':')
			dst = append(druid.AppendString(dst, known.text), ',')
		}
	}
	if len(own) > 0 {
		dst = append(append(dst, own...), ',')
	}
	dst = strconv.AppendBool(append(dst, `"suspended":`...), one.Suspended)
	dst = strconv.AppendBool(append(dst, `,"healthy":`...), one.State.Stage.Healthy())
	dst = druid.AppendString(append(dst, `,"state":`...), one.State.Stage.String())
	dst = druid.AppendString(append(dst, `,"detailedState":`...), one.State.Word())
	dst = append(dst, `,"recentErrors":`...)
	return c.json(append(appendMishaps(dst, &one.State, now), `}}`...))
}

// appendMishaps appends what has gone wrong lately; where that is not known, why the supervisor is as it is.
func appendMishaps(dst []byte, s *supervisor.State, now druid.Instant) []byte {
	recent := s.Recent
	if len(recent) == 0 && s.Why != "" {
		recent = []supervisor.Mishap{{At: now, Message: s.Why}}
	}
	dst = append(dst, '[')
	for i, m := range recent {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = m.At.AppendTo(append(dst, `{"timestamp":"`...))
		dst = druid.AppendString(append(dst, `","exceptionClass":null,"message":`...), m.Message)
		dst = append(strconv.AppendBool(append(dst, `,"streamException":`...), m.Stream), '}')
	}
	return append(dst, ']')
}

// supervisorHealth is GET supervisor/{id}/health.
func supervisorHealth(c *call) error {
	one, err := c.supervisor()
	if err != nil {
		return err
	}
	if !one.State.Stage.Healthy() {
		return &refusal{status: http.StatusServiceUnavailable, contentType: contentJSON, body: `{"healthy":false}`}
	}
	return c.json([]byte(`{"healthy":true}`))
}

// supervisorStats is GET supervisor/{id}/stats: of the tasks of one that reads a stream.
func supervisorStats(c *call) error { return c.ofTasks("{}", supervisor.Streaming.Stats) }

// supervisorParseErrors is GET supervisor/{id}/parseErrors: of its tasks, too.
func supervisorParseErrors(c *call) error { return c.ofTasks("[]", supervisor.Streaming.ParseErrors) }

// ofTasks answers what the tasks of a supervisor tell, or nothing, as in Druid, if it reads no stream.
func (c *call) ofTasks(nothing string, ask func(supervisor.Streaming, context.Context) ([]byte, error)) error {
	one, err := c.supervisor()
	if err != nil {
		return err
	}
	s, reads := one.AtWork.(supervisor.Streaming)
	if !reads {
		return c.json([]byte(nothing))
	}
	return c.jsonOf(ask(s, c.r.Context()))
}

// supervisorHistories is GET supervisor/history. Few versions are in memory at a time, however many there are.
func supervisorHistories(c *call) error {
	if err := c.part.list(c.r.Context(), wholeList); err != nil {
		return err
	}
	ids, err := c.Supervisors.IDs(c.r.Context())
	if err != nil {
		return err
	}
	may := c.identity().Reads()
	return c.stream("{", "}", func(s *stream) error {
		for _, id := range ids {
			some := false
			err := c.Supervisors.History(c.r.Context(), id, -1, may, func(v supervisor.Version) error {
				if !some {
					s.Put(append(druid.AppendString(s.Next(), id), `:[`...))
					some = true
					s.Within()
				}
				s.version(v)
				return nil
			})
			if err != nil {
				return err
			}
			if some {
				s.Put(append(s.Buf, ']'))
			}
		}
		return nil
	})
}

// supervisorHistory is GET supervisor/{id}/history. Ids that are gone have one, too.
func supervisorHistory(c *call) error {
	asked, err := c.query()
	if err != nil {
		return err
	}
	most := -1
	if text, given := asked["count"]; given {
		if most, err = asked.count("count"); err == nil && most <= 0 {
			err = badRequest("Count must be greater than zero if set (count was %s)", text)
		}
		if err != nil {
			return err
		}
	}
	if err := c.part.list(c.r.Context(), wholeList); err != nil {
		return err
	}
	return c.stream("[", "]", func(s *stream) error {
		some := false
		err := c.Supervisors.History(c.r.Context(), c.params[0], most, c.identity().Reads(), func(v supervisor.Version) error {
			some = true
			s.version(v)
			return nil
		})
		if err == nil && !some {
			err = simple(http.StatusNotFound, "No history for [%s].", c.params[0])
		}
		return err
	})
}

func (s *stream) version(v supervisor.Version) {
	s.Put(append(s.Next(), `{"spec":`...))
	s.Raw(v.Spec)
	s.Put(append(druid.AppendString(append(s.Buf, `,"version":`...), v.Time), '}'))
}

package v1

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/intake"
	"ovate/internal/jsontext"
	"ovate/internal/metadata"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/scheduled"
	"ovate/internal/task"
)

// Supervisors is what is asked of the supervisors: a schedule is one of the type ovate_scheduled_task, which Druid's surface has, too. A method about one returns
// metadata.ErrNotFound when there is none with that id.
type Supervisors interface {
	All() []*supervisor.Supervisor
	Get(id string) (*supervisor.Supervisor, error)
	Submit(ctx context.Context, spec []byte, unlessSame bool) (*supervisor.Supervisor, error)
	Suspend(ctx context.Context, id string, suspended bool) (*supervisor.Supervisor, error)
	Terminate(ctx context.Context, id string) error
	RunNow(ctx context.Context, id string) (task string, err error)
	By(ctx context.Context, id string) (string, error)
}

// Schedule is when a task is run again and again.
type Schedule struct {
	ID         string `json:"id"`
	DataSource string `json:"dataSource"`
	// Cron is when it is due: an expression of the Format unix or quartz (docs/schedules.md), on the clocks of the zone, UTC if there is none.
	Cron     string          `json:"cron"`
	Format   string          `json:"format"`
	TimeZone string          `json:"timeZone,omitempty"`
	Overlap  string          `json:"overlap,omitempty"`
	Task     json.RawMessage `json:"task,omitempty"`
	Paused   bool            `json:"paused"`
	// Next are the next times when it is due; none while it is paused.
	Next []druid.Instant `json:"next"`
	// Error is why the last time was passed over.
	Error string `json:"error,omitempty"`
	// By is who has submitted it last, as long as the audit history tells. A list does not have it.
	By string `json:"by,omitempty"`
}

// timesAhead is how many of the next times are told.
const timesAhead = 5

// scheduleOf is the schedule of a supervisor, whose Task is a part of the spec. What cannot be read of it is told by its Error.
func scheduleOf(s *supervisor.Supervisor) *Schedule {
	one := &Schedule{ID: s.ID, DataSource: s.DataSource, Paused: s.Suspended, Next: []druid.Instant{}, Error: s.State.Why}
	var scheduler struct {
		Type     string `json:"type"`
		Schedule string `json:"schedule"`
	}
	var unread error
	for key, value := range jsontext.Members(bytes.TrimSpace(s.Spec)) {
		var err error
		switch string(jsontext.Unescape(nil, key)) {
		case "schedulerConfig":
			err = json.Unmarshal(value, &scheduler)
		case "timeZone":
			err = json.Unmarshal(value, &one.TimeZone)
		case "overlap":
			err = json.Unmarshal(value, &one.Overlap)
		case "task":
			one.Task = value
		}
		unread = cmp.Or(unread, err)
	}
	one.Cron, one.Format = scheduler.Schedule, scheduler.Type
	if prompt, is := s.AtWork.(supervisor.Prompt); is {
		one.Next = append(one.Next, prompt.Next(timesAhead)...)
	}
	if one.Error == "" && unread != nil {
		one.Error = unread.Error()
	}
	return one
}

// schedule tells a schedule. Its task, which may be large, comes last, from where it is.
func (s *stream) schedule(of *Schedule) error {
	task := of.Task
	of.Task = nil
	head, err := json.Marshal(of)
	if err != nil {
		return err
	}
	if head = head[:len(head)-1]; len(task) > 0 {
		head = append(head, `,"task":`...)
	}
	s.Put(append(s.Next(), head...))
	s.Raw(task)
	s.Put(append(s.Buf, '}'))
	return nil
}

// schedule is the one that the path names, if who has sent the request may do something with it.
func (c *call) schedule(a auth.Action) (*supervisor.Supervisor, error) {
	s, err := c.Supervisors.Get(c.r.PathValue("id"))
	if err == nil && (s.Type != supervisor.ScheduledTask || s.Spec == nil) || errors.Is(err, metadata.ErrNotFound) {
		return nil, noSchedule()
	}
	if err == nil && !c.may(a, s.DataSource) {
		err = refuse(http.StatusForbidden, "You may not %s schedule [%s].", verb(a), s.ID)
	}
	return s, err
}

func noSchedule() error { return refuse(http.StatusNotFound, "There is no schedule of this id.") }

// ofSchedule is the error of what was done with a schedule that may have been removed meanwhile.
func ofSchedule(err error) error {
	if errors.Is(err, metadata.ErrNotFound) {
		return noSchedule()
	}
	return err
}

// listSchedules is GET schedules.
func listSchedules(c *call) error {
	return c.stream(`{"schedules":[`, "]}", func(out *stream) error {
		for _, s := range c.Supervisors.All() {
			if s.Type != supervisor.ScheduledTask || s.Spec == nil || !c.may(auth.Read, s.DataSource) {
				continue
			}
			if err := out.schedule(scheduleOf(s)); err != nil {
				return err
			}
		}
		return nil
	})
}

// createSchedule is POST schedules: it takes the place of the one with its id, if there is one.
func createSchedule(c *call) error {
	var asked struct {
		ID       string          `json:"id"`
		Cron     string          `json:"cron"`
		Format   string          `json:"format"`
		TimeZone string          `json:"timeZone"`
		Overlap  string          `json:"overlap"`
		Task     json.RawMessage `json:"task"`
	}
	if err := c.read(&asked); err != nil {
		return err
	}
	if asked.Format == "" {
		asked.Format = "unix"
	}
	in := c.intake()
	in.MayRead = func(t task.Task) error { // as it will be when the task is due
		task.SetProxied(t)
		return c.MayRead(t)
	}
	if _, err := in.Task(asked.Task); err != nil {
		return intake.Below("/task", err)
	}
	if other, err := c.Supervisors.Get(asked.ID); err == nil && (other.Type != supervisor.ScheduledTask || !c.may(auth.Write, other.DataSource)) {
		return refuse(http.StatusConflict, "There is another supervisor with the id [%s].", asked.ID)
	}
	spec := map[string]any{"type": supervisor.ScheduledTask, "id": asked.ID, "schedulerConfig": map[string]string{"type": asked.Format, "schedule": asked.Cron}, "task": asked.Task}
	for name, value := range map[string]string{"timeZone": asked.TimeZone, "overlap": asked.Overlap} {
		if value != "" {
			spec[name] = value
		}
	}
	text, err := json.Marshal(spec)
	if err != nil {
		return err
	}
	s, err := c.Supervisors.Submit(c.asCaller(), text, false)
	if refusal, is := errors.AsType[*supervisor.Refusal](err); is {
		return inSchedule(refusal)
	}
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", Base+"/schedules/"+url.PathEscape(s.ID))
	return c.tellSchedule(http.StatusCreated, s)
}

// inSchedule is why a supervisor's spec is refused, with a pointer into the body that it was made of.
func inSchedule(refusal error) error {
	fault := intake.Fault{Detail: refusal.Error()}
	if wrong, is := errors.AsType[*supervisor.FieldError](refusal); is {
		fault = intake.Fault{Pointer: "/" + strings.ReplaceAll(wrong.Field, ".", "/"), Detail: wrong.Why}
		switch wrong.Field {
		case "schedulerConfig.schedule":
			fault.Pointer = "/cron"
		case "schedulerConfig.type":
			fault.Pointer = "/format"
		}
	}
	p := problemOf(&intake.Invalid{Faults: []intake.Fault{fault}})
	p.Title = "The schedule cannot be accepted"
	return p
}

func (c *call) tellSchedule(status int, s *supervisor.Supervisor) error {
	one := scheduleOf(s)
	var err error
	if one.By, err = c.Supervisors.By(c.r.Context(), s.ID); err != nil {
		return err
	}
	c.begin(status, "application/json")
	return c.stream("", "", func(out *stream) error { return out.schedule(one) })
}

// oneSchedule is GET schedules/{id}.
func oneSchedule(c *call) error {
	s, err := c.schedule(auth.Read)
	if err != nil {
		return err
	}
	return c.tellSchedule(http.StatusOK, s)
}

// pauseSchedule is POST schedules/{id}/pause: what is due from then on is passed over; resumeSchedule lets it go on.
func pauseSchedule(c *call) error  { return c.suspend(true) }
func resumeSchedule(c *call) error { return c.suspend(false) }

func (c *call) suspend(suspended bool) error {
	s, err := c.schedule(auth.Write)
	if err != nil {
		return err
	}
	if s.Suspended != suspended {
		if s, err = c.Supervisors.Suspend(c.asCaller(), s.ID, suspended); err != nil {
			return ofSchedule(err)
		}
	}
	return c.tellSchedule(http.StatusOK, s)
}

// removeSchedule is DELETE schedules/{id}. Its tasks go on.
func removeSchedule(c *call) error {
	s, err := c.schedule(auth.Write)
	if err == nil {
		err = c.Supervisors.Terminate(c.asCaller(), s.ID)
	}
	if err != nil {
		return ofSchedule(err)
	}
	c.begin(http.StatusNoContent, "")
	return nil
}

// runSchedule is POST schedules/{id}/run: its task is submitted now, whether it is due or not.
func runSchedule(c *call) error {
	s, err := c.schedule(auth.Write)
	if err != nil {
		return err
	}
	if !s.Runs() {
		return refuse(http.StatusConflict, "The schedule does not run by its spec: %s", s.State.Why)
	}
	id, err := c.Supervisors.RunNow(c.asCaller(), s.ID)
	if errors.Is(err, scheduled.ErrRuns) || errors.Is(err, scheduled.ErrSubmitted) {
		return refuse(http.StatusConflict, "Nothing was submitted: %s.", err)
	}
	if refusal, is := errors.AsType[*supervisor.Refusal](err); is {
		return &intake.Invalid{Faults: []intake.Fault{{Pointer: "", Detail: refusal.Error()}}}
	}
	if err != nil {
		return ofSchedule(err)
	}
	c.w.Header().Set("Location", Base+"/tasks/"+url.PathEscape(id))
	return c.json(http.StatusCreated, map[string]string{"id": id})
}

package ui

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"ovate/druid"
	"ovate/internal/metadata"
	"ovate/internal/queue"
	"ovate/internal/supervisor"
	"ovate/internal/supervisor/scheduled"
)

// guided is a supervisor as pages show it.
type guided struct{ *supervisor.Supervisor }

// Is is its state in a word that mark has a shape for.
func (g guided) Is() string {
	switch stage := g.State.Stage; {
	case !stage.Healthy():
		return "unhealthy"
	default:
		return strings.ToLower(stage.String())
	}
}

// Word is its detailed state in plain words.
func (g guided) Word() string { return words(g.State.Word()) }

func words(constant string) string { return strings.ToLower(strings.ReplaceAll(constant, "_", " ")) }

// supervisorList is which supervisors there are.
type supervisorList struct {
	Text  string // that ids contain; empty: all
	Shown []guided
	More  int // that match besides
}

// supervisorsShown is how many a page lists.
const supervisorsShown = 200

// listSupervisors is GET /supervisors; name=PART lists those whose ids contain that, in whatever letters.
func listSupervisors(c *call) (*page, error) {
	p := &supervisorList{Text: strings.TrimSpace(c.r.URL.Query().Get("name"))}
	part := strings.ToLower(p.Text)
	for _, s := range c.Supervisors.All() {
		switch {
		case !c.sees(s.DataSource) || !strings.Contains(strings.ToLower(s.ID), part):
		case len(p.Shown) == supervisorsShown:
			p.More++
		default:
			p.Shown = append(p.Shown, guided{s})
		}
	}
	return &page{Title: "Supervisors", template: "supervisors", Data: p}, nil
}

// supervisorPage is what is known of a supervisor.
type supervisorPage struct {
	guided
	Spec, Status string
	By           string    // who has submitted its spec; empty if nobody knows
	Lag          *lagShown // nil: it does not tell
	Tasks        []row
	Changes      []version
	Streams      bool
	Prompt       bool            // it goes by a schedule, and can be told to have its task run now
	Next         []druid.Instant // when it is due, unless it is suspended
}

// version is a spec that a supervisor had, with what it changed of the one before.
type version struct {
	Time  string
	Lines []diffLine
	First bool
	Long  bool // it, or the one before, is too long to tell
}

// versionsShown is how many a page shows, of which none has more bytes than versionShown; tasksShown how many tasks, and timesShown how many of the times to come.
const (
	versionsShown = 10
	versionShown  = 64 << 10
	tasksShown    = 50
	timesShown    = 5
)

// showSupervisor is GET /supervisors/{id}.
func showSupervisor(c *call) (*page, error) {
	s, err := c.supervisor()
	if err != nil {
		return nil, err
	}
	p := &supervisorPage{guided: guided{s}}
	if len(s.Spec) <= versionShown {
		p.Spec = indented(s.Spec)
	}
	_, p.Streams = s.AtWork.(supervisor.Streaming)
	if prompt, is := s.AtWork.(supervisor.Prompt); is {
		p.Prompt, p.Next = true, prompt.Next(timesShown)
	}
	if s.Runs() {
		own, err := s.AtWork.Status(c.r.Context())
		if err != nil {
			return nil, err
		}
		was, _ := c.Lags.Last(s.ID)
		p.Status, p.Lag = indented(fmt.Appendf(nil, "{%s}", own)), lagOf(lags(own), was)
	}
	versions, err := c.versions(s.ID)
	if err != nil {
		return nil, err
	}
	p.Changes = changesOf(versions)
	by, err := c.Supervisors.By(c.r.Context(), s.ID)
	if err != nil {
		return nil, err
	}
	p.By = knownName(by)
	if s.DataSource == "" {
		return &page{Title: s.ID, template: "supervisor", Data: p}, nil
	}
	found, err := c.Tasks.Page(c.r.Context(), queue.PageQuery{DataSource: s.DataSource, Max: tasksShown})
	for _, t := range found.Tasks {
		p.Tasks = append(p.Tasks, row(t))
	}
	return &page{Title: s.ID, template: "supervisor", Data: p}, err
}

// versions are the newest of a supervisor that one may read, without specs that are too long for a page. One of the same id may have been of another data source.
func (c *call) versions(id string) (versions []supervisor.Version, err error) {
	turn := c.reading.Hold(c.identity().Taker())
	defer turn.Release()
	if err := turn.Wait(c.r.Context(), 1); err != nil {
		return nil, err
	}
	err = c.Supervisors.History(c.r.Context(), id, versionsShown+1, c.identity().Reads(), func(v supervisor.Version) error {
		if len(v.Spec) > versionShown {
			v.Spec = nil
		}
		versions = append(versions, supervisor.Version{Spec: bytes.Clone(v.Spec), Time: v.Time})
		return nil
	})
	return versions, err
}

// supervisor is the one that the path names.
func (c *call) supervisor() (*supervisor.Supervisor, error) {
	id := c.r.PathValue("id")
	s, err := c.Supervisors.Get(id)
	if errors.Is(err, metadata.ErrNotFound) {
		err = &problem{http.StatusNotFound, "There is no supervisor " + id + ".", "It may have been terminated. The list of supervisors shows all that there are."}
	}
	return s, err
}

// lags are those that a status of a supervisor of a stream tells.
func lags(status []byte) (all []lag) {
	var s struct{ MinimumLag map[string]int64 }
	if json.Unmarshal(fmt.Appendf(nil, "{%s}", status), &s) != nil {
		return nil
	}
	for partition, records := range s.MinimumLag {
		all = append(all, lag{Partition: partition, Records: records})
	}
	return all
}

// changesOf tells what each version changed, the newest first.
func changesOf(versions []supervisor.Version) (all []version) {
	for i, v := range versions {
		if i == versionsShown {
			break
		}
		one := version{Time: v.Time, First: i+1 == len(versions)}
		if t, err := druid.ParseInstant(v.Time); err == nil {
			one.Time = stampText(t)
		}
		if !one.First {
			before := versions[i+1].Spec
			if one.Long = v.Spec == nil || before == nil; !one.Long {
				one.Lines = difference(indented(before), indented(v.Spec))
			}
		}
		all = append(all, one)
	}
	return all
}

// changeSupervisor is POST /supervisors/{id}: what its buttons say.
func changeSupervisor(c *call) (string, error) {
	if err := c.readForm(); err != nil {
		return "", err
	}
	s, err := c.supervisor()
	if err != nil {
		return "", err
	}
	switch action := c.r.PostForm.Get("action"); action {
	case "suspend", "resume":
		_, err = c.Supervisors.Suspend(c.ctx(), s.ID, action == "suspend")
	case "run":
		task, err := c.Supervisors.RunNow(c.ctx(), s.ID)
		if errors.Is(err, scheduled.ErrRuns) {
			err = &problem{http.StatusConflict, "Nothing was submitted: " + err.Error() + ".", "Wait for its end, or cancel it."}
		} else if errors.Is(err, scheduled.ErrSubmitted) {
			err = &problem{http.StatusConflict, "Nothing was submitted: " + err.Error() + ".", "Ask again if another one is wanted."}
		}
		return to("tasks", task), err
	case "reset":
		err = c.Supervisors.ResetOffsets(c.ctx(), s.ID, nil)
	case "terminate":
		return "/supervisors", c.Supervisors.Terminate(c.ctx(), s.ID)
	default:
		err = unknownAction(action)
	}
	return to("supervisors", s.ID), err
}

package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"ovate/druid"
)

// ScheduleRequest is a task that is to be run again and again.
type ScheduleRequest struct {
	ID string `json:"id"`
	// Cron is when it is due: an expression of the Format unix, which it is if empty, or quartz, on the clocks of the zone, UTC if there is none.
	Cron     string `json:"cron"`
	Format   string `json:"format,omitempty"`
	TimeZone string `json:"timeZone,omitempty"`
	// Overlap is what is done when the last task has not ended: "skip", which it is if empty, or "allow".
	Overlap string `json:"overlap,omitempty"`
	// Task is the task's JSON, without an id.
	Task json.RawMessage `json:"task"`
}

// Schedule is a task that is run again and again.
type Schedule struct {
	ScheduleRequest
	DataSource string          `json:"dataSource"`
	Paused     bool            `json:"paused"`
	Next       []druid.Instant `json:"next"`  // when it is due, five times at most; none while it is paused
	Error      string          `json:"error"` // why the last time was passed over
	By         string          `json:"by"`    // who has submitted it last, as long as the server knows; empty in lists
}

const schedules = own + "/schedules"

// CreateSchedule has a task run by a schedule. It takes the place of the one with its id, if there is one.
func (c *Client) CreateSchedule(ctx context.Context, r ScheduleRequest) (*Schedule, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return c.schedule(ctx, http.MethodPost, schedules, body, r.ID)
}

// Schedules are all there are.
func (c *Client) Schedules(ctx context.Context) ([]Schedule, error) {
	var answer struct {
		Schedules []Schedule `json:"schedules"`
	}
	err := c.call(ctx, http.MethodGet, schedules, nil, &answer)
	return answer.Schedules, c.unless(answer.Schedules != nil, err, http.MethodGet, schedules, "it has no schedules")
}

// Schedule is one of them.
func (c *Client) Schedule(ctx context.Context, id string) (*Schedule, error) {
	return c.schedule(ctx, http.MethodGet, schedulePath(id, ""), nil, id)
}

// PauseSchedule has what is due passed over, or, where paused is false, lets it go on.
func (c *Client) PauseSchedule(ctx context.Context, id string, paused bool) (*Schedule, error) {
	what := "/resume"
	if paused {
		what = "/pause"
	}
	return c.schedule(ctx, http.MethodPost, schedulePath(id, what), nil, id)
}

func (c *Client) schedule(ctx context.Context, method, path string, body []byte, id string) (*Schedule, error) {
	s := new(Schedule)
	err := c.call(ctx, method, path, body, s)
	return s, c.unless(s.ID == id, err, method, path, "it is no schedule "+id)
}

// RunSchedule submits the task of a schedule now, and returns its id.
func (c *Client) RunSchedule(ctx context.Context, id string) (task string, err error) {
	var answer struct {
		ID string `json:"id"`
	}
	path := schedulePath(id, "/run")
	err = c.call(ctx, http.MethodPost, path, nil, &answer)
	return answer.ID, c.unless(answer.ID != "", err, http.MethodPost, path, "it names no task")
}

// RemoveSchedule removes a schedule. Its tasks go on.
func (c *Client) RemoveSchedule(ctx context.Context, id string) error {
	return c.bare(ctx, http.MethodDelete, schedulePath(id, ""))
}

// schedulePath is the path of something of a schedule.
func schedulePath(id, what string) string { return schedules + "/" + url.PathEscape(id) + what }

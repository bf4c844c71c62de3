package client

import (
	"context"
	"encoding/json"
	"net/http"
)

// SubmitOnce is Submit under a key of the caller's: when no answer comes it may be called again with the same key and the same task, and has submitted that once.
// The task must have no id. With another task the key is refused (Code key-reused). It counts for as long as the server keeps the task.
func (c *Client) SubmitOnce(ctx context.Context, key string, task []byte) (id string, err error) {
	var answer struct {
		ID string `json:"id"`
	}
	const path = own + "/tasks"
	err = c.with("Idempotency-Key", key).call(ctx, http.MethodPost, path, task, &answer)
	return answer.ID, c.unless(answer.ID != "", err, http.MethodPost, path, "it names no task")
}

// Validate tells all that is wrong with a task, without submitting it; nothing if the server would take it.
func (c *Client) Validate(ctx context.Context, task []byte) ([]SpecFault, error) {
	var answer struct {
		Valid  *bool       `json:"valid"`
		Errors []SpecFault `json:"errors"`
	}
	const path = own + "/validate"
	err := c.call(ctx, http.MethodPost, path, task, &answer)
	return answer.Errors, c.unless(answer.Valid != nil && *answer.Valid == (len(answer.Errors) == 0), err, http.MethodPost, path, "it does not tell whether the task is valid")
}

// Selection is which tasks are meant: those of the ids, or those that pass the filter, which has to name something unless All is set.
type Selection struct {
	IDs    []string
	Filter TaskFilter
	All    bool
	// DryRun only tells which tasks are meant.
	DryRun bool
	// Reason is the error of tasks that are cancelled.
	Reason string
}

// Outcomes is what became of the tasks of one request, 10000 at most.
type Outcomes struct {
	DryRun  bool      `json:"dryRun"`
	Matched int       `json:"matched"`
	Done    int       `json:"done"`
	Failed  int       `json:"failed"`
	Tasks   []Outcome `json:"tasks"`
	More    bool      `json:"more"` // more tasks match: ask again
}

// Outcome is what became of a task.
type Outcome struct {
	ID    string `json:"id"`
	NewID string `json:"newId"` // of the task that was submitted for it
	Error string `json:"error"`
}

// Cancel ends those of the tasks that are active.
func (c *Client) Cancel(ctx context.Context, s Selection) (*Outcomes, error) {
	return c.change(ctx, own+"/tasks/cancel", s)
}

// Retry submits tasks that have ended once more, each under a new id. A filter that names no state is of those that have failed.
func (c *Client) Retry(ctx context.Context, s Selection) (*Outcomes, error) {
	return c.change(ctx, own+"/tasks/retry", s)
}

func (c *Client) change(ctx context.Context, path string, s Selection) (*Outcomes, error) {
	body := map[string]any{"dryRun": s.DryRun}
	if len(s.IDs) > 0 {
		body["ids"] = s.IDs
	}
	if fields := s.Filter.fields(); len(fields) > 0 {
		body["filter"] = fields
	}
	if s.All {
		body["all"] = true
	}
	if s.Reason != "" {
		body["reason"] = s.Reason
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	patient := *c
	patient.patience.limit *= lookPatience // it answers when all is done
	outcomes := new(Outcomes)
	err = patient.call(ctx, http.MethodPost, path, text, outcomes)
	return outcomes, c.unless(outcomes.Tasks != nil, err, http.MethodPost, path, "it does not tell of tasks")
}

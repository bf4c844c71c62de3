package v1

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"

	"ovate/internal/preview"
	"ovate/internal/task"
)

// previewAsked is what makePreview reads: an upload, or a task.
type previewAsked struct {
	Upload     string          `json:"upload"`     // the id
	DataSource string          `json:"dataSource"` // of the task that is made; else that of the upload
	Choices    preview.Choices `json:"choices"`    // what is known already of the upload
	Task       json.RawMessage `json:"task"`       // as POST tasks takes it
	Rows       int             `json:"rows"`       // how many of the input are shown; 0 is 100
}

// makePreview is POST preview: what would be stored of an upload or by a task, and what would not. Nothing is stored.
func makePreview(c *call) error {
	var asked previewAsked
	if err := c.read(&asked); err != nil {
		return err
	}
	if asked.Rows < 0 || asked.Rows > preview.MostRows {
		return badRequest("[rows] is %d, but must be from 1 to %d.", asked.Rows, preview.MostRows)
	}
	rows := cmp.Or(asked.Rows, preview.UsualRows)
	if (asked.Upload == "") == (asked.Task == nil) {
		return badRequest("Give either [upload], the id of one, or [task].")
	}
	if asked.Task != nil {
		return c.previewTask(asked.Task, rows)
	}
	u, err := c.upload(asked.Upload)
	if err != nil {
		return err
	}
	p, err := c.Preview.OfUpload(c.r.Context(), &u, cmp.Or(asked.DataSource, u.DataSource), asked.Choices, rows, preview.Fields)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, p)
}

// previewTask takes what it takes to have the task run.
func (c *call) previewTask(document []byte, rows int) error {
	intake := c.intake()
	intake.Places = task.Places{} // it is looked at in this process
	t, err := intake.Task(document)
	if err != nil {
		return err
	}
	p, err := c.Preview.OfTask(c.r.Context(), t, document, rows)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, p)
}

// previewProblem words an error of previews; nil if it is none.
func previewProblem(err error) *Problem {
	var refused *preview.RefusedError
	switch {
	case errors.As(err, &refused):
		return refuse(http.StatusUnprocessableEntity, "%v", refused)
	case errors.Is(err, preview.ErrBusy):
		return refuse(http.StatusTooManyRequests, "%v.", err)
	case errors.Is(err, preview.ErrSlow):
		return refuse(http.StatusUnprocessableEntity, "%v.", err)
	}
	return nil
}

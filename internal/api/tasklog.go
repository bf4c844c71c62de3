package api

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strconv"
)

// taskLog is GET task/{id}/log: the log as far as it has been written, from the byte `offset` on, or the last bytes of it
// for a negative offset.
func taskLog(c *call) error {
	id, err := c.taskID()
	if err != nil {
		return err
	}
	q, err := c.query()
	if err != nil {
		return err
	}
	var offset int64
	if text := q["offset"]; text != "" {
		if offset, err = strconv.ParseInt(text, 10, 64); err != nil {
			return badRequest("Invalid value for query parameter [offset]: Value [%s] must be a whole number of bytes, from the start or, if negative, from the end.", text)
		}
	}
	log, err := c.Tasks.Log(c.r.Context(), id, offset)
	if errors.Is(err, fs.ErrNotExist) {
		return bare(http.StatusNotFound, contentLog, "No log was found for this task. The task may not exist, or it may not have begun running yet.")
	}
	if err != nil {
		return err
	}
	return c.copy(contentLog, log)
}

// taskReports is GET task/{id}/reports: the live report of a running task, the stored one afterwards.
func taskReports(c *call) error {
	id, err := c.taskID()
	if err != nil {
		return err
	}
	if err := c.part.answer(c.r.Context(), reportCost); err != nil {
		return err
	}
	report, err := c.Tasks.Report(c.r.Context(), id)
	if errors.Is(err, fs.ErrNotExist) {
		return bare(http.StatusNotFound, contentJSON, "No task reports were found for this task. The task may not exist, or it may not have completed yet.")
	}
	if err != nil {
		return err
	}
	kept := int64(0) // a file is read piece by piece
	if held, ok := report.(interface{ Len() int }); ok {
		kept = int64(held.Len())
	}
	c.part.answered(kept)
	return c.copy(contentJSON, report)
}

// copy answers 200 with what from holds, and closes it.
func (c *call) copy(contentType string, from io.ReadCloser) error {
	defer from.Close()
	buf := c.chunks.Get().(*[]byte)
	defer c.chunks.Put(buf)
	c.begin(http.StatusOK, contentType)
	_, err := io.CopyBuffer(onlyWriter{c}, from, (*buf)[:chunkSize])
	return err
}

// onlyWriter hides every other method, so that io.CopyBuffer uses its buffer.
type onlyWriter struct{ io.Writer }

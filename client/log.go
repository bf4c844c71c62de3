package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ovate/druid"
)

// Log opens the log of a task from byte offset on; a negative offset means the last so many bytes. The caller closes it.
func (c *Client) Log(ctx context.Context, id string, offset int64) (io.ReadCloser, error) {
	path := taskPath(id, "/log")
	if offset != 0 {
		path += "?offset=" + strconv.FormatInt(offset, 10)
	}
	response, err := c.open(ctx, http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, errors.Join(c.strange(http.MethodGet, path, fmt.Errorf("a log comes with status 200, and this has %d", response.StatusCode)), response.Body.Close())
	}
	if typ := response.Header.Get("Content-Type"); typ != "" && !strings.HasPrefix(typ, "text/plain") {
		return nil, errors.Join(c.strange(http.MethodGet, path, fmt.Errorf("a log is text/plain, and this is %s", typ)), response.Body.Close())
	}
	return response.Body, nil
}

// FollowLog copies the log of a task to w from byte offset on, goes on as the log grows, and returns how the task stands
// once it is complete and all of the log is copied.
func (c *Client) FollowLog(ctx context.Context, id string, offset int64, w io.Writer) (druid.TaskStatusPlus, error) {
	for {
		// The status is asked first: what is logged before a task is complete is then surely copied.
		status, err := c.Status(ctx, id)
		if err != nil {
			return status, err
		}
		copied, err := c.copyLog(ctx, id, offset, w)
		offset += copied
		notBegun := IsNotFound(err) && status.State == druid.Running
		if err != nil && !notBegun {
			return status, err
		}
		if status.State != druid.Running {
			return status, nil
		}
		if err := sleep(ctx, 250*time.Millisecond); err != nil {
			return status, err
		}
	}
}

func (c *Client) copyLog(ctx context.Context, id string, offset int64, w io.Writer) (int64, error) {
	log, err := c.Log(ctx, id, offset)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(w, log)
	return n, errors.Join(err, log.Close())
}

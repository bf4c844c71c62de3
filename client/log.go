package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
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

// LogLines calls fn for each line of the log of a task, from byte offset on, as it is written, and returns the task once it has ended and all of its log was told.
// Where the connection breaks it connects again, and goes on behind what it has told. It asks an Overlord of this kind; FollowLog asks Druid's own as well.
func (c *Client) LogLines(ctx context.Context, id string, offset int64, fn func(line string) error) (*Task, error) {
	path := own + "/tasks/" + url.PathEscape(id) + "/log?offset=" + strconv.FormatInt(offset, 10)
	var ended *Task
	err := c.follow(ctx, path, func(name string, data []byte) error {
		switch name {
		case "lines":
			for line := range strings.SplitSeq(string(data), "\n") {
				if err := fn(line); err != nil {
					return err
				}
			}
		case "ended":
			ended = new(Task)
			if err := json.Unmarshal(data, ended); err != nil || ended.ID != id {
				return c.strange(http.MethodGet, path, errors.New("what has ended is not that task"))
			}
			return errAll
		}
		return nil
	})
	if errors.Is(err, errAll) {
		return ended, nil
	}
	return nil, err
}

// errAll is that all was told.
var errAll = errors.New("all was told")

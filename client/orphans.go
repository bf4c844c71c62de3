package client

import (
	"context"
	"net/http"
	"net/url"

	"ovate/druid"
)

// Orphan is something in deep storage that belongs to no segment: files that were pushed before the server ended and never published,
// or, without a data source, what a process that is gone left in staging.
type Orphan struct {
	DataSource string        `json:"dataSource"`
	Interval   string        `json:"interval"` // as its folder is called
	Version    string        `json:"version"`
	Partition  string        `json:"partition"`
	Path       string        `json:"path"` // below the folder of deep storage
	Size       int64         `json:"size"`
	Changed    druid.Instant `json:"changed"`
	Own        bool          `json:"own"` // written by this server, or one before it on the same metadata
}

// Orphans is what a look for orphans has found.
type Orphans struct {
	Before     druid.Instant `json:"before"` // when they were changed at the latest
	Orphans    []Orphan      `json:"orphans"`
	Others     int           `json:"others"`     // places that no segment of this server names, written by others, and not among the orphans
	Spared     int           `json:"spared"`     // places that are too young, or that an active task may be about to publish
	More       int           `json:"more"`       // orphans beyond those that are told at once
	Unreadable []string      `json:"unreadable"` // data sources of which nothing is told, as not all of their segments can be read
	Unread     []Unread      `json:"unread"`     // folders that the server could not read, in and below which there may be more
	MoreUnread int           `json:"moreUnread"` // such folders beyond those that are told at once
}

// Unread is a folder of deep storage that the server could not read.
type Unread struct {
	Path   string `json:"path"` // below the folder of deep storage
	Reason string `json:"reason"`
}

// OrphanQuery says which orphans are meant.
type OrphanQuery struct {
	Before *druid.Instant // nil is an hour ago, and less than a minute ago counts as that
	Others bool           // what other servers and programs have written and may need, too
}

// Orphans lists what lies in deep storage and belongs to no segment, nor to a task that is active.
func (c *Client) Orphans(ctx context.Context, q OrphanQuery) (*Orphans, error) {
	return c.orphans(ctx, http.MethodGet, q)
}

// RemoveOrphans removes what Orphans lists, and tells what that was.
func (c *Client) RemoveOrphans(ctx context.Context, q OrphanQuery) (*Orphans, error) {
	return c.orphans(ctx, http.MethodDelete, q)
}

// lookPatience is how many times as long a server may say nothing, as it looks at all folders of deep storage before it answers.
const lookPatience = 20

func (c *Client) orphans(ctx context.Context, method string, q OrphanQuery) (*Orphans, error) {
	values := url.Values{}
	if q.Before != nil {
		values.Set("before", q.Before.String())
	}
	if q.Others {
		values.Set("others", "true")
	}
	patient := *c
	patient.patience.limit *= lookPatience
	c = &patient
	found := new(Orphans)
	path := own + "/orphans?" + values.Encode()
	err := c.call(ctx, method, path, nil, found)
	return found, c.unless(found.Before != 0, err, method, path, "it does not tell what it has looked at")
}

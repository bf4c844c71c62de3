package client

import (
	"context"
	"net/http"
	"net/url"

	"ovate/druid"
)

// Rate is how fast the tasks of a server's process have read in the half minute that ends with Time.
type Rate struct {
	Time           druid.Instant `json:"time"`
	RowsPerSecond  float64       `json:"rowsPerSecond"`
	BytesPerSecond float64       `json:"bytesPerSecond"`
}

// Lag is how many records a supervisor had not read at a moment.
type Lag struct {
	Time       druid.Instant    `json:"time"`
	Total      int64            `json:"total"`
	Partitions map[string]int64 `json:"partitions"` // those whose lag is kept
}

// Rates are those of the last hour that are known, the oldest first.
func (c *Client) Rates(ctx context.Context) (all []Rate, err error) {
	const path = own + "/rates"
	err = each(ctx, c, path, c.limits.list, func(r *Rate) error {
		all = append(all, *r)
		return c.unless(r.Time != 0, nil, http.MethodGet, path, "it lists what is no rate")
	})
	return all, err
}

// Lag is how far a supervisor of a stream was behind in each minute of the last hour of which that is known, the oldest first.
func (c *Client) Lag(ctx context.Context, supervisor string) (all []Lag, err error) {
	path := own + "/supervisors/" + url.PathEscape(supervisor) + "/lag"
	err = each(ctx, c, path, c.limits.list, func(l *Lag) error {
		all = append(all, *l)
		return c.unless(l.Time != 0, nil, http.MethodGet, path, "it lists what is no lag")
	})
	return all, err
}

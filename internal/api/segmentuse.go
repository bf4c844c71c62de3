package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/auth"
	"ovate/internal/datasource"
	"ovate/internal/jsontext"
)

// Segments is what the API asks of those who change which segments are used.
type Segments interface {
	MarkUsed(ctx context.Context, dataSource string, f datasource.Filter) (int, error)
	MarkUnused(ctx context.Context, dataSource string, f datasource.Filter, describe func(changed int) audit.Entry) (int, error)
	MarkSegmentUsed(ctx context.Context, dataSource, id string) (int, error)
}

// markAllUsed is POST datasources/{dataSource}: all unused segments that no newer ones hide are used again.
func markAllUsed(c *call) error {
	n, err := c.Segments.MarkUsed(c.r.Context(), c.params[0], datasource.Filter{Interval: &druid.Eternity})
	return c.changed(n, err)
}

// markAllUnused is DELETE datasources/{dataSource}.
func markAllUnused(c *call) error {
	n, err := c.Segments.MarkUnused(c.audited(), c.params[0], datasource.Filter{Interval: &druid.Eternity}, func(changed int) audit.Entry {
		return audit.Entry{Method: c.r.Method, URI: c.r.URL.EscapedPath(), Payload: changedSegments(changed)}
	})
	return c.changed(n, err)
}

// markUsed is POST datasources/{dataSource}/markUsed: the unused segments that match the body are used again, if no newer ones hide them.
func markUsed(c *call) error {
	f, _, err := c.segmentFilter(contentText)
	if err != nil {
		return err
	}
	n, err := c.Segments.MarkUsed(c.r.Context(), c.params[0], f)
	return c.changed(n, err)
}

// markUnused is POST datasources/{dataSource}/markUnused: the segments that match the body are not used any more.
func markUnused(c *call) error {
	f, payload, err := c.segmentFilter(contentJSON)
	if err != nil {
		return err
	}
	n, err := c.Segments.MarkUnused(c.audited(), c.params[0], f, func(int) audit.Entry {
		return audit.Entry{Method: c.r.Method, URI: c.r.URL.EscapedPath(), Payload: payload}
	})
	return c.changed(n, err)
}

// markSegmentUsed is POST datasources/{dataSource}/segments/{id}.
func markSegmentUsed(c *call) error {
	n, err := c.Segments.MarkSegmentUsed(c.r.Context(), c.params[0], c.params[1])
	return c.changed(n, err)
}

// markSegmentUnused is DELETE datasources/{dataSource}/segments/{id}. The history does not keep it, as in Druid.
func markSegmentUnused(c *call) error {
	dataSource, id := c.params[0], c.params[1]
	if _, err := druid.ParseSegmentID(dataSource, id); err != nil {
		return bare(http.StatusBadRequest, contentText, "Could not parse Segment ID[%s] for DataSource[%s]", id, dataSource)
	}
	n, err := c.Segments.MarkUnused(c.r.Context(), dataSource, datasource.Filter{IDs: []string{id}}, nil)
	return c.changed(n, err)
}

// audited is the request's context with who sent it.
func (c *call) audited() context.Context { return audit.WithCaller(c.r.Context(), auth.Caller(c.r)) }

func (c *call) changed(n int, err error) error {
	if err != nil {
		return err
	}
	return c.json(changedSegments(n))
}

func changedSegments(n int) []byte {
	dst := strconv.AppendInt([]byte(`{"numChangedSegments":`), int64(n), 10)
	return append(strconv.AppendBool(append(dst, `,"segmentStateChanged":`...), n > 0), '}')
}

// segmentFilter reads the body, and gives it as the history keeps it. One that selects nothing is refused in a text, which Druid labels as what
// the endpoint declares.
func (c *call) segmentFilter(label string) (f datasource.Filter, payload []byte, err error) {
	document, err := c.body()
	if err != nil {
		return f, nil, err
	}
	var wire struct {
		Interval   *string  `json:"interval"`
		SegmentIDs []string `json:"segmentIds"`
		Versions   []string `json:"versions"`
	}
	if document != nil {
		if err := jsontext.Unmarshal(document, &wire); err != nil {
			return f, nil, badRequest("The body must be an object with [interval], or with [segmentIds]: %s.", err)
		}
	}
	if wire.Interval != nil {
		interval, err := druid.ParseInterval(*wire.Interval)
		if err != nil {
			return f, nil, badRequest("field [interval]: %v", err)
		}
		f.Interval = &interval
	}
	f.IDs, f.Versions = wire.SegmentIDs, wire.Versions
	if (f.Interval == nil) == (len(f.IDs) == 0) || f.Interval == nil && len(f.Versions) > 0 {
		return f, nil, bare(http.StatusBadRequest, label, "Invalid request payload. Specify either 'interval' or 'segmentIds', but not both."+
			" Optionally, include 'versions' only when 'interval' is provided.")
	}
	payload = []byte(`{"interval":`)
	if f.Interval == nil {
		payload = append(payload, `null`...)
	} else {
		payload = append(f.Interval.AppendTo(append(payload, '"')), '"')
	}
	for _, list := range []struct {
		name  string
		texts []string
	}{{`,"segmentIds":`, f.IDs}, {`,"versions":`, f.Versions}} {
		value, err := json.Marshal(list.texts) // nil is null
		if err != nil {
			return f, nil, errors.Join(errors.New("describe the request for the audit history"), err)
		}
		payload = append(append(payload, list.name...), value...)
	}
	return f, append(payload, '}'), nil
}

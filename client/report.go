package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
)

// Report returns the report of a task as it is: live while the task runs, the stored one afterwards. Kinds of task
// that have nothing to report, and tasks that have not begun, have none (IsNotFound).
func (c *Client) Report(ctx context.Context, id string) (json.RawMessage, error) {
	path := taskPath(id, "/reports")
	report, err := c.read(ctx, http.MethodGet, path, nil, c.limits.document)
	if err != nil {
		return nil, err
	}
	var parts map[string]struct {
		Task string `json:"taskId"`
	}
	if err := c.decode(http.MethodGet, path, report, &parts); err != nil {
		return nil, err
	}
	for _, part := range parts {
		if part.Task == "" {
			return nil, c.strange(http.MethodGet, path, errors.New("it reports of no task"))
		}
	}
	return report, c.unless(len(parts) > 0, nil, http.MethodGet, path, "it reports of no task")
}

// Completed is the State of an ingestion whose report is that of its end.
const Completed = "COMPLETED"

// Ingestion is what the report of an index or index_parallel task says about its rows.
type Ingestion struct {
	State             string // BUILD_SEGMENTS …, or Completed
	Rows              Rows
	SegmentsPublished int // 0 until the end
	Error             string
	Faults            []Fault // some of the rows that did not parse; see maxSavedParseExceptions
	Step              string  // what a running task of this server does: reading, merging, writing, publishing
	SegmentsBegun     int     // so far
	SegmentsBuilt     int     // of them; nothing is published before all are

	MayReplace *Loss  // why a task of this server failed whose context has mayReplace
	Unreadable string // the file that a task of this server could not read, and failed
}

// Loss is what a task would have replaced that it must not. Nothing has changed.
type Loss struct {
	Reason   string `json:"reason"`
	Rows     int64  `json:"rows"`
	Segments int64  `json:"segments"`
}

// Rows counts the rows of a task. Each row is in one of the four counts.
type Rows struct {
	Processed          int64 `json:"processed"`
	ProcessedBytes     int64 `json:"processedBytes"` // of input, decompressed
	ProcessedWithError int64 `json:"processedWithError"`
	Unparseable        int64 `json:"unparseable"`
	ThrownAway         int64 `json:"thrownAway"`
}

// Fault is a row that did not parse, or a value of it that was replaced by null.
type Fault struct {
	Input   string   `json:"input"`
	Type    string   `json:"errorType"`
	Details []string `json:"details"`
}

// Ingestion asks for the report of a task and reads what it says about rows. Druid has several shapes for it: with the
// phases at the top (index) or under "totals" (index_parallel, and everything that still runs); and while a task still
// looks for its intervals, there are only the rows of that phase.
func (c *Client) Ingestion(ctx context.Context, id string) (Ingestion, error) {
	var report struct {
		Stats struct {
			Payload struct {
				State    string `json:"ingestionState"`
				ErrorMsg string `json:"errorMsg"`
				Progress struct {
					Step  string `json:"step"`
					Begun int    `json:"segmentsBegun"`
					Built int    `json:"segmentsBuilt"`
				} `json:"progress"`
				Segments   int    `json:"segmentsPublished"`
				MayReplace *Loss  `json:"mayReplace"`
				Unreadable string `json:"unreadable"`
				RowStats   struct {
					phases
					Totals phases `json:"totals"`
				} `json:"rowStats"`
				Unparseable struct {
					BuildSegments []Fault `json:"buildSegments"`
				} `json:"unparseableEvents"`
			} `json:"payload"`
		} `json:"ingestionStatsAndErrors"`
	}
	text, err := c.read(ctx, http.MethodGet, taskPath(id, "/reports"), nil, c.limits.document)
	if err == nil {
		err = c.decode(http.MethodGet, taskPath(id, "/reports"), text, &report)
	}
	if err = c.unless(string(text) != "null", err, http.MethodGet, taskPath(id, "/reports"), "it is no report"); err != nil {
		return Ingestion{}, err
	}
	p := report.Stats.Payload
	rows := cmp.Or(p.RowStats.Totals.Build, p.RowStats.Build, p.RowStats.Totals.Determine)
	return Ingestion{
		State: p.State, Rows: rows, SegmentsPublished: p.Segments, Error: p.ErrorMsg, Faults: p.Unparseable.BuildSegments,
		Step: p.Progress.Step, SegmentsBegun: p.Progress.Begun, SegmentsBuilt: p.Progress.Built,
		MayReplace: p.MayReplace, Unreadable: p.Unreadable,
	}, nil
}

type phases struct {
	Determine Rows `json:"determinePartitions"`
	Build     Rows `json:"buildSegments"`
}

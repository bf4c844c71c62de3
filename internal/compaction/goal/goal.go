// Package goal tells what the segments of a data source are to be like by its compaction config, whether they are, and which task makes them so. It goes by
// what the task that made them has left in them (lastCompactionState), as Druid does.
package goal

import (
	"encoding/json"
	"fmt"
	"strings"

	"ovate/druid"
	"ovate/internal/compaction"
	"ovate/internal/jsontext"
)

// Goal is what a config says. It does not change.
type Goal struct {
	DataSource string
	// Priority is that of compact tasks: where a lock of it or above is held nothing is compacted.
	Priority int
	// MostBytes is how large a time chunk may be that is compacted.
	MostBytes int64
	// SkipOffset is how far before the end of the newest segment nothing is compacted.
	SkipOffset druid.Period
	// Segment is the granularity of segments; nil: that which they have.
	Segment *druid.Granularity
	// IgnoresAppends tells that tasks compact beside others that append.
	IgnoresAppends bool
	// Engine is by which tasks compact, in lower case; empty: the cluster's.
	Engine string

	config config
	wanted wanted
}

// config is that of a data source, as Druid stores it.
type config struct {
	Priority    int                        `json:"taskPriority"`
	MostBytes   int64                      `json:"inputSegmentSizeBytes"`
	MaxRows     json.RawMessage            `json:"maxRowsPerSegment"`
	SkipOffset  string                     `json:"skipOffsetFromLatest"`
	Tuning      map[string]json.RawMessage `json:"tuningConfig"`
	Granularity *granularities             `json:"granularitySpec"`
	Dimensions  *dimensions                `json:"dimensionsSpec"`
	Metrics     json.RawMessage            `json:"metricsSpec"`
	Transform   json.RawMessage            `json:"transformSpec"`
	Projections json.RawMessage            `json:"projections"`
	IO          struct {
		DropExisting *bool `json:"dropExisting"`
	} `json:"ioConfig"`
	Engine  string                     `json:"engine"`
	Context map[string]json.RawMessage `json:"taskContext"`
}

type granularities struct {
	Segment *druid.Granularity `json:"segmentGranularity"`
	Query   *druid.Granularity `json:"queryGranularity"`
	Rollup  *bool              `json:"rollup"`
}

type dimensions struct {
	List json.RawMessage `json:"dimensions"`
}

// Read reads the config of a data source, as it was given or is stored. The error is a *druid.Error, or wraps compaction.ErrInvalid.
func Read(dataSource string, given []byte) (*Goal, error) {
	text, err := compaction.DataSource(dataSource, given)
	if err != nil {
		return nil, err
	}
	g := &Goal{DataSource: dataSource}
	c := &g.config
	if err := jsontext.Unmarshal(text, c); err != nil {
		return nil, fmt.Errorf("%w: %w", compaction.ErrInvalid, err)
	}
	if g.SkipOffset, err = druid.ParsePeriod(c.SkipOffset); err != nil {
		return nil, fmt.Errorf("%w: field [skipOffsetFromLatest]: %w", compaction.ErrInvalid, err)
	}
	g.Priority, g.MostBytes, g.Engine = c.Priority, c.MostBytes, strings.ToLower(c.Engine)
	if c.Granularity != nil {
		g.Segment = c.Granularity.Segment
	}
	g.IgnoresAppends = string(c.Context["useConcurrentLocks"]) == "true" || string(c.Context["taskLockType"]) == `"REPLACE"`
	g.wanted, err = c.wanted()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", compaction.ErrInvalid, err)
	}
	return g, nil
}

package goal

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"ovate/internal/quantity"
)

// partitions is how rows are spread over the segments of a time chunk, such that two that mean the same are equal.
type partitions struct {
	kind       string // dynamic, hashed or range
	rows       int64  // of a segment at most; 0: not limited
	total      int64  // of all segments in the making; dynamic alone; 0: not given
	shards     int64  // hashed alone; 0: not given
	dimensions []string
	function   string // hashed alone
	grouped    bool   // range alone
}

// defaultRows is how many rows a segment has at most where nobody has said.
const defaultRows = 5_000_000

// partitionsSpec is Druid's JSON of it.
type partitionsSpec struct {
	Type       string   `json:"type"`
	MaxRows    *int64   `json:"maxRowsPerSegment"`
	TargetRows *int64   `json:"targetRowsPerSegment"`
	TargetSize *int64   `json:"targetPartitionSize"`
	MaxTotal   *int64   `json:"maxTotalRows"`
	Shards     *int64   `json:"numShards"`
	Dimensions []string `json:"partitionDimensions"`
	Dimension  string   `json:"partitionDimension"`
	Function   string   `json:"partitionFunction"`
	Grouped    bool     `json:"assumeGrouped"`
	MaxSize    *int64   `json:"maxPartitionSize"`
}

// readPartitions reads a spec; nil if there is none.
func readPartitions(text json.RawMessage) (*partitions, error) {
	if isNull(text) {
		return nil, nil
	}
	var s partitionsSpec
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("partitionsSpec: %w", err)
	}
	switch s.Type {
	case "dynamic":
		return dynamic(s.MaxRows, s.MaxTotal), nil
	case "range", "single_dim", "dimension":
		p := &partitions{kind: "range", dimensions: s.Dimensions, grouped: s.Grouped, rows: first(s.MaxRows, s.MaxSize)}
		if target := first(s.TargetRows, s.TargetSize); target > 0 {
			p.rows = target + target/2
		}
		if s.Dimension != "" {
			p.dimensions = []string{s.Dimension}
		}
		return p, nil
	default: // which Druid takes for hashed
		p := &partitions{kind: "hashed", dimensions: s.Dimensions, function: strings.ToLower(s.Function), shards: first(s.Shards), rows: first(s.TargetRows, s.TargetSize, s.MaxRows)}
		if p.rows == 0 && p.shards == 0 {
			p.rows = defaultRows
		}
		if p.function == "" {
			p.function = "murmur3_32_abs"
		}
		return p, nil
	}
}

func dynamic(rows, total *int64) *partitions {
	p := &partitions{kind: "dynamic", rows: first(rows)}
	if p.rows == 0 {
		p.rows = defaultRows
	}
	if total != nil {
		p.total = *total
	}
	return p
}

// first is the first number that is given and says something: older versions have -1 for nothing. 0 if there is none.
func first(numbers ...*int64) int64 {
	for _, n := range numbers {
		if n != nil && *n > 0 {
			return *n
		}
	}
	return 0
}

func (p *partitions) same(other *partitions) bool {
	if p == nil || other == nil {
		return p == other
	}
	return p.kind == other.kind && p.rows == other.rows && p.total == other.total && p.shards == other.shards && p.function == other.function &&
		p.grouped == other.grouped && slices.Equal(p.dimensions, other.dimensions)
}

// String is how Druid tells of it.
func (p *partitions) String() string {
	switch {
	case p == nil:
		return "null"
	case p.kind == "dynamic":
		return fmt.Sprintf("'dynamic' with %s rows", quantity.Count(p.rows))
	default:
		rows := "null"
		if p.rows > 0 {
			rows = quantity.Count(p.rows)
		}
		return fmt.Sprintf("'%s' on [%s] with %s rows", p.kind, strings.Join(p.dimensions, ", "), rows)
	}
}

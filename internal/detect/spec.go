package detect

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
)

// task and what is below it are an index_parallel task, with the fields in the order in which people write them.
type task struct {
	Type string   `json:"type"`
	Spec taskSpec `json:"spec"`
}

type taskSpec struct {
	DataSchema   dataSchema `json:"dataSchema"`
	IOConfig     ioConfig   `json:"ioConfig"`
	TuningConfig tuning     `json:"tuningConfig"`
}

type dataSchema struct {
	DataSource string `json:"dataSource"`
	Timestamp  struct {
		Column  string `json:"column"`
		Format  string `json:"format"`
		Missing string `json:"missingValue,omitempty"`
	} `json:"timestampSpec"`
	Dimensions struct {
		Dimensions []any    `json:"dimensions"`
		Exclusions []string `json:"dimensionExclusions,omitempty"`
	} `json:"dimensionsSpec"`
	Metrics     []metric `json:"metricsSpec,omitempty"`
	Granularity struct {
		Type    string `json:"type"`
		Segment string `json:"segmentGranularity"`
		Query   string `json:"queryGranularity"`
		Rollup  bool   `json:"rollup"`
	} `json:"granularitySpec"`
}

type dimension struct {
	Type   string `json:"type"`
	Name   string `json:"name"`
	Handle string `json:"multiValueHandling,omitempty"`
}

type metric struct {
	Type  string `json:"type"`
	Name  string `json:"name"`
	Field string `json:"fieldName,omitempty"`
}

type ioConfig struct {
	Type        string `json:"type"`
	InputSource struct {
		Type  string   `json:"type"`
		Files []string `json:"files"`
	} `json:"inputSource"`
	InputFormat inputFormat `json:"inputFormat"`
	Append      bool        `json:"appendToExisting"`
}

type inputFormat struct {
	Type      string   `json:"type"`
	Delimiter string   `json:"delimiter,omitempty"`
	Header    *bool    `json:"findColumnsFromHeader,omitempty"`
	Columns   []string `json:"columns,omitempty"`
	Skip      int64    `json:"skipHeaderRows,omitempty"`
}

type tuning struct {
	Type      string `json:"type"`
	MaxFaults int    `json:"maxParseExceptions"`
	MaxSaved  int    `json:"maxSavedParseExceptions"`
}

// Task is the task that ingests the files, as JSON for people to read and change.
func (t *Table) Task(dataSource string) ([]byte, error) {
	const kind = "index_parallel"
	var s taskSpec
	s.DataSchema = t.schema(dataSource)
	s.IOConfig.Type = kind
	s.IOConfig.InputSource.Type = "local"
	s.IOConfig.InputSource.Files = t.Copies
	s.IOConfig.InputFormat = inputFormat{Type: "json"}
	if t.Why == "" {
		for _, f := range t.Files {
			s.IOConfig.InputSource.Files = append(s.IOConfig.InputSource.Files, f.Path)
		}
		s.IOConfig.InputFormat = t.native.spec()
	}
	s.IOConfig.Append = t.Append
	// All rows have been read, and all fit: one that does not is a fault, and nothing may be published.
	s.TuningConfig = tuning{Type: kind, MaxFaults: 0, MaxSaved: 20}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(task{kind, s})
	return shorten(text.Bytes()), err
}

// Unit is the unit of time in which rows replace each other: an hour for data of less than a day, else a day.
func (t *Table) Unit() string {
	if t.Span.End-t.Span.Start <= 24*3_600_000 {
		return "HOUR"
	}
	return "DAY"
}

// Checksums are those of the files that the task reads, in its order, as they were when their rows were checked; none of a task that reads copies, which are of
// those rows.
func (t *Table) Checksums() (sums []string) {
	if t.Why != "" {
		return nil
	}
	for _, f := range t.Files {
		sums = append(sums, f.Sum)
	}
	return sums
}

// shorten puts the innermost objects and lists on one line if they fit. A text within JSON has no line ends, so that
// every one there is was made by indenting.
func shorten(text []byte) []byte {
	innermost := regexp.MustCompile(`([\[{])\n\s*([^\[\]{}]{1,160}?)\n\s*([\]}])`)
	lineEnds := regexp.MustCompile(`\n\s*`)
	return innermost.ReplaceAllFunc(text, func(part []byte) []byte {
		parts := innermost.FindSubmatch(part)
		return slices.Concat(parts[1], lineEnds.ReplaceAll(parts[2], []byte(" ")), parts[3])
	})
}

func (t *Table) schema(dataSource string) dataSchema {
	var s dataSchema
	s.DataSource = dataSource
	s.Timestamp.Column, s.Timestamp.Format = t.Time.Column, t.Time.format
	switch {
	case t.Why != "":
		s.Timestamp.Format = "millis"
		if t.Time.Column == "" {
			s.Timestamp.Column = druidTime
		}
	case t.Time.Column == "":
		s.Timestamp.Column, s.Timestamp.Format, s.Timestamp.Missing = t.names.give("no_time"), "iso", t.Time.Constant.String()
	}
	s.Granularity.Type = "uniform"
	s.Granularity.Segment = t.Granularity
	s.Granularity.Query = "NONE"
	s.Dimensions.Dimensions = []any{}
	if t.Rollup {
		s.Granularity.Query, s.Granularity.Rollup = "HOUR", true
		s.Metrics = append(s.Metrics, metric{Type: "count", Name: t.rollup.count})
	}
	for _, c := range t.Columns {
		switch {
		case c.List:
			s.Dimensions.Dimensions = append(s.Dimensions.Dimensions, dimension{c.Type, c.Name, "ARRAY"})
		case c.Type == "string":
			s.Dimensions.Dimensions = append(s.Dimensions.Dimensions, c.Name)
		case t.Rollup:
			s.Metrics = append(s.Metrics, metric{c.Sum + "Sum", t.rollup.sums[c.Name], c.Name})
		default:
			s.Dimensions.Dimensions = append(s.Dimensions.Dimensions, dimension{Type: c.Type, Name: c.Name})
		}
	}
	if len(s.Dimensions.Dimensions) == 0 && t.Why == "" { // which Druid takes for a request to find some; a copy has none to find
		s.Dimensions.Exclusions = t.native.unwanted
	}
	return s
}

func (f textFormat) spec() inputFormat {
	s := inputFormat{Type: f.kind}
	if f.kind == "json" {
		return s
	}
	s.Header = new(f.header)
	if !f.header {
		s.Columns, s.Skip = f.columns, f.skip
	}
	if f.kind == "tsv" && f.delimiter != "\t" {
		s.Delimiter = f.delimiter
	}
	return s
}

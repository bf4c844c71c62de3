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
		Column string `json:"column"`
		Format string `json:"format"`
	} `json:"timestampSpec"`
	Dimensions struct {
		Dimensions []any    `json:"dimensions"`
		Exclusions []string `json:"dimensionExclusions,omitempty"`
		IncludeAll bool     `json:"includeAllDimensions,omitempty"`
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
	Type string `json:"type"`
	Name string `json:"name"`
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
	Skip      int      `json:"skipHeaderRows,omitempty"`
}

type tuning struct {
	Type      string `json:"type"`
	MaxFaults int    `json:"maxSavedParseExceptions"`
}

// Task is the task that ingests the files, as JSON for people to read and change.
func (t *Table) Task(dataSource string) ([]byte, error) {
	const kind = "index_parallel"
	var s taskSpec
	s.DataSchema = t.schema(dataSource)
	s.IOConfig.Type = kind
	s.IOConfig.InputSource.Type = "local"
	for _, f := range t.Files {
		s.IOConfig.InputSource.Files = append(s.IOConfig.InputSource.Files, f.Path)
	}
	s.IOConfig.InputFormat = t.Format.spec()
	s.IOConfig.Append = t.Append
	s.TuningConfig = tuning{Type: kind, MaxFaults: 20} // so that the report can tell why rows were lost
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(task{kind, s})
	return shorten(text.Bytes()), err
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
	s.Timestamp.Column, s.Timestamp.Format = t.Time.Column, t.Time.Format
	s.Granularity.Type = "uniform"
	s.Granularity.Segment = t.Granularity
	s.Granularity.Query = "NONE"
	s.Dimensions.Dimensions = []any{}
	if t.partly {
		s.Dimensions.IncludeAll, s.Dimensions.Exclusions = true, t.nested
	}
	if t.Rollup {
		s.Granularity.Query, s.Granularity.Rollup = "HOUR", true
		s.Metrics = append(s.Metrics, metric{Type: "count", Name: "count"})
	}
	for _, c := range t.Columns {
		switch {
		case c.Type == "string":
			s.Dimensions.Dimensions = append(s.Dimensions.Dimensions, c.Name)
		case t.Rollup:
			s.Metrics = append(s.Metrics, metric{c.Type + "Sum", "sum_" + c.Name, c.Name})
		default:
			s.Dimensions.Dimensions = append(s.Dimensions.Dimensions, dimension{c.Type, c.Name})
		}
	}
	return s
}

func (f Format) spec() inputFormat {
	s := inputFormat{Type: f.Kind}
	if f.Kind == "json" {
		return s
	}
	s.Header = new(f.Header && f.Skip == 0)
	if !*s.Header {
		s.Columns, s.Skip = f.Columns, f.Skip
	}
	if f.Kind == "tsv" && f.Delimiter != "\t" {
		s.Delimiter = f.Delimiter
	}
	return s
}

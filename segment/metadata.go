package segment

import (
	"encoding/json"
	"fmt"
	"slices"

	"ovate/druid"
)

// Metadata says how the rows of a segment came about (metadata.drd).
type Metadata struct {
	// Aggregators combine rows of the segment that have equal dimensions. A segment holds them in the order of their
	// names.
	Aggregators      []Aggregator
	TimestampSpec    TimestampSpec
	QueryGranularity druid.Granularity
	Rollup           bool
	// Ordering names the columns by which the rows are sorted, ascending, most significant first. Queries rely on it:
	// a short list that holds is right, a longer one that does not hold gives wrong answers.
	Ordering []string
}

// Aggregator is an aggregator in its combining form: it reads and writes the column Name.
type Aggregator struct {
	Type string `json:"type"` // longSum, doubleMax, ...
	Name string `json:"name"`
	// JSON is the whole aggregator where type, name and the field's name, equal to name, are not all of it.
	JSON json.RawMessage `json:"-"`
}

// TimestampSpec says how the times of the rows were read.
type TimestampSpec struct {
	Column       string         `json:"column"`
	Format       string         `json:"format"`
	MissingValue *druid.Instant `json:"missingValue"` // the time of rows that have none; nil if they are refused
}

// AppendJSON appends m as Druid writes it.
func (m Metadata) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"container":{},"aggregators":[`...)
	for i, a := range m.Aggregators {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = a.appendJSON(dst)
	}
	dst = append(dst, `],"timestampSpec":{"column":`...)
	dst = druid.AppendString(dst, m.TimestampSpec.Column)
	dst = append(dst, `,"format":`...)
	dst = druid.AppendString(dst, m.TimestampSpec.Format)
	dst = append(dst, `,"missingValue":`...)
	if t := m.TimestampSpec.MissingValue; t != nil {
		dst = druid.AppendString(dst, t.String())
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `},"queryGranularity":`...)
	dst = m.QueryGranularity.AppendJSON(dst)
	dst = fmt.Appendf(dst, `,"rollup":%t,"ordering":[`, m.Rollup)
	for i, column := range m.Ordering {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"columnName":`...)
		dst = druid.AppendString(dst, column)
		dst = append(dst, `,"order":"ascending"}`...)
	}
	return append(dst, "]}"...)
}

// sorted is m with the aggregators in the order of their names, in which Druid has them.
func (m Metadata) sorted() Metadata {
	m.Aggregators = slices.Clone(m.Aggregators)
	slices.SortStableFunc(m.Aggregators, func(a, b Aggregator) int { return CompareJava([]byte(a.Name), []byte(b.Name)) })
	return m
}

func (a Aggregator) appendJSON(dst []byte) []byte {
	if a.JSON != nil {
		return append(dst, a.JSON...)
	}
	dst = append(dst, `{"type":`...)
	dst = druid.AppendString(dst, a.Type)
	dst = append(dst, `,"name":`...)
	dst = druid.AppendString(dst, a.Name)
	dst = append(dst, `,"fieldName":`...)
	dst = druid.AppendString(dst, a.Name)
	return append(dst, '}')
}

// UnmarshalJSON reads what Druid wrote. Projections, which no query needs, are left out.
func (m *Metadata) UnmarshalJSON(b []byte) error {
	var text struct {
		Aggregators      []json.RawMessage  `json:"aggregators"`
		TimestampSpec    *TimestampSpec     `json:"timestampSpec"`
		QueryGranularity *druid.Granularity `json:"queryGranularity"`
		Rollup           bool               `json:"rollup"`
		Ordering         []struct {
			ColumnName string `json:"columnName"`
			Order      string `json:"order"`
		} `json:"ordering"`
	}
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	*m = Metadata{Rollup: text.Rollup}
	if text.TimestampSpec != nil {
		m.TimestampSpec = *text.TimestampSpec
	}
	if text.QueryGranularity != nil {
		m.QueryGranularity = *text.QueryGranularity
	}
	for _, raw := range text.Aggregators {
		a := Aggregator{JSON: raw}
		if err := json.Unmarshal(raw, &a); err != nil {
			return fmt.Errorf("aggregator %s: %w", raw, err)
		}
		if plain := (Aggregator{Type: a.Type, Name: a.Name}); string(plain.appendJSON(nil)) == string(raw) {
			a = plain
		}
		m.Aggregators = append(m.Aggregators, a)
	}
	for _, o := range text.Ordering {
		if o.Order != "ascending" {
			break
		}
		m.Ordering = append(m.Ordering, o.ColumnName)
	}
	return nil
}

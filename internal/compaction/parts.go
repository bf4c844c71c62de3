package compaction

import (
	"encoding/json"
	"math"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/spelling"
)

// partitionMembers are those of a partitionsSpec of any type.
var partitionMembers = []string{
	"type", "assumeGrouped", "maxPartitionSize", "maxRowsPerSegment", "maxTotalRows", "numShards", "partitionDimension", "partitionDimensions", "partitionFunction",
	"targetPartitionSize", "targetRowsPerSegment",
}

// partitions is how rows are spread over segments.
func (f *fields) partitions(name string) json.RawMessage {
	return f.within(name, partitionMembers, func(p *fields) {
		kinds := []string{"dynamic", "hashed", "range", "single_dim", "dimension"}
		switch kind := p.text("type"); {
		case kind == "" || kind == "hashed": // which Druid takes for hashed
			p.atMostOne("numShards", "targetRowsPerSegment", "targetPartitionSize", "maxRowsPerSegment")
			for _, number := range []string{"numShards", "targetRowsPerSegment", "targetPartitionSize", "maxRowsPerSegment"} {
				p.positive(number)
			}
		case kind == "range":
			_, dimensions := p.list("partitionDimensions")
			if len(dimensions) == 0 {
				p.refuse("partitionDimensions", `must be a list of the columns by whose values rows are spread, such as ["country"], but is %s`, shown(orNull(p.given("partitionDimensions"))))
			}
			p.ranges("targetRowsPerSegment", "maxRowsPerSegment")
		case kind == "single_dim":
			p.ranges("targetRowsPerSegment", "maxRowsPerSegment", "targetPartitionSize", "maxPartitionSize")
		case !slices.Contains(kinds, kind): // which Druid takes for hashed, too
			p.refuse("type", "must be one of %s, but is %q", strings.Join(kinds, ", "), kind)
		}
	})
}

// ranges reads how many rows a segment of a range has, which exactly one member of these has to say.
func (f *fields) ranges(names ...string) {
	f.atMostOne(names...)
	given := false
	for _, name := range names {
		f.positive(name)
		given = given || f.says(name)
	}
	if !given {
		f.refuse(names[0], "is missing: it must be how many rows a segment is to have, such as 5000000, or %s how many at most", names[1])
	}
}

// unset is what older versions of Druid have written where there is no number.
const unset = "-1"

// says tells whether a number is given that says something.
func (f *fields) says(name string) bool {
	value := f.given(name)
	return value != nil && string(value) != unset
}

// positive is a number above 0, if it says something.
func (f *fields) positive(name string) {
	if f.says(name) {
		f.whole(name, 1, math.MaxInt32, "")
	}
}

// atMostOne refuses numbers of which one says what another says otherwise.
func (f *fields) atMostOne(names ...string) {
	first := ""
	for _, name := range names {
		switch {
		case !f.says(name):
		case first != "":
			f.refuse(name, "is %s, and %s is %s: give one of them, and leave the other out", shown(f.given(name)), first, shown(f.given(first)))
		default:
			first = name
		}
	}
}

// metrics are aggregators, whose types are left to known.
func (f *fields) metrics(name string) json.RawMessage {
	value, list := f.list(name)
	for _, element := range list {
		f.inner(element, name, func(m *fields) {
			kind := m.text("type")
			if kind == "" {
				m.refuse("type", `must be that of an aggregator, such as "longSum"`)
			} else if near := spelling.Nearest(kind, druid.AggregatorTypes()); near != "" && near != kind {
				m.refuse("type", "is %q, which is not known: did you mean %q?", kind, near)
			}
			m.named(kind)
		})
	}
	return value
}

// named demands the name of a metric. One that others are filtered for may have the name of that.
func (f *fields) named(kind string) {
	if f.text("name") != "" {
		return
	}
	if inner := f.given("aggregator"); kind == "filtered" && inner != nil {
		f.inner(inner, "aggregator", func(m *fields) { m.named(m.text("type")) })
		return
	}
	f.refuse("name", `must be the name of the column that the metric becomes, but is %s`, shown(orNull(f.given("name"))))
}

// inner reads an object within a member.
func (f *fields) inner(value json.RawMessage, name string, read func(*fields)) {
	if f.err != nil {
		return
	}
	if in := f.object(value, name); f.err == nil {
		read(in)
	}
}

// checkTypes refuses what a config has of types that neither Druid nor an extension that comes with it has, as Druid does. The error wraps ErrInvalid.
func checkTypes(config []byte) error {
	f := object(config)
	_, metrics := f.list("metricsSpec")
	for _, metric := range metrics {
		f.inner(metric, "metricsSpec", (*fields).metricType)
	}
	f.within("transformSpec", nil, func(t *fields) {
		if filter := t.given("filter"); filter != nil {
			t.inner(filter, "filter", (*fields).filterType)
		}
		if transforms := t.given("transforms"); transforms != nil {
			t.refuse("transforms", "must be left out, but is %s: a compaction leaves rows out, and changes none", shown(transforms))
		}
	})
	_, projections := f.list("projections")
	for _, projection := range projections {
		f.inner(projection, "projections", (*fields).projectionType)
	}
	return f.err
}

// typed demands one of some types.
func (f *fields) typed(such string, known ...string) string {
	kind := f.text("type")
	if slices.Contains(known, kind) {
		return kind
	}
	given := shown(orNull(f.given("type")))
	alike := slices.DeleteFunc(slices.Clone(known), func(name string) bool {
		return kind == "" || !strings.HasSuffix(strings.ToLower(name), strings.ToLower(kind))
	})
	if near := spelling.Nearest(kind, known); near != "" {
		alike = []string{near}
	}
	if len(alike) > 0 {
		f.refuse("type", "is %s, which neither Druid nor its extensions know: did you mean %s?", given, strings.Join(alike, ", "))
	} else {
		f.refuse("type", "must be the type of %s, but is %s, which neither Druid nor its extensions know", such, given)
	}
	return kind
}

func (f *fields) metricType() {
	if f.typed(`an aggregator, such as longSum`, druid.AggregatorTypes()...) == "filtered" {
		if inner := f.given("aggregator"); inner != nil {
			f.inner(inner, "aggregator", (*fields).metricType)
		}
		if filter := f.given("filter"); filter != nil {
			f.inner(filter, "filter", (*fields).filterType)
		}
	}
}

func (f *fields) filterType() {
	switch f.typed(`a filter, such as equals`, druid.FilterTypes()...) {
	case "not":
		if inner := f.given("field"); inner != nil {
			f.inner(inner, "field", (*fields).filterType)
		}
	case "and", "or":
		_, all := f.list("fields")
		for _, one := range all {
			f.inner(one, "fields", (*fields).filterType)
		}
	}
}

func (f *fields) projectionType() {
	f.typed("a projection, which is aggregate", "aggregate")
	if f.text("name") == "" {
		f.refuse("name", "must be the name of the projection, but is %s", shown(orNull(f.given("name"))))
	}
	_, columns := f.list("groupingColumns")
	_, metrics := f.list("aggregators")
	if len(columns)+len(metrics) == 0 {
		f.refuse("groupingColumns", "must name the columns that rows are grouped by, or aggregators must have a metric")
	}
	for _, metric := range metrics {
		f.inner(metric, "aggregators", func(m *fields) {
			m.metricType()
			m.named(m.text("type"))
		})
	}
}

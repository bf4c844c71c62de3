package spec

import (
	"strings"
)

// aggregates are the ids of Druid's that can be ingested, without the type of the column.
var aggregates = [...]string{Sum: "Sum", Min: "Min", Max: "Max"}

const supportedAggregators = "aggregators can be count and longSum, longMin, longMax, doubleSum, doubleMin, doubleMax, floatSum, floatMin, floatMax"

func (r *reader) metricsSpec(v value) []Aggregator {
	var metrics []Aggregator
	for _, item := range r.list(v) {
		metrics = append(metrics, r.aggregator(item))
	}
	return metrics
}

func (r *reader) aggregator(v value) Aggregator {
	var a Aggregator
	if v.kind != object {
		r.refuse(v, "must be an object with type and name, but is %s", v.shown())
		return a
	}
	id := v.field("type")
	if id.missing() {
		r.refuse(id, "is missing: %s", supportedAggregators)
		return a
	}
	name := r.text(id, "")
	if !a.setType(name) {
		r.unsupported(id, supportedAggregators)
		return a
	}
	a.Name = r.text(v.field("name"), "")
	switch {
	case v.field("name").missing():
		r.refuse(v.field("name"), "is missing: it is the column that the metric becomes")
	case a.Name == "":
		r.refuse(v.field("name"), "must not be empty")
	}
	if a.Aggregate == Count {
		return a
	}
	input, expression := v.field("fieldName"), v.field("expression")
	if input.missing() && expression.missing() {
		r.refuseAsDruid(v, "Cannot construct instance of `org.apache.druid.query.aggregation.%s%sAggregatorFactory`, problem: "+
			"Must have a valid, non-null fieldName or expression", strings.ToUpper(name[:1]), name[1:])
	}
	if !expression.missing() {
		r.unsupported(expression, "use fieldName")
	}
	a.Field = r.text(input, "")
	return a
}

// setType sets aggregate and type from an id such as longSum, and tells whether it is one.
func (a *Aggregator) setType(id string) bool {
	if id == "count" {
		a.Aggregate, a.Type = Count, Long
		return true
	}
	for _, t := range []ColumnType{Long, Float, Double} {
		for aggregate := Sum; aggregate <= Max; aggregate++ {
			if id == t.String()+aggregates[aggregate] {
				a.Aggregate, a.Type = aggregate, t
				return true
			}
		}
	}
	return false
}

// ID is the aggregator's type as Druid names it, such as longSum.
func (a *Aggregator) ID() string {
	if a.Aggregate == Count {
		return "count"
	}
	return a.Type.String() + aggregates[a.Aggregate]
}

func (a Aggregator) appendJSON(dst []byte) []byte {
	e := beginObject(dst)
	e.text("type", a.ID())
	e.text("name", a.Name)
	if a.Aggregate != Count {
		e.text("fieldName", a.Field)
	}
	return e.end()
}

package kafka

import (
	"encoding/json"
	"math"
	"strings"
)

// metricName is that of a metric. One that others are filtered for may have the name of that.
func metricName(v value) string {
	name, _ := v.field("name").text()
	if inner := v.field("aggregator"); name == "" && !inner.missing() {
		return metricName(inner)
	}
	return name
}

// metricForm is the form of an aggregator. Types that are not known here are left to the extensions that know them.
func metricForm(v value) any {
	typ, _ := v.field("type").text()
	switch {
	case !v.is('{'):
		v.refuse("must be an object with type and name, but is %s", v.shown())
		return nil
	case typ == "":
		v.field("type").refuse("is missing: it must be the type of an aggregator, such as count or longSum")
	case metricName(v) == "":
		v.field("name").refuse("is missing: it must be the name of the column that the metric becomes")
	case readsNumbers(typ) && v.field("fieldName").missing() == v.field("expression").missing():
		v.field("fieldName").refuse("must be the name of the field that is read, or expression what is made of fields, and not both")
	case readsField(typ) && v.field("fieldName").missing():
		v.field("fieldName").refuse("is missing: it must be the name of the field that is read")
	case typ == "filtered" && v.field("filter").missing():
		v.field("filter").refuse("is missing: it must say which rows the metric is of")
	case typ == "filtered" && v.field("aggregator").missing():
		v.field("aggregator").refuse("is missing: it must be the metric that is made of these rows")
	case typ == "singleValue" && v.field("columnType").missing():
		v.field("columnType").refuse("is missing: it must be the type of the column, such as LONG")
	case strings.HasPrefix(typ, "string") && typ != "stringAny":
		v.field("maxStringBytes").whole(1, math.MaxInt32)
	}
	known := members{
		"type": {form: textForm}, "name": {form: textForm}, "fieldName": {form: textForm}, "expression": {form: textForm}, "fields": {form: listOf(fieldForm)},
		"aggregator": {form: metricForm}, "filter": {form: filterForm},
	}
	if typ == "count" {
		known["fieldName"] = member{form: unused}
	}
	for name, unset := range metricDefaults(typ, v) {
		known[name] = member{formLike(unset), unset}
	}
	all := known.object(v)
	if typ == "filtered" {
		all["name"] = metricName(v)
	}
	return all
}

// formLike reads what is of the kind of another form.
func formLike(form any) func(value) any {
	switch form.(type) {
	case bool:
		return truthForm
	case json.Number:
		return intForm
	}
	return textForm
}

// readsNumbers tells whether a type of aggregators is one of those for sums and the like.
func readsNumbers(typ string) bool {
	for _, of := range []string{"long", "float", "double"} {
		if kind, is := strings.CutPrefix(typ, of); is {
			return kind == "Sum" || kind == "Min" || kind == "Max"
		}
	}
	return false
}

// readsField tells whether a type of aggregators is one of those of Druid's that read one field.
func readsField(typ string) bool {
	for _, of := range []string{"long", "float", "double", "string"} {
		if kind, is := strings.CutPrefix(typ, of); is {
			return kind == "First" || kind == "Last" || kind == "Any" || kind == "FirstFold" || kind == "LastFold" || typ == "doubleMean"
		}
	}
	return typ == "hyperUnique" || typ == "histogram" || typ == "singleValue"
}

// fieldForm is the form of a field that is read as it is, for which Druid has several.
func fieldForm(v value) any {
	if !v.is('{') {
		return v.plain()
	}
	all := members{"dimension": {form: textForm}, "outputType": {textForm, "STRING"}, "outputName": {textForm, v.field("dimension").plain()}}.object(v)
	if all["type"] == "default" || all["type"] == "LegacyDimensionSpec" {
		delete(all, "type")
	}
	if len(all) == 1 && all["dimension"] != nil {
		return all["dimension"]
	}
	return all
}

// metricDefaults are what members of a type of aggregators are if they are missing.
func metricDefaults(typ string, v value) map[string]any {
	switch {
	case typ == "hyperUnique":
		return map[string]any{"isInputHyperUnique": false, "round": false}
	case typ == "cardinality":
		return map[string]any{"byRow": false, "round": false}
	case typ == "stringFirst", typ == "stringLast":
		return map[string]any{"timeColumn": timeColumn, "maxStringBytes": numberOf(1024)}
	case typ == "stringAny":
		return map[string]any{"maxStringBytes": numberOf(1024), "aggregateMultipleValues": true}
	case strings.HasSuffix(typ, "First"), strings.HasSuffix(typ, "Last"):
		return map[string]any{"timeColumn": timeColumn}
	case typ == "thetaSketch":
		return map[string]any{"size": numberOf(16384), "shouldFinalize": true, "isInputThetaSketch": false}
	case typ == "HLLSketchBuild", typ == "HLLSketchMerge":
		return map[string]any{"lgK": numberOf(12), "tgtHllType": "HLL_4", "stringEncoding": "utf16le", "shouldFinalize": true, "round": false}
	case typ == "quantilesDoublesSketch":
		return map[string]any{"k": numberOf(128), "maxStreamLength": numberOf(1_000_000_000), "shouldFinalize": true}
	case typ == "KllDoublesSketch", typ == "KllFloatsSketch":
		return map[string]any{"k": numberOf(200), "maxStreamLength": numberOf(1_000_000_000)}
	case typ == "arrayOfDoublesSketch":
		columns := 1
		if given := v.field("metricColumns"); given.is('[') {
			columns = len(given.items())
		}
		return map[string]any{"nominalEntries": numberOf(4096), "numberOfValues": numberOf(int64(columns))}
	}
	return nil
}

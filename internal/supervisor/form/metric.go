package form

import (
	"encoding/json"
	"math"
	"strings"

	"ovate/internal/supervisor/document"
)

// metricName is that of a metric. One that others are filtered for may have the name of that.
func metricName(v document.Value) string {
	name, _ := v.Field("name").Text()
	if inner := v.Field("aggregator"); name == "" && !inner.Missing() {
		return metricName(inner)
	}
	return name
}

// metricForm is the form of an aggregator. Types that are not known here are left to the extensions that know them.
func metricForm(v document.Value) any {
	typ, _ := v.Field("type").Text()
	switch {
	case !v.Is('{'):
		v.Refuse("must be an object with type and name, but is %s", v.Shown())
		return nil
	case typ == "":
		v.Field("type").Refuse("is missing: it must be the type of an aggregator, such as count or longSum")
	case metricName(v) == "":
		v.Field("name").Refuse("is missing: it must be the name of the column that the metric becomes")
	case readsNumbers(typ) && v.Field("fieldName").Missing() == v.Field("expression").Missing():
		v.Field("fieldName").Refuse("must be the name of the field that is read, or expression what is made of fields, and not both")
	case readsField(typ) && v.Field("fieldName").Missing():
		v.Field("fieldName").Refuse("is missing: it must be the name of the field that is read")
	case typ == "filtered" && v.Field("filter").Missing():
		v.Field("filter").Refuse("is missing: it must say which rows the metric is of")
	case typ == "filtered" && v.Field("aggregator").Missing():
		v.Field("aggregator").Refuse("is missing: it must be the metric that is made of these rows")
	case typ == "singleValue" && v.Field("columnType").Missing():
		v.Field("columnType").Refuse("is missing: it must be the type of the column, such as LONG")
	case strings.HasPrefix(typ, "string") && typ != "stringAny":
		v.Field("maxStringBytes").Whole(1, math.MaxInt32)
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
func formLike(form any) func(document.Value) any {
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
func fieldForm(v document.Value) any {
	if !v.Is('{') {
		return plain(v)
	}
	all := members{"dimension": {form: textForm}, "outputType": {textForm, "STRING"}, "outputName": {textForm, plain(v.Field("dimension"))}}.object(v)
	if all["type"] == "default" || all["type"] == "LegacyDimensionSpec" {
		delete(all, "type")
	}
	if len(all) == 1 && all["dimension"] != nil {
		return all["dimension"]
	}
	return all
}

// metricDefaults are what members of a type of aggregators are if they are missing.
func metricDefaults(typ string, v document.Value) map[string]any {
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
		if given := v.Field("metricColumns"); given.Is('[') {
			columns = len(given.Items())
		}
		return map[string]any{"nominalEntries": numberOf(4096), "numberOfValues": numberOf(int64(columns))}
	}
	return nil
}

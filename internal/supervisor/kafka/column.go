package kafka

import (
	"slices"
	"strings"
	"unicode"
)

// dimensionsSpecForm is the form of one, without what Druid excludes by itself.
func dimensionsSpecForm(v value, own map[string]bool) any {
	if !v.object() {
		return nil
	}
	all := members{
		"dimensions":             {form: listOf(dimensionForm)},
		"dimensionExclusions":    {form: listOf(textForm)},
		"spatialDimensions":      {form: listOf(spatialForm)},
		"includeAllDimensions":   {truthForm, false},
		"useSchemaDiscovery":     {truthForm, false},
		"forceSegmentSortByTime": {truthForm, true},
	}.object(v)
	dimensions, _ := all["dimensions"].([]any)
	spatial, _ := all["spatialDimensions"].([]any)
	delete(all, "spatialDimensions")
	if len(spatial) > 0 {
		all["dimensions"] = slices.Concat(dimensions, spatial)
	}
	excluded, _ := all["dimensionExclusions"].([]any)
	checkExclusions(v)
	var names []string
	for _, name := range excluded {
		if text, is := name.(string); is && !own[text] {
			names = append(names, text)
		}
	}
	slices.Sort(names)
	all["dimensionExclusions"] = slices.Compact(names)
	return all
}

// checkExclusions refuses what is a dimension, and excluded from them, too.
func checkExclusions(v value) {
	listed := map[string]bool{}
	for _, d := range v.field("dimensions").items() {
		listed[dimensionName(d)] = true
	}
	for _, e := range v.field("dimensionExclusions").items() {
		if name, there := e.text(); there && listed[name] {
			e.refuse("is %q, which is a dimension, too: leave it out of one of the lists", name)
		}
	}
}

// dimensionName is that of a dimension, which may be nothing but a name.
func dimensionName(v value) string {
	if !v.is('"') {
		v = v.field("name")
	}
	name, _ := v.text()
	return name
}

// dimensionForm is the form of one. A name is a string column, and so is what has no type.
func dimensionForm(v value) any {
	if dimensionName(v) == "" {
		v.refuse("must be the name of a column, or an object with its type and name, but is %s", v.shown())
	}
	if v.is('"') {
		return map[string]any{"name": v.unquoted()}
	}
	typ, _ := v.field("type").text()
	all := members{
		"type": {textForm, "string"}, "name": {form: textForm}, "castToType": {form: textForm}, "formatVersion": {intForm, numberOf(5)},
		"multiValueHandling": {handlingForm, "SORTED_ARRAY"}, "createBitmapIndex": {truthForm, true},
	}.object(v)
	switch typ {
	case "long", "float", "double", "spatial", "json", "auto": // which have both as Druid wants
		delete(all, "multiValueHandling")
		delete(all, "createBitmapIndex")
	}
	return all
}

func handlingForm(v value) any {
	text, there := v.text()
	if !there {
		return nil
	}
	all := []string{"SORTED_ARRAY", "SORTED_SET", "ARRAY"}
	if !slices.Contains(all, strings.ToUpper(text)) {
		v.refuse("must be one of %s, but is %s", strings.Join(all, ", "), v.shown())
	}
	return strings.ToUpper(text)
}

// spatialForm is the form of a dimension from a list of old.
func spatialForm(v value) any {
	name, _ := v.field("dimName").text()
	return map[string]any{"type": "spatial", "name": name, "dims": v.field("dims").plain()}
}

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
	}
	known := members{"aggregator": {form: metricForm}}
	for name, unset := range metricDefaults(typ) {
		known[name] = member{value.plain, unset}
	}
	all := known.object(v)
	if typ == "filtered" {
		all["name"] = metricName(v)
	}
	return all
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

// metricDefaults are what members of a type of aggregators are if they are missing.
func metricDefaults(typ string) map[string]any {
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
	}
	return nil
}

// words are all texts within a value, and the names of columns that may be in these, as in expressions.
func words(v value) map[string]bool {
	all := map[string]bool{}
	var add func(any)
	add = func(form any) {
		switch form := form.(type) {
		case string:
			all[form] = true
			for _, word := range strings.FieldsFunc(form, func(c rune) bool {
				return !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '_' && c != '.' && c != '$'
			}) {
				all[word] = true
			}
			for i, quoted := range strings.Split(form, `"`) {
				if i%2 == 1 {
					all[quoted] = true
				}
			}
		case []any:
			for _, each := range form {
				add(each)
			}
		case map[string]any:
			for _, each := range form {
				add(each)
			}
		}
	}
	add(v.plain())
	return all
}

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
		switch name, there := e.text(); {
		case !there:
			e.refuse("must be the name of a field, but is %s", e.shown())
		case listed[name]:
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
	known := members{
		"type": {textForm, "string"}, "name": {form: textForm}, "dims": {form: listOf(textForm)}, "castToType": {form: unused}, "formatVersion": {form: unused},
		"multiValueHandling": {handlingForm, "SORTED_ARRAY"}, "createBitmapIndex": {truthForm, true},
	}
	switch typ, _ := v.field("type").text(); typ {
	case "json":
		known["formatVersion"] = member{intForm, numberOf(5)}
		fallthrough
	case "long", "float", "double", "spatial", "auto": // which have both as Druid wants
		known["multiValueHandling"], known["createBitmapIndex"] = member{form: unused}, member{form: unused}
		if typ == "auto" {
			known["castToType"] = member{form: castForm}
		}
	}
	return known.of(v)
}

// castForm is that of the type of an automatic column, which is no float, whatever is said.
func castForm(v value) any {
	text, there := v.text()
	if !there {
		return nil
	}
	return strings.Replace(text, "FLOAT", "DOUBLE", 1)
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
	all := members{"dimName": {form: textForm}, "dims": {form: listOf(textForm)}}.object(v)
	all["type"], all["name"] = "spatial", all["dimName"]
	delete(all, "dimName")
	return all
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

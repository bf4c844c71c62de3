package form

import (
	"slices"
	"strings"
	"unicode"

	"ovate/internal/supervisor/document"
)

// dimensionsSpecForm is the form of one, without what Druid excludes by itself.
func dimensionsSpecForm(v document.Value, own map[string]bool) any {
	if !v.Object() {
		return nil
	}
	all := columnMembers().object(v)
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

// columnMembers are those of a dimensionsSpec.
func columnMembers() members {
	return members{
		"dimensions":             {form: listOf(dimensionForm)},
		"dimensionExclusions":    {form: listOf(textForm)},
		"spatialDimensions":      {form: listOf(spatialForm)},
		"includeAllDimensions":   {truthForm, false},
		"useSchemaDiscovery":     {truthForm, false},
		"forceSegmentSortByTime": {truthForm, true},
	}
}

// checkExclusions refuses what is a dimension, and excluded from them, too.
func checkExclusions(v document.Value) {
	listed := map[string]bool{}
	for _, d := range v.Field("dimensions").Items() {
		listed[dimensionName(d)] = true
	}
	for _, e := range v.Field("dimensionExclusions").Items() {
		switch name, there := e.Text(); {
		case !there:
			e.Refuse("must be the name of a field, but is %s", e.Shown())
		case listed[name]:
			e.Refuse("is %q, which is a dimension, too: leave it out of one of the lists", name)
		}
	}
}

// dimensionName is that of a dimension, which may be nothing but a name.
func dimensionName(v document.Value) string {
	if !v.Is('"') {
		v = v.Field("name")
	}
	name, _ := v.Text()
	return name
}

// dimensionForm is the form of one. A name is a string column, and so is what has no type.
func dimensionForm(v document.Value) any {
	if dimensionName(v) == "" {
		v.Refuse("must be the name of a column, or an object with its type and name, but is %s", v.Shown())
	}
	if v.Is('"') {
		return map[string]any{"name": v.Unquoted()}
	}
	known := members{
		"type": {textForm, "string"}, "name": {form: textForm}, "dims": {form: listOf(textForm)}, "castToType": {form: unused}, "formatVersion": {form: unused},
		"multiValueHandling": {handlingForm, "SORTED_ARRAY"}, "createBitmapIndex": {truthForm, true},
	}
	switch typ, _ := v.Field("type").Text(); typ {
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
func castForm(v document.Value) any {
	text, there := v.Text()
	if !there {
		return nil
	}
	return strings.Replace(text, "FLOAT", "DOUBLE", 1)
}

func handlingForm(v document.Value) any {
	text, there := v.Text()
	if !there {
		return nil
	}
	all := []string{"SORTED_ARRAY", "SORTED_SET", "ARRAY"}
	if !slices.Contains(all, strings.ToUpper(text)) {
		v.Refuse("must be one of %s, but is %s", strings.Join(all, ", "), v.Shown())
	}
	return strings.ToUpper(text)
}

// spatialForm is the form of a dimension from a list of old.
func spatialForm(v document.Value) any {
	all := members{"dimName": {form: textForm}, "dims": {form: listOf(textForm)}}.object(v)
	all["type"], all["name"] = "spatial", all["dimName"]
	delete(all, "dimName")
	return all
}

// words are all texts within a document.Value, and the names of columns that may be in these, as in expressions.
func words(v document.Value) map[string]bool {
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
	add(plain(v))
	return all
}

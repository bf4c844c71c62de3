package form

import (
	"cmp"
	"fmt"
	"slices"

	"ovate/internal/supervisor/document"
)

// transformForm is the form of a transformSpec.
func transformForm(v document.Value) any {
	seen := map[string]bool{}
	for _, each := range v.Field("transforms").Items() {
		name, _ := each.Field("name").Text()
		for _, needed := range []string{"name", "expression"} {
			if each.Typed() == "expression" && each.Field(needed).Missing() {
				each.Field(needed).Refuse("is missing: a transform of type expression must have it")
			}
		}
		if seen[name] {
			each.Field("name").Refuse("is %q, as that of another transform is: leave one of them out", name)
		}
		seen[name] = true
	}
	transforms := listOf(members{"type": {form: textForm}, "name": {form: textForm}, "expression": {form: textForm}}.of)
	return members{"filter": {form: filterForm}, "transforms": {form: transforms}}.of(v)
}

// filterForm is the form of a filter of rows.
func filterForm(v document.Value) any {
	if !v.Missing() {
		v.Typed()
	}
	known := members{
		"type": {form: textForm}, "dimension": {form: textForm}, "column": {form: textForm}, "field": {form: filterForm}, "fields": {form: listOf(filterForm)},
		"ordering": {orderingForm, "lexicographic"}, "lowerStrict": {truthForm, false}, "upperStrict": {truthForm, false},
	}
	typ, _ := v.Field("type").Text()
	checkFilter(v, typ)
	if typ == "in" {
		known["values"] = member{form: listOf(textForm)}
	}
	all := known.object(v)
	if values, is := all["values"].([]any); is && typ == "in" { // a set
		slices.SortFunc(values, func(a, b any) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		all["values"] = slices.Compact(values)
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// checkFilter refuses a filter without what its type needs.
func checkFilter(v document.Value, typ string) {
	needs := map[string][]string{
		"selector": {"dimension"}, "bound": {"dimension"}, "in": {"dimension", "values"}, "like": {"dimension", "pattern"}, "regex": {"dimension", "pattern"},
		"null": {"column"}, "equals": {"column", "matchValue", "matchValueType"}, "range": {"column"}, "not": {"field"}, "and": {"fields"}, "or": {"fields"},
	}
	for _, name := range needs[typ] {
		if v.Field(name).Missing() {
			v.Field(name).Refuse("is missing: a filter of type %s must have it", typ)
		}
	}
	if typ == "bound" && v.Field("lower").Missing() && v.Field("upper").Missing() {
		v.Field("lower").Refuse("is missing, and so is upper: a filter of type bound must have one of them")
	}
	fields := v.Field("fields")
	for _, each := range fields.Items() {
		if each.Missing() {
			each.Refuse("must be a filter, but is null")
		}
	}
	if (typ == "and" || typ == "or") && len(fields.Items()) == 0 {
		fields.Refuse("must have a filter in it, as it is one of type %s", typ)
	}
}

// orderingForm is the form of an order of texts, which may be nothing but its name.
func orderingForm(v document.Value) any {
	if v.Is('{') {
		return plain(v.Field("type"))
	}
	return plain(v)
}

package kafka

import (
	"cmp"
	"fmt"
	"slices"
)

// transformForm is the form of a transformSpec.
func transformForm(v value) any {
	seen := map[string]bool{}
	for _, each := range v.field("transforms").items() {
		name, _ := each.field("name").text()
		for _, needed := range []string{"name", "expression"} {
			if each.typed() == "expression" && each.field(needed).missing() {
				each.field(needed).refuse("is missing: a transform of type expression must have it")
			}
		}
		if seen[name] {
			each.field("name").refuse("is %q, as that of another transform is: leave one of them out", name)
		}
		seen[name] = true
	}
	transforms := listOf(members{"type": {form: textForm}, "name": {form: textForm}, "expression": {form: textForm}}.of)
	return members{"filter": {form: filterForm}, "transforms": {form: transforms}}.of(v)
}

// filterForm is the form of a filter of rows.
func filterForm(v value) any {
	if !v.missing() {
		v.typed()
	}
	known := members{
		"type": {form: textForm}, "dimension": {form: textForm}, "column": {form: textForm}, "field": {form: filterForm}, "fields": {form: listOf(filterForm)},
		"ordering": {orderingForm, "lexicographic"}, "lowerStrict": {truthForm, false}, "upperStrict": {truthForm, false},
	}
	typ, _ := v.field("type").text()
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
func checkFilter(v value, typ string) {
	needs := map[string][]string{
		"selector": {"dimension"}, "bound": {"dimension"}, "in": {"dimension", "values"}, "like": {"dimension", "pattern"}, "regex": {"dimension", "pattern"},
		"null": {"column"}, "equals": {"column", "matchValue", "matchValueType"}, "range": {"column"}, "not": {"field"}, "and": {"fields"}, "or": {"fields"},
	}
	for _, name := range needs[typ] {
		if v.field(name).missing() {
			v.field(name).refuse("is missing: a filter of type %s must have it", typ)
		}
	}
	if typ == "bound" && v.field("lower").missing() && v.field("upper").missing() {
		v.field("lower").refuse("is missing, and so is upper: a filter of type bound must have one of them")
	}
	fields := v.field("fields")
	for _, each := range fields.items() {
		if each.missing() {
			each.refuse("must be a filter, but is null")
		}
	}
	if (typ == "and" || typ == "or") && len(fields.items()) == 0 {
		fields.refuse("must have a filter in it, as it is one of type %s", typ)
	}
}

// orderingForm is the form of an order of texts, which may be nothing but its name.
func orderingForm(v value) any {
	if v.is('{') {
		return v.field("type").plain()
	}
	return v.plain()
}

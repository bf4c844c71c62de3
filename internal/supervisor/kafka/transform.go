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
	return members{"filter": {form: filterForm}}.of(v)
}

// filterForm is the form of a filter of rows.
func filterForm(v value) any {
	if !v.missing() {
		v.typed()
	}
	known := members{
		"type": {form: textForm}, "dimension": {form: textForm}, "field": {form: filterForm}, "fields": {form: listOf(filterForm)}, "ordering": {orderingForm, "lexicographic"},
		"lowerStrict": {truthForm, false}, "upperStrict": {truthForm, false},
	}
	typ, _ := v.field("type").text()
	if typ == "in" {
		known["values"] = member{form: listOf(textForm)}
	}
	all := known.object(v)
	if values, is := all["values"].([]any); is && typ == "in" { // whose order does not matter
		slices.SortFunc(values, func(a, b any) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// orderingForm is the form of an order of texts, which may be nothing but its name.
func orderingForm(v value) any {
	if v.is('{') {
		return v.field("type").plain()
	}
	return v.plain()
}

package form

import (
	"math"
	"slices"
	"strings"

	"ovate/internal/spec"
	"ovate/internal/supervisor/document"
)

// CheckFormat refuses an inputFormat that Druid would, as far as its type is known here. Others are left to the extensions that know them.
func CheckFormat(v document.Value) {
	switch v.Typed() {
	case "csv":
		checkTable(v, ",")
	case "tsv":
		delimiter, there := v.Field("delimiter").Text()
		if !there {
			delimiter = "\t"
		}
		checkTable(v, delimiter)
	case "json":
		checkJSON(v)
	case "regex":
		v.Field("columns").List()
	case "kafka":
		inner := v.Field("valueFormat")
		if inner.Missing() {
			inner.Refuse(`is missing: it must be the format of the values of records, such as {"type":"json"}`)
		}
		for _, name := range []string{"valueFormat", "keyFormat"} {
			if format := v.Field(name); !format.Missing() {
				CheckFormat(format)
			}
		}
		if headers := v.Field("headerFormat"); !headers.Missing() {
			headers.Typed()
		}
	}
}

// checkTable checks a format whose rows are fields with a delimiter between.
func checkTable(v document.Value, delimiter string) {
	columns, find := v.Field("columns"), v.Field("findColumnsFromHeader")
	header, _ := find.Truth()
	if legacy := v.Field("hasHeaderRow"); find.Missing() {
		header, _ = legacy.Truth()
	} else if !legacy.Missing() && len(columns.Items()) == 0 {
		legacy.Refuse("must be missing if there is findColumnsFromHeader, which says the same: leave it out")
	}
	names := columns.Items()
	if len(names) == 0 && !header {
		columns.Refuse("is missing: it must be the list of columns, unless findColumnsFromHeader is true as the first row names them")
	}
	for _, each := range names {
		if name, there := each.Text(); !there || strings.Contains(name, delimiter) {
			each.Refuse("must be the name of a column, without the delimiter %q in it, but is %s", delimiter, each.Shown())
		}
	}
	if list := v.Field("listDelimiter"); !list.Missing() {
		if text, _ := list.Text(); text == delimiter {
			list.Refuse("must be another text than stands between two fields, but is %s, too", list.Shown())
		}
	}
	v.Field("skipHeaderRows").Whole(math.MinInt32, math.MaxInt32)
	v.Field("tryParseNumbers").Truth()
}

// checkJSON checks the format of records that are JSON.
func checkJSON(v document.Value) {
	if features := v.Field("featureSpec"); features.Object() {
		for name, raw := range features.Members() {
			feature := features.At(name, raw)
			if _, there := feature.Truth(); !there {
				feature.Refuse("must be true or false, but is %s", feature.Shown())
			} else if !slices.Contains(spec.JSONFeatures(), name) {
				feature.Refuse("is no feature of the JSON parser; known are %s", strings.Join(spec.JSONFeatures(), ", "))
			}
		}
	}
	v.Field("keepNullColumns").Truth()
	lines, _ := v.Field("assumeNewlineDelimited").Truth()
	if nodes, _ := v.Field("useJsonNodeReader").Truth(); nodes && lines {
		v.Field("useJsonNodeReader").Refuse("must not be true when assumeNewlineDelimited is")
	}
	flat := v.Field("flattenSpec")
	flat.Object()
	flat.Field("useFieldDiscovery").Truth()
	for _, field := range flat.Field("fields").Items() {
		checkFlattened(field)
	}
}

// checkFlattened checks a field that is found deeper in a record. A name alone is one of its top.
func checkFlattened(v document.Value) {
	if v.Is('"') {
		return
	}
	name, kind := v.Field("name"), v.Field("type")
	switch typ, _ := kind.Text(); strings.ToLower(typ) {
	case "root":
	case "path", "jq":
		if v.Field("expr").Missing() {
			v.Field("expr").Refuse("is missing: it must say where the field is, such as $.a.b")
		}
	case "tree":
		if len(v.Field("nodes").Items()) == 0 {
			v.Field("nodes").Refuse("is missing: it must be the list of names that lead to the field")
		}
	default:
		kind.Refuse("must be one of root, path, jq, tree, but is %s", kind.Shown())
	}
	if name.Missing() {
		name.Refuse("is missing: it must be the name of the field")
	}
}

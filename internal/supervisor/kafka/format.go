package kafka

import (
	"math"
	"slices"
	"strings"
)

// checkFormat refuses an inputFormat that Druid would, as far as its type is known here. Others are left to the extensions that know them.
func checkFormat(v value) {
	switch v.typed() {
	case "csv":
		checkTable(v, ",")
	case "tsv":
		delimiter, there := v.field("delimiter").text()
		if !there {
			delimiter = "\t"
		}
		checkTable(v, delimiter)
	case "json":
		checkJSON(v)
	case "regex":
		v.field("columns").list()
	case "kafka":
		inner := v.field("valueFormat")
		if inner.missing() {
			inner.refuse(`is missing: it must be the format of the values of records, such as {"type":"json"}`)
		}
		for _, name := range []string{"valueFormat", "keyFormat"} {
			if format := v.field(name); !format.missing() {
				checkFormat(format)
			}
		}
		if headers := v.field("headerFormat"); !headers.missing() {
			headers.typed()
		}
	}
}

// checkTable checks a format whose rows are fields with a delimiter between.
func checkTable(v value, delimiter string) {
	columns, find := v.field("columns"), v.field("findColumnsFromHeader")
	header, _ := find.truth()
	if legacy := v.field("hasHeaderRow"); find.missing() {
		header, _ = legacy.truth()
	} else if !legacy.missing() && len(columns.items()) == 0 {
		legacy.refuse("must be missing if there is findColumnsFromHeader, which says the same: leave it out")
	}
	names := columns.items()
	if len(names) == 0 && !header {
		columns.refuse("is missing: it must be the list of columns, unless findColumnsFromHeader is true as the first row names them")
	}
	for _, each := range names {
		if name, there := each.text(); !there || strings.Contains(name, delimiter) {
			each.refuse("must be the name of a column, without the delimiter %q in it, but is %s", delimiter, each.shown())
		}
	}
	if list := v.field("listDelimiter"); !list.missing() {
		if text, _ := list.text(); text == delimiter {
			list.refuse("must be another text than stands between two fields, but is %s, too", list.shown())
		}
	}
	v.field("skipHeaderRows").whole(math.MinInt32, math.MaxInt32)
	v.field("tryParseNumbers").truth()
}

// checkJSON checks the format of records that are JSON.
func checkJSON(v value) {
	if features := v.field("featureSpec"); features.object() {
		for name, raw := range features.members() {
			feature := features.at(name, raw)
			if _, there := feature.truth(); !there {
				feature.refuse("must be true or false, but is %s", feature.shown())
			} else if !slices.Contains(jsonFeatures, name) {
				feature.refuse("is no feature of the JSON parser; known are %s", strings.Join(jsonFeatures, ", "))
			}
		}
	}
	v.field("keepNullColumns").truth()
	lines, _ := v.field("assumeNewlineDelimited").truth()
	if nodes, _ := v.field("useJsonNodeReader").truth(); nodes && lines {
		v.field("useJsonNodeReader").refuse("must not be true when assumeNewlineDelimited is")
	}
	flat := v.field("flattenSpec")
	flat.object()
	flat.field("useFieldDiscovery").truth()
	for _, field := range flat.field("fields").items() {
		checkFlattened(field)
	}
}

// jsonFeatures are the settings of Jackson's parser.
var jsonFeatures = []string{
	"AUTO_CLOSE_SOURCE", "ALLOW_COMMENTS", "ALLOW_YAML_COMMENTS", "ALLOW_UNQUOTED_FIELD_NAMES", "ALLOW_SINGLE_QUOTES", "ALLOW_UNQUOTED_CONTROL_CHARS",
	"ALLOW_BACKSLASH_ESCAPING_ANY_CHARACTER", "ALLOW_NUMERIC_LEADING_ZEROS", "ALLOW_LEADING_DECIMAL_POINT_FOR_NUMBERS", "ALLOW_NON_NUMERIC_NUMBERS",
	"ALLOW_MISSING_VALUES", "ALLOW_TRAILING_COMMA", "STRICT_DUPLICATE_DETECTION", "IGNORE_UNDEFINED", "INCLUDE_SOURCE_IN_LOCATION",
}

// checkFlattened checks a field that is found deeper in a record. A name alone is one of its top.
func checkFlattened(v value) {
	if v.is('"') {
		return
	}
	name, kind := v.field("name"), v.field("type")
	switch typ, _ := kind.text(); strings.ToLower(typ) {
	case "root":
	case "path", "jq":
		if v.field("expr").missing() {
			v.field("expr").refuse("is missing: it must say where the field is, such as $.a.b")
		}
	case "tree":
		if len(v.field("nodes").items()) == 0 {
			v.field("nodes").refuse("is missing: it must be the list of names that lead to the field")
		}
	default:
		kind.refuse("must be one of root, path, jq, tree, but is %s", kind.shown())
	}
	if name.missing() {
		name.refuse("is missing: it must be the name of the field")
	}
}

package spec

import (
	"slices"
	"strings"
)

const supportedFormats = "input formats can be json, csv or tsv"

func (r *reader) inputFormat(v value) InputFormat {
	if !r.present(v, "the type json, csv or tsv and what belongs to it") {
		return JSONFormat{}
	}
	switch t := v.field("type"); r.text(t, "") {
	case "regex", "kafka", "kinesis", "lines", "parquet", "orc", "avro_ocf", "avro_stream", "protobuf", "thrift", "influx", "javascript":
		r.unsupported(t, supportedFormats)
		return JSONFormat{}
	}
	// The ids are those that Druid lists, so that its answer and ours are the same.
	switch r.typeOf(v, "org.apache.druid.data.input.InputFormat", "csv", "json", "kafka", "regex", "tsv") {
	case "csv":
		return r.textFormat(v, TextFormat{Quoted: true, Delimiter: ","})
	case "tsv":
		return r.textFormat(v, TextFormat{Delimiter: r.text(v.field("delimiter"), "\t")})
	}
	return r.jsonFormat(v)
}

// JSONFeatures are the settings of Jackson's parser that a spec may name.
func JSONFeatures() []string {
	return []string{
		"AUTO_CLOSE_SOURCE", "ALLOW_COMMENTS", "ALLOW_YAML_COMMENTS", "ALLOW_UNQUOTED_FIELD_NAMES", "ALLOW_SINGLE_QUOTES",
		"ALLOW_UNQUOTED_CONTROL_CHARS", "ALLOW_BACKSLASH_ESCAPING_ANY_CHARACTER", "ALLOW_NUMERIC_LEADING_ZEROS",
		"ALLOW_LEADING_DECIMAL_POINT_FOR_NUMBERS", "ALLOW_NON_NUMERIC_NUMBERS", "ALLOW_MISSING_VALUES", "ALLOW_TRAILING_COMMA",
		"STRICT_DUPLICATE_DETECTION", "IGNORE_UNDEFINED", "INCLUDE_SOURCE_IN_LOCATION",
	}
}

func (r *reader) jsonFeature(v value, name string, f *JSONFormat) {
	if !slices.Contains(JSONFeatures(), name) {
		r.refuse(v, "is no feature of the JSON parser; known are %s", strings.Join(JSONFeatures(), ", "))
	}
	if v.missing() {
		r.refuse(v, "must be true or false, but is null")
	}
	on := r.boolean(v, false)
	if on && (name == "STRICT_DUPLICATE_DETECTION" || name == "IGNORE_UNDEFINED") {
		r.unsupported(v, "leave "+name+" out")
	}
	if _, twice := f.Features[name]; !twice {
		f.featureNames = append(f.featureNames, name)
	}
	f.Features[name] = on
}

func (r *reader) jsonFormat(v value) JSONFormat {
	f := JSONFormat{}
	r.flattenSpec(v.field("flattenSpec"), &f)
	if features := v.field("featureSpec"); r.object(features) {
		f.Features = map[string]bool{}
		for _, feature := range features.fields {
			r.jsonFeature(features.field(feature.name), feature.name, &f)
		}
	}
	keep := v.field("keepNullColumns")
	f.keepGiven = !keep.missing()
	f.KeepNullColumns = r.boolean(keep, f.flatten)
	f.newlineDelimited = r.boolean(v.field("assumeNewlineDelimited"), false)
	f.nodeReader = r.boolean(v.field("useJsonNodeReader"), false)
	if f.newlineDelimited && f.nodeReader {
		r.refuse(v.field("useJsonNodeReader"), "must not be true when assumeNewlineDelimited is")
	}
	return f
}

// flattenSpec takes one that flattens nothing, whose only effect is that null columns are kept.
func (r *reader) flattenSpec(v value, f *JSONFormat) {
	if !r.object(v) {
		return
	}
	f.flatten = true
	if fields := v.field("fields"); len(r.list(fields)) > 0 {
		r.unsupported(fields, "leave flattenSpec out and read the fields of the top level")
	}
	if discover := v.field("useFieldDiscovery"); !r.boolean(discover, true) {
		r.unsupported(discover, "leave flattenSpec out and list the dimensions")
	}
}

func (f JSONFormat) appendJSON(dst []byte) []byte {
	e := beginObject(dst)
	e.text("type", "json")
	if f.flatten {
		e.raw("flattenSpec", `{"useFieldDiscovery":true,"fields":[]}`)
	}
	if len(f.featureNames) > 0 {
		e.name("featureSpec")
		features := beginObject(e.dst)
		for _, name := range f.featureNames {
			features.boolean(name, f.Features[name])
		}
		e.dst = features.end()
	}
	if f.keepGiven {
		e.boolean("keepNullColumns", f.KeepNullColumns)
	}
	if f.newlineDelimited {
		e.boolean("assumeNewlineDelimited", true)
	}
	if f.nodeReader {
		e.boolean("useJsonNodeReader", true)
	}
	return e.end()
}

func (r *reader) textFormat(v value, f TextFormat) TextFormat {
	columns, find, legacy := v.field("columns"), v.field("findColumnsFromHeader"), v.field("hasHeaderRow")
	f.Columns = r.texts(columns)
	f.Header = r.boolean(find, false)
	switch {
	case len(f.Columns) > 0:
	case !find.missing() && !legacy.missing():
		r.refuse(legacy, "cannot be used together with findColumnsFromHeader, which says the same: leave it out")
	case !f.Header && !r.boolean(legacy, false):
		r.refuse(columns, "is missing: either list the columns, or set findColumnsFromHeader to true if the first row names them")
	default:
		f.Header = true
	}
	f.ListDelimiter = r.text(v.field("listDelimiter"), "\u0001")
	f.listDelimiterGiven = !v.field("listDelimiter").missing()
	f.SkipHeaderRows = r.atLeast(v.field("skipHeaderRows"), 0, r.int(v.field("skipHeaderRows"), 0))
	r.boolean(v.field("tryParseNumbers"), false)
	r.delimiters(v, f)
	return f
}

func (r *reader) delimiters(v value, f TextFormat) {
	if f.Delimiter == "" {
		r.refuse(v.field("delimiter"), "must not be empty")
		return
	}
	if f.ListDelimiter == "" {
		r.refuse(v.field("listDelimiter"), "must not be empty")
	}
	if f.listDelimiterGiven && f.Delimiter == f.ListDelimiter {
		r.refuse(v.field("listDelimiter"), "must be another text than stands between two fields, but is %s, too", quoted(f.ListDelimiter))
	}
	for i, name := range f.Columns {
		if strings.Contains(name, f.Delimiter) {
			r.refuse(v.field("columns").item(i), "must not have the delimiter %s in it, but is %s", quoted(f.Delimiter), quoted(name))
		}
		if slices.Contains(f.Columns[:i], name) {
			r.refuse(v.field("columns").item(i), "is there twice: %s", quoted(name))
		}
	}
}

func (f TextFormat) appendJSON(dst []byte) []byte {
	e := beginObject(dst)
	if f.Quoted {
		e.text("type", "csv")
	} else {
		e.text("type", "tsv")
	}
	if len(f.Columns) > 0 {
		e.texts("columns", f.Columns)
	}
	if f.listDelimiterGiven {
		e.text("listDelimiter", f.ListDelimiter)
	}
	if !f.Quoted {
		e.text("delimiter", f.Delimiter)
	}
	if f.Header {
		e.boolean("findColumnsFromHeader", true)
	}
	if f.SkipHeaderRows > 0 {
		e.number("skipHeaderRows", int64(f.SkipHeaderRows))
	}
	return e.end()
}

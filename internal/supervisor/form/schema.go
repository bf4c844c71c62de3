package form

import (
	"maps"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/ingest/timestamp"
	"ovate/internal/supervisor/document"
)

// timeColumn is the name of the column that every segment has.
const timeColumn = "__time"

// Schema is the form of a dataSchema.
func Schema(v document.Value) any {
	if v.Missing() {
		v.Refuse("is missing: it must be an object with dataSource, timestampSpec, dimensionsSpec, metricsSpec and granularitySpec")
		return nil
	}
	checkDataSource(v.Field("dataSource"))
	schema := schemaMembers(v).of(v)
	if dimensions, time := v.Field("dimensionsSpec"), v.Field("timestampSpec"); !dimensions.Missing() && time.Missing() {
		time.Refuse(`is missing: it says where the time of a row is, such as {"column":"time","format":"auto"}`)
	} else if dimensions.Missing() && v.Field("parser").Missing() {
		dimensions.Refuse("is missing: it must be an object with the list of dimensions, or {} if they are to be discovered")
	}
	v.Field("parser").Object()
	checkColumns(v)
	return schema
}

// schemaMembers are those of a dataSchema.
func schemaMembers(schema document.Value) members {
	return members{
		"dataSource":      {form: textForm},
		"timestampSpec":   {form: timestampForm},
		"dimensionsSpec":  {form: func(d document.Value) any { return dimensionsSpecForm(d, ownExclusions(schema)) }},
		"metricsSpec":     {form: listOf(metricForm)},
		"granularitySpec": {form: granularitySpecForm},
		"transformSpec":   {form: transformForm},
		"projections":     {form: listOf(projectionForm)},
	}
}

func checkDataSource(v document.Value) {
	name, there := v.Text()
	if !there || !v.Is('"') {
		v.Refuse("must be the name of the data source that the supervisor writes to, but is %s", v.Shown())
		return
	}
	if druid.ValidateID("dataSource", name) != nil {
		v.Refuse("must be the name of a data source, without a dot at its beginning, slashes, white space other than blanks, control characters and emojis, "+
			"but is %s", v.Shown())
	}
}

func timestampForm(v document.Value) any {
	format := v.Field("format")
	pattern, there := format.Text()
	if _, err := timestamp.New(pattern); there && (pattern == "" || err != nil && !strings.ContainsAny(pattern, "CG")) { // Java knows centuries and eras, too
		format.Refuse("must be auto, iso, millis, posix, micro, nano, ruby or a pattern of Joda-Time such as yyyy-MM-dd HH:mm:ss, but is %s", format.Shown())
	}
	return timestampMembers().of(v)
}

func timestampMembers() members {
	return members{"column": {textForm, "timestamp"}, "format": {textForm, "auto"}, "missingValue": {form: instantForm}}
}

// granularitySpecForm is the form of one. Types that nobody knows are uniform to Druid.
func granularitySpecForm(v document.Value) any {
	known := granularityMembers()
	if typ, _ := v.Field("type").Text(); typ == "arbitrary" {
		known["type"], known["segmentGranularity"] = member{form: textForm}, member{form: unused}
		checkApart(v.Field("intervals"))
	}
	return known.of(v)
}

func granularityMembers() members {
	return members{
		"type":               {form: unused},
		"segmentGranularity": {granularityForm, druid.Day.String()},
		"queryGranularity":   {granularityForm, druid.None.String()},
		"rollup":             {truthForm, true},
		"intervals":          {form: listOf(intervalForm)},
	}
}

// checkApart refuses intervals that overlap.
func checkApart(v document.Value) {
	var all []druid.Interval
	for _, item := range v.Items() {
		if text, there := item.Text(); there {
			if interval, err := druid.ParseInterval(text); err == nil {
				all = append(all, interval)
			}
		}
	}
	slices.SortFunc(all, druid.CompareIntervals)
	for i := 1; i < len(all); i++ {
		if all[i-1].Overlaps(all[i]) {
			v.Refuse("must not have intervals that overlap, as %s and %s do", all[i-1], all[i])
		}
	}
}

// projectionForm is the form of one. Its ordering is what Druid makes of the rest.
func projectionForm(v document.Value) any {
	v.Typed()
	return members{
		"type": {textForm, "aggregate"}, "ordering": {form: unused},
		"groupingColumns": {form: listOf(dimensionForm)}, "aggregators": {form: listOf(metricForm)},
	}.of(v)
}

// checkColumns refuses names that several columns would have.
func checkColumns(schema document.Value) {
	seen, timed := map[string]bool{timeColumn: true}, false
	for i, d := range schema.Field("dimensionsSpec").Field("dimensions").Items() {
		name := dimensionName(d)
		if name == timeColumn && !timed {
			timed = true
			checkTime(d, i, schema.Field("dimensionsSpec"))
			continue
		}
		if seen[name] {
			d.Refuse("is a dimension %q, but there is another one of this name: leave one of them out", name)
		}
		seen[name] = true
	}
	for _, d := range schema.Field("dimensionsSpec").Field("spatialDimensions").Items() {
		name, _ := d.Field("dimName").Text()
		if seen[name] {
			d.Refuse("is a dimension %q, but there is another one of this name: leave one of them out", name)
		}
		seen[name] = true
	}
	for _, m := range schema.Field("metricsSpec").Items() {
		name := metricName(m)
		if seen[name] {
			m.Refuse("is a metric %q, but there is another column of this name: give it another name", name)
		}
		seen[name] = true
	}
}

// checkTime checks the place of the time among the dimensions: the first one, unless segments may be sorted by others.
func checkTime(d document.Value, i int, spec document.Value) {
	if typ, _ := d.Field("type").Text(); typ != "long" {
		d.Refuse("is the dimension %s, whose type must be long", timeColumn)
	}
	if byTime, there := spec.Field("forceSegmentSortByTime").Truth(); i > 0 && (byTime || !there) {
		d.Refuse("is the dimension %s, which must be the first one, unless forceSegmentSortByTime is false", timeColumn)
	}
}

// ownExclusions are what Druid excludes from the dimensions of a schema by itself, or may: the columns that have a use already, and what metrics read.
func ownExclusions(schema document.Value) map[string]bool {
	column, there := schema.Field("timestampSpec").Field("column").Text()
	if !there {
		column = "timestamp"
	}
	own := map[string]bool{timeColumn: true, column: true}
	for _, m := range schema.Field("metricsSpec").Items() {
		own[metricName(m)] = true
		maps.Copy(own, words(m))
	}
	return own
}

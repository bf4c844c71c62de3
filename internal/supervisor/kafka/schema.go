package kafka

import (
	"maps"
	"slices"
	"strings"

	"ovate/druid"
	"ovate/internal/ingest/timestamp"
)

// timeColumn is the name of the column that every segment has.
const timeColumn = "__time"

// schemaForm is the form of a dataSchema.
func schemaForm(v value) any {
	if v.missing() {
		v.refuse("is missing: it must be an object with dataSource, timestampSpec, dimensionsSpec, metricsSpec and granularitySpec")
		return nil
	}
	checkDataSource(v.field("dataSource"))
	schema := members{
		"dataSource":      {form: textForm},
		"timestampSpec":   {form: timestampForm},
		"dimensionsSpec":  {form: func(d value) any { return dimensionsSpecForm(d, ownExclusions(v)) }},
		"metricsSpec":     {form: listOf(metricForm)},
		"granularitySpec": {form: granularitySpecForm},
		"transformSpec":   {form: transformForm},
		"projections":     {form: listOf(projectionForm)},
	}.of(v)
	if dimensions, time := v.field("dimensionsSpec"), v.field("timestampSpec"); !dimensions.missing() && time.missing() {
		time.refuse(`is missing: it says where the time of a row is, such as {"column":"time","format":"auto"}`)
	} else if dimensions.missing() && v.field("parser").missing() {
		dimensions.refuse("is missing: it must be an object with the list of dimensions, or {} if they are to be discovered")
	}
	v.field("parser").object()
	checkColumns(v)
	return schema
}

func checkDataSource(v value) {
	name, there := v.text()
	if !there || !v.is('"') {
		v.refuse("must be the name of the data source that the supervisor writes to, but is %s", v.shown())
		return
	}
	if druid.ValidateID("dataSource", name) != nil {
		v.refuse("must be the name of a data source, without a dot at its beginning, slashes, white space other than blanks, control characters and emojis, "+
			"but is %s", v.shown())
	}
}

func timestampForm(v value) any {
	format := v.field("format")
	pattern, there := format.text()
	if _, err := timestamp.New(pattern); there && (pattern == "" || err != nil && !strings.ContainsAny(pattern, "CG")) { // Java knows centuries and eras, too
		format.refuse("must be auto, iso, millis, posix, micro, nano, ruby or a pattern of Joda-Time such as yyyy-MM-dd HH:mm:ss, but is %s", format.shown())
	}
	return members{
		"column": {textForm, "timestamp"}, "format": {textForm, "auto"}, "missingValue": {form: instantForm},
	}.of(v)
}

// granularitySpecForm is the form of one. Types that nobody knows are uniform to Druid.
func granularitySpecForm(v value) any {
	known := members{
		"type":               {form: unused},
		"segmentGranularity": {granularityForm, druid.Day.String()},
		"queryGranularity":   {granularityForm, druid.None.String()},
		"rollup":             {truthForm, true},
		"intervals":          {form: listOf(intervalForm)},
	}
	if typ, _ := v.field("type").text(); typ == "arbitrary" {
		known["type"], known["segmentGranularity"] = member{form: textForm}, member{form: unused}
		checkApart(v.field("intervals"))
	}
	return known.of(v)
}

// checkApart refuses intervals that overlap.
func checkApart(v value) {
	var all []druid.Interval
	for _, item := range v.items() {
		if text, there := item.text(); there {
			if interval, err := druid.ParseInterval(text); err == nil {
				all = append(all, interval)
			}
		}
	}
	slices.SortFunc(all, druid.CompareIntervals)
	for i := 1; i < len(all); i++ {
		if all[i-1].Overlaps(all[i]) {
			v.refuse("must not have intervals that overlap, as %s and %s do", all[i-1], all[i])
		}
	}
}

// projectionForm is the form of one. Its ordering is what Druid makes of the rest.
func projectionForm(v value) any {
	v.typed()
	return members{
		"type": {textForm, "aggregate"}, "ordering": {form: unused},
		"groupingColumns": {form: listOf(dimensionForm)}, "aggregators": {form: listOf(metricForm)},
	}.of(v)
}

// checkColumns refuses names that several columns would have.
func checkColumns(schema value) {
	seen, timed := map[string]bool{timeColumn: true}, false
	for i, d := range schema.field("dimensionsSpec").field("dimensions").items() {
		name := dimensionName(d)
		if name == timeColumn && !timed {
			timed = true
			checkTime(d, i, schema.field("dimensionsSpec"))
			continue
		}
		if seen[name] {
			d.refuse("is a dimension %q, but there is another one of this name: leave one of them out", name)
		}
		seen[name] = true
	}
	for _, d := range schema.field("dimensionsSpec").field("spatialDimensions").items() {
		name, _ := d.field("dimName").text()
		if seen[name] {
			d.refuse("is a dimension %q, but there is another one of this name: leave one of them out", name)
		}
		seen[name] = true
	}
	for _, m := range schema.field("metricsSpec").items() {
		name := metricName(m)
		if seen[name] {
			m.refuse("is a metric %q, but there is another column of this name: give it another name", name)
		}
		seen[name] = true
	}
}

// checkTime checks the place of the time among the dimensions: the first one, unless segments may be sorted by others.
func checkTime(d value, i int, spec value) {
	if typ, _ := d.field("type").text(); typ != "long" {
		d.refuse("is the dimension %s, whose type must be long", timeColumn)
	}
	if byTime, there := spec.field("forceSegmentSortByTime").truth(); i > 0 && (byTime || !there) {
		d.refuse("is the dimension %s, which must be the first one, unless forceSegmentSortByTime is false", timeColumn)
	}
}

// ownExclusions are what Druid excludes from the dimensions of a schema by itself, or may: the columns that have a use already, and what metrics read.
func ownExclusions(schema value) map[string]bool {
	column, there := schema.field("timestampSpec").field("column").text()
	if !there {
		column = "timestamp"
	}
	own := map[string]bool{timeColumn: true, column: true}
	for _, m := range schema.field("metricsSpec").items() {
		own[metricName(m)] = true
		maps.Copy(own, words(m))
	}
	return own
}

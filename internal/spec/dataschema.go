package spec

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ovate/druid"
)

// timeColumn is the name of the column that every segment has.
const timeColumn = "__time"

func (r *reader) dataSchema(v, ioConfig value) DataSchema {
	var s DataSchema
	if !r.present(v, "dataSource, timestampSpec, dimensionsSpec, metricsSpec and granularitySpec") {
		return s
	}
	s.DataSource = r.dataSource(v.field("dataSource"))
	if p := v.field("parser"); !p.missing() {
		r.parser(p, ioConfig)
	}
	s.Timestamp = r.timestampSpec(v.field("timestampSpec"))
	s.Dimensions = r.dimensionsSpec(v.field("dimensionsSpec"))
	s.Metrics = r.metricsSpec(v.field("metricsSpec"))
	s.Granularity = r.granularitySpec(v.field("granularitySpec"))
	r.transformSpec(v.field("transformSpec"))
	if p := v.field("projections"); !p.missing() {
		s.projections = true
		if len(r.list(p)) > 0 {
			r.unsupported(p, "leave projections out")
		}
	}
	r.outputColumns(v, &s)
	s.Dimensions.completeExclusions(&s)
	return s
}

func (r *reader) dataSource(v value) string {
	name := r.limited(v, MaxDataSource)
	var invalid *druid.Error
	switch err := druid.ValidateID("dataSource", name); {
	case err == nil:
	case errors.As(err, &invalid) && !strings.ContainsAny(name, "\t\n\v\f\r"):
		r.refuseAsDruid(v, "Cannot construct instance of `org.apache.druid.segment.indexing.DataSchema`, problem: %s", invalid.Message)
	default:
		r.refuse(v, "must not have white space other than spaces, but is %s", quoted(name))
	}
	return name
}

// oneLine shows line breaks instead of breaking lines.
func oneLine(s string) string {
	return strings.NewReplacer("\n", `\n`, "\r", `\r`).Replace(s)
}

// parser refuses what Druid had before there were input formats.
func (r *reader) parser(v, ioConfig value) {
	if !ioConfig.field("inputSource").missing() {
		r.refuse(v, "cannot be used together with ioConfig.inputSource: leave it out, and use dataSchema.timestampSpec, dataSchema.dimensionsSpec and ioConfig.inputFormat")
		return
	}
	r.refuse(v, "is not supported by this version of ovate: use dataSchema.timestampSpec, dataSchema.dimensionsSpec and ioConfig.inputFormat")
}

// specClass is the Java class of the spec, which Druid's errors name.
func (r *reader) specClass() string {
	if r.taskType == "index" {
		return "org.apache.druid.indexing.common.task.IndexTask$IndexIngestionSpec"
	}
	return "org.apache.druid.indexing.common.task.batch.parallel.ParallelIndexIngestionSpec"
}

func (r *reader) transformSpec(v value) {
	if !r.object(v) {
		return
	}
	if f := v.field("filter"); !f.missing() {
		r.unsupported(f, "leave the filter out")
	}
	if t := v.field("transforms"); len(r.list(t)) > 0 {
		r.unsupported(t, "leave the transforms out")
	}
}

// outputColumns checks that every column of the segments has one source and a name that a segment can hold. What has no name was refused where it was read.
func (r *reader) outputColumns(v value, s *DataSchema) {
	dimensions, metrics := map[string]int{}, map[string]int{}
	for i, d := range s.Dimensions.Dimensions {
		dimensions[d.Name]++
		r.columnName(value{path: fmt.Sprintf("%s.dimensionsSpec.dimensions[%d].name", v.path, i)}, d.Name)
	}
	for i, m := range s.Metrics {
		metrics[m.Name]++
		r.columnName(value{path: fmt.Sprintf("%s.metricsSpec[%d].name", v.path, i)}, m.Name)
	}
	var problems []string
	for _, name := range slices.Sorted(maps.Keys(metrics)) {
		if name == "" || dimensions[name] == 0 && metrics[name] == 1 && name != timeColumn {
			continue
		}
		var seen []string
		if dimensions[name] > 0 {
			seen = append(seen, "dimensions list")
		}
		seen = append(seen, "metricsSpec list")
		if metrics[name] > 1 {
			seen[len(seen)-1] += fmt.Sprintf(" (%d occurrences)", metrics[name])
		}
		if name == timeColumn {
			seen = append(seen, "primary timestamp (__time cannot appear elsewhere except as long-typed dimension)")
		}
		problems = append(problems, "["+name+"] seen in "+strings.Join(seen, ", "))
	}
	if problems != nil {
		r.refuse(v, "names a column more than once: %s", strings.Join(problems, "; "))
	}
}

// columnName refuses names that the table of contents of a segment cannot hold: its lines are split at commas. Druid
// accepts them, and the task fails when it reads its first spilled rows.
func (r *reader) columnName(v value, name string) {
	if strings.ContainsAny(name, ",\r\n") {
		r.refuse(v, "must not contain a comma or a line break, but is %s", quoted(name))
	}
}

func (s *DataSchema) appendJSON(dst []byte) []byte {
	e := beginObject(dst)
	e.text("dataSource", s.DataSource)
	e.value("timestampSpec", &s.Timestamp)
	e.value("dimensionsSpec", &s.Dimensions)
	e.name("metricsSpec")
	e.dst = appendList(e.dst, s.Metrics)
	e.value("granularitySpec", &s.Granularity)
	e.raw("transformSpec", `{"filter":null,"transforms":[]}`)
	if s.projections {
		e.raw("projections", "[]")
	}
	return e.end()
}

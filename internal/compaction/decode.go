package compaction

import (
	"cmp"
	"encoding/json"
	"math"
	"strings"

	"ovate/druid"
	"ovate/internal/spec"
)

// cluster reads what holds for all data sources, and gives all its members, as Druid stores them.
func cluster(config []byte) ([]member, error) {
	var known []string
	for _, m := range clusterMembers {
		known = append(known, m.name)
	}
	f := object(config, known...)
	var members []member
	for _, m := range clusterMembers {
		members = append(members, member{m.name, m.read(f, m.name, m.value)})
	}
	return members, f.submitted()
}

// slots is a number of slots.
func (f *fields) slots(name string, otherwise json.RawMessage) json.RawMessage {
	return f.whole(name, 0, math.MaxInt32, string(otherwise))
}

// policy is in which order the Coordinator compacts.
func (f *fields) policy(name string, otherwise json.RawMessage) json.RawMessage {
	value := f.given(name)
	if value == nil {
		return otherwise
	}
	p := f.object(value, name, "type", "priorityDatasource", "eligibleCandidates")
	switch kind := p.text("type"); kind {
	case NewestFirst:
		dst := appendMember([]byte(`{"type":"`+NewestFirst+`"`), true, "priorityDatasource", orNull(p.given("priorityDatasource")))
		if first := p.text("priorityDatasource"); len(first) > spec.MaxDataSource {
			p.refuse("priorityDatasource", "must be the name of a data source, of at most %d bytes, but has %d", spec.MaxDataSource, len(first))
		}
		return append(dst, '}')
	case FixedOrder:
		_, candidates := p.list("eligibleCandidates")
		if len(candidates) == 0 {
			p.refuse("eligibleCandidates", `must be a list such as [{"datasource":"wiki","interval":"2024-01-01/2024-02-01"}]`)
		}
		dst := []byte(`{"type":"` + FixedOrder + `","eligibleCandidates":[`)
		for i, value := range candidates {
			c := p.object(value, "eligibleCandidates", "datasource", "interval")
			interval, err := druid.ParseInterval(c.text("interval"))
			if err != nil {
				c.refuse("interval", "is no interval: %v", err)
			}
			if c.text("datasource") == "" {
				c.refuse("datasource", "must be the name of a data source")
			}
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = druid.AppendString(append(dst, `{"datasource":`...), c.text("datasource"))
			dst = append(interval.AppendTo(append(dst, `,"interval":"`...)), `"}`...)
		}
		return append(dst, "]}"...)
	default:
		p.refuse("type", "must be %s or %s, but is %s", NewestFirst, FixedOrder, shown(orNull(p.given("type"))))
		return nil
	}
}

// engine is what compact tasks run by, in Druid's word.
func (f *fields) engine(name string, otherwise json.RawMessage) json.RawMessage {
	switch engine := f.text(name); {
	case f.given(name) == nil:
		return otherwise
	case strings.EqualFold(engine, "msq"):
		f.refuse(name, "must be native: this version makes no tasks that compact by msq")
	case !strings.EqualFold(engine, "native"):
		f.refuse(name, "must be native, but is %s", shown(f.given(name)))
	}
	return json.RawMessage(`"native"`)
}

// DataSource is what is configured for a data source as Druid stores it, with all that is by default; what lies deeper stays as it was given. The error is a
// *druid.Error, or wraps ErrInvalid, if nobody can compact so.
func DataSource(name string, config []byte) (json.RawMessage, error) {
	source, faults, err := dataSource(name, config)
	return source, cmp.Or(err, faults.err)
}

// Submitted is DataSource of a config that is submitted, which is refused, too, where a name in it is misspelt, or has a type that neither Druid nor an extension
// that comes with it has. One that is stored goes on: Druid ignores the one, and workers may know the other.
func Submitted(name string, config []byte) (json.RawMessage, error) {
	source, faults, err := dataSource(name, config)
	if err = cmp.Or(err, faults.submitted()); err == nil {
		err = checkTypes(source)
	}
	return source, err
}

func dataSource(name string, config []byte) (json.RawMessage, *faults, error) {
	f := object(config, "type", "dataSource", "taskPriority", "inputSegmentSizeBytes", "maxRowsPerSegment", "skipOffsetFromLatest", "tuningConfig",
		"granularitySpec", "dimensionsSpec", "metricsSpec", "transformSpec", "projections", "ioConfig", "engine", "taskContext")
	switch kind := f.text("type"); kind {
	case "", "inline":
	case "catalog":
		f.refuse("type", "must be inline: a catalog of tables is not there")
	default:
		f.refuse("type", "must be inline, but is %s", shown(f.given("type")))
	}
	in := f.text("dataSource")
	switch {
	case f.err != nil:
	case in == "":
		f.refuse("dataSource", "must be the name of a data source")
	case in != name:
		return nil, f.faults, druid.InvalidInput("DataSource in spec[%s] does not match DataSource in path[%s]", in, name)
	}
	projections, _ := f.list("projections")
	dst := druid.AppendString([]byte(`{"type":"inline","dataSource":`), name)
	for _, m := range []member{
		{"taskPriority", f.whole("taskPriority", math.MinInt32, math.MaxInt32, "25")},
		{"inputSegmentSizeBytes", f.whole("inputSegmentSizeBytes", 0, math.MaxInt64, "100000000000000")},
		{"maxRowsPerSegment", f.whole("maxRowsPerSegment", 1, math.MaxInt32, "null")},
		{"skipOffsetFromLatest", f.period("skipOffsetFromLatest", "P1D")},
		{"tuningConfig", f.tuning("tuningConfig")},
		{"granularitySpec", f.granularities("granularitySpec")},
		{"dimensionsSpec", f.dimensions("dimensionsSpec")},
		{"metricsSpec", f.metrics("metricsSpec")},
		{"transformSpec", f.within("transformSpec", []string{"filter", "transforms"}, func(*fields) {})},
		{"projections", projections},
		{"ioConfig", f.within("ioConfig", []string{"dropExisting"}, func(io *fields) { io.boolean("dropExisting") })},
		{"engine", f.engine("engine", json.RawMessage("null"))},
		{"taskContext", f.context("taskContext")},
	} {
		dst = appendMember(dst, true, m.name, m.value)
	}
	return append(dst, '}'), f.faults, nil
}

// within reads a member that is an object, if it is given.
func (f *fields) within(name string, known []string, read func(*fields)) json.RawMessage {
	value := f.nested(name)
	if f.err == nil && string(value) != "null" {
		if inner := f.object(value, name, known...); f.err == nil {
			read(inner)
		}
	}
	return value
}

// tuningMembers are those of a tuningConfig.
var tuningMembers = []string{
	"type", "appendableIndexSpec", "awaitSegmentAvailabilityTimeoutMillis", "chatHandlerNumRetries", "chatHandlerTimeout", "forceGuaranteedRollup", "indexSpec",
	"indexSpecForIntermediatePersists", "logParseExceptions", "maxAllowedLockCount", "maxBytesInMemory", "maxColumnsToMerge", "maxNumConcurrentSubTasks",
	"maxNumSegmentsToMerge", "maxNumSubTasks", "maxParseExceptions", "maxPendingPersists", "maxRetry", "maxRowsInMemory", "maxRowsPerSegment",
	"maxSavedParseExceptions", "maxTotalRows", "numPersistThreads", "numShards", "partitionDimensions", "partitionsSpec", "pushTimeout", "reportParseExceptions",
	"segmentWriteOutMediumFactory", "skipBytesInMemoryOverheadCheck", "splitHintSpec", "targetPartitionSize", "taskStatusCheckPeriodMs", "totalNumMergeTasks",
}

func (f *fields) tuning(name string) json.RawMessage {
	return f.within(name, tuningMembers, func(t *fields) {
		t.partitions("partitionsSpec")
	})
}

func (f *fields) granularities(name string) json.RawMessage {
	return f.within(name, []string{"segmentGranularity", "queryGranularity", "rollup"}, func(g *fields) {
		g.granularity("segmentGranularity")
		g.granularity("queryGranularity")
		g.boolean("rollup")
	})
}

func (f *fields) dimensions(name string) json.RawMessage {
	return f.within(name, []string{"dimensions"}, func(d *fields) {
		_, list := d.list("dimensions")
		seen := map[string]bool{}
		for _, value := range list {
			column := ""
			if json.Unmarshal(value, &column) != nil {
				column = d.object(value, "dimensions").text("name")
			}
			switch {
			case column == "":
				d.refuse("dimensions", "must be a list of names, or of objects with a name, but has %s", shown(value))
			case seen[column]:
				d.refuse("dimensions", "has the column %q twice", column)
			}
			seen[column] = true
		}
	})
}

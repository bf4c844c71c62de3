package spec

import "ovate/druid"

// CheckBatch checks an ingestion of type typ, index or index_parallel.
func (d *Document) CheckBatch(typ string) error {
	r := &reader{taskType: typ}
	if v := d.root.field("spec"); r.present(v, "a dataSchema, an ioConfig and perhaps a tuningConfig") {
		schema, io, tuning := v.field("dataSchema"), v.field("ioConfig"), v.field("tuningConfig")
		r.schema(schema)
		r.demandTyped(io, typ)
		if typ == "index" {
			r.typed(tuning, "index", "index_parallel", "compaction")
		} else {
			r.typed(tuning, "index_parallel", "compaction")
		}
		r.input(schema, io)
		r.mode(schema, io, tuning)
	}
	return r.failure()
}

// CheckPart checks a part of a parallel ingestion.
func (d *Document) CheckPart() error {
	r := &reader{}
	if v := d.root.field("spec"); r.present(v, "a dataSchema and an ioConfig") {
		r.schema(v.field("dataSchema"))
	}
	return r.failure()
}

// schema checks what tells the columns of a data source.
func (r *reader) schema(v value) {
	if !r.present(v, "dataSource, timestampSpec, dimensionsSpec, metricsSpec and granularitySpec") {
		return
	}
	r.source(v.field("dataSource"))
	time, dimensions := v.field("timestampSpec"), v.field("dimensionsSpec")
	if r.object(dimensions) && time.missing() && v.field("parser").missing() {
		r.refuse(time, `is missing: it says where the time of a row is, such as {"column":"time","format":"auto"}`)
	}
	r.object(time)
	r.object(v.field("parser"))
	r.object(v.field("transformSpec"))
	r.list(v.field("metricsSpec"))
	if g := v.field("granularitySpec"); r.object(g) {
		for _, interval := range r.list(g.field("intervals")) {
			r.interval(interval)
		}
		if !g.field("type").is("arbitrary") { // which has none, whatever is said
			r.granularity(g.field("segmentGranularity"), druid.Day)
		}
		r.namedGranularity(g.field("queryGranularity"))
	}
}

// namedGranularity checks the name of a granularity. An object is left to Druid.
func (r *reader) namedGranularity(v value) {
	if !v.missing() && v.kind != object {
		r.granularity(v, druid.None)
	}
}

// input checks where rows come from.
func (r *reader) input(schema, io value) {
	source, format := io.field("inputSource"), io.field("inputFormat")
	if !io.missing() && io.kind == object && r.taskType == "index_parallel" && io.field("firehose").missing() { // what old versions read from
		r.demandTyped(source)
	}
	r.typed(source)
	r.typed(format)
	if data := source.field("data"); source.field("type").is("inline") && (data.missing() || data.is("")) {
		r.refuse(data, "must not be empty: it is the rows to be read")
	}
	parser := schema.field("parser")
	switch {
	case !parser.missing() && !source.missing():
		r.parser(parser, io)
	case parser.missing() && format.missing() && source.field("type").is("inline", "local", "http", "hdfs", "s3", "google", "azure", "azureStorage"):
		r.refuse(format, `is missing: it must be an object with a type, such as {"type":"json"}`)
	}
}

// mode checks what becomes of the data that is there.
func (r *reader) mode(schema, io, tuning value) {
	drop, perfect := io.field("dropExisting"), tuning.field("forceGuaranteedRollup")
	drops, appends := r.boolean(drop, false), r.boolean(io.field("appendToExisting"), false)
	intervals := schema.field("granularitySpec").field("intervals")
	switch {
	case drops && appends:
		r.refuse(drop, "must not be true if appendToExisting is true: a task replaces what is there, or adds to it")
	case drops && len(r.list(intervals)) == 0:
		r.refuse(intervals, "must name the spans of time to be replaced, such as [\"2026-01-01/2026-02-01\"], as ioConfig.dropExisting is true")
	case r.boolean(perfect, false) && appends && r.taskType == "index_parallel":
		r.refuse(perfect, "must not be true if appendToExisting is true: what is there keeps its own partitions")
	}
	r.tuned(tuning)
}

// tuned checks what says how segments are made.
func (r *reader) tuned(v value) {
	tasks, partitions := v.field("maxNumConcurrentSubTasks"), v.field("partitionsSpec").field("type")
	typ := v.field("type")
	if typ.is("index_parallel", "compaction") {
		r.atLeast(tasks, 1, r.int(tasks, 1))
	}
	switch perfect := r.boolean(v.field("forceGuaranteedRollup"), false); {
	case !typ.is("index", "index_parallel", "compaction"):
	case perfect && partitions.is("dynamic"):
		r.refuse(partitions, "must be one of [hashed, range, single_dim] if forceGuaranteedRollup is true, but is %s", partitions.shown())
	case !perfect && partitions.is("hashed", "range", "single_dim"):
		r.refuse(partitions, "must be dynamic unless forceGuaranteedRollup is true, but is %s", partitions.shown())
	}
}

// CheckCompaction checks a task that writes the segments of an interval anew.
func (d *Document) CheckCompaction() error {
	r := &reader{}
	v := d.root
	r.source(v.field("dataSource"))
	r.compacted(v)
	for _, name := range []string{"dimensionsSpec", "dimensions", "transformSpec"} {
		r.object(v.field(name))
	}
	r.list(v.field("metricsSpec"))
	r.compactedTo(v.field("segmentGranularity"), v.field("granularitySpec"))
	r.typed(v.field("compactionRunner"))
	tuning := v.field("tuningConfig")
	r.typed(tuning)
	r.tuned(tuning)
	if wait := tuning.field("awaitSegmentAvailabilityTimeoutMillis"); r.long(wait, 0) > 0 {
		r.refuse(wait, "must be left out, but is %s: a compaction does not wait until its segments are served", wait.shown())
	}
	return r.failure()
}

// compacted checks which segments are to be compacted: there are three ways to say it, of which one has to be taken.
func (r *reader) compacted(v value) {
	io, interval, segments := v.field("ioConfig"), v.field("interval"), v.field("segments")
	var given []value
	for _, way := range []value{io, interval, segments} {
		if !way.missing() && (way.path != segments.path || len(r.list(way)) > 0) { // an empty list says nothing
			given = append(given, way)
		}
	}
	switch {
	case len(given) == 0:
		r.refuse(io, `is missing: it says what to compact, such as {"type":"compact","inputSpec":{"type":"interval","interval":"2026-01-01/2026-02-01"}}`)
	case len(given) > 1:
		r.refuse(given[1], "must be left out, as %s says already what to compact", given[0].path)
	case !interval.missing():
		r.span(interval, "the span of time to compact")
	case !io.missing():
		if r.typed(io, "compact"); io.kind == object {
			r.inputSpec(io.field("inputSpec"))
		}
		r.boolean(io.field("allowNonAlignedInterval"), false)
		r.boolean(io.field("dropExisting"), false)
	default:
		for _, segment := range r.list(segments) {
			r.object(segment)
		}
	}
}

func (r *reader) inputSpec(v value) {
	r.demandTyped(v)
	switch t := v.field("type"); {
	case t.is("interval") && !v.field("interval").missing(): // without one it fails only when it is to run
		r.span(v.field("interval"), "the span of time to compact")
	case t.is("segments") && len(r.list(v.field("segments"))) == 0:
		r.refuse(v.field("segments"), "must be a list of the ids of segments")
	}
}

// compactedTo checks the granularity of the segments to be made, for which there is an old place and a new one.
func (r *reader) compactedTo(old, spec value) {
	is := r.granularity(old, druid.None)
	if !r.object(spec) {
		return
	}
	segment := spec.field("segmentGranularity")
	want := r.granularity(segment, druid.None)
	r.namedGranularity(spec.field("queryGranularity"))
	r.boolean(spec.field("rollup"), false)
	if !old.missing() && (segment.missing() || is != want) {
		r.refuse(old, "is %s, but granularitySpec.segmentGranularity, which counts, is %s: leave the former out", old.shown(), segment.shown())
	}
}

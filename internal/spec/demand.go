package spec

import (
	"slices"
	"strings"
)

// The Check methods of a Document refuse what Druid's own classes refuse when they read a task, before one of its workers is given it: whoever
// submits the task is still there to read it. What they may accept is accepted, and so is what an extension may know, such as a type of input
// that is not known here.

// CheckKill checks a task that removes unused segments.
func (d *Document) CheckKill() error {
	r := &reader{taskType: "kill"}
	v := d.root
	r.overInterval(v, "the span of time to clear")
	for _, version := range r.list(v.field("versions")) {
		r.anyText(version, "")
	}
	r.positive(v.field("batchSize"), defaultKillBatch)
	r.positive(v.field("limit"), 0)
	r.instant(v.field("maxUsedStatusLastUpdatedTime"))
	return r.failure()
}

// CheckMove checks a task that moves the files of unused segments.
func (d *Document) CheckMove() error {
	r := &reader{}
	r.overInterval(d.root, "the span of time whose unused segments are meant")
	r.object(d.root.field("target"))
	return r.failure()
}

// CheckNoop checks a task that does nothing.
func (d *Document) CheckNoop() error {
	_, err := d.Noop()
	return err
}

// CheckHadoop checks an ingestion by Hadoop.
func (d *Document) CheckHadoop() error {
	r := &reader{}
	if v := d.root.field("spec"); r.present(v, "a dataSchema and an ioConfig") {
		r.schema(v.field("dataSchema"))
		r.demandTyped(v.field("ioConfig"))
		r.typed(v.field("tuningConfig"))
	}
	return r.failure()
}

// CheckStream checks a task that reads a stream.
func (d *Document) CheckStream() error {
	r := &reader{}
	r.stream(d.root)
	return r.failure()
}

// CheckKafka checks a task that reads a stream of Kafka.
func (d *Document) CheckKafka() error {
	r := &reader{}
	r.stream(d.root)
	if v := d.root.field("ioConfig"); !v.missing() && v.kind == object {
		r.demandOne(v, "baseSequenceName")
		r.demandOne(v, "startSequenceNumbers", "startPartitions")
		r.demandOne(v, "endSequenceNumbers", "endPartitions")
		r.demandOne(v, "consumerProperties")
	}
	return r.failure()
}

// CheckQuery checks a query that runs as a task.
func (d *Document) CheckQuery() error {
	r := &reader{}
	if v := d.root.field("spec"); r.present(v, "a query and a destination") {
		to := v.field("destination")
		if r.demandTyped(to); to.field("type").is("dataSource") {
			r.source(to.field("dataSource"))
		}
	}
	return r.failure()
}

// CheckQueryWorker checks a part of such a query.
func (d *Document) CheckQueryWorker() error {
	r := &reader{}
	r.source(d.root.field("dataSource"))
	return r.failure()
}

// overInterval checks the fields of a task over one interval.
func (r *reader) overInterval(v value, what string) {
	r.source(v.field("dataSource"))
	r.span(v.field("interval"), what)
}

func (r *reader) stream(v value) {
	r.schema(v.field("dataSchema"))
	r.demandTyped(v.field("ioConfig"))
	r.demandTyped(v.field("tuningConfig"))
}

// source checks the name of a data source that must be there. What may be in one is checked with the task.
func (r *reader) source(v value) {
	if v.missing() {
		r.refuse(v, "is missing: it must be the name of a data source")
	} else if v.kind != text || v.text == "" {
		r.refuse(v, "must be the name of a data source, but is %s", v.shown())
	}
}

// demandOne refuses v if all of its fields of these names, of which the first is the usual one, are missing.
func (r *reader) demandOne(v value, names ...string) {
	if !slices.ContainsFunc(names, func(name string) bool { return !v.field(name).missing() }) {
		r.refuse(v.field(names[0]), "is missing: Druid takes no task without it")
	}
}

// demandTyped is typed, for what must be there.
func (r *reader) demandTyped(v value, known ...string) {
	if v.missing() {
		r.refuse(v, "is missing: it must be an object whose type is %s", choice(known))
		return
	}
	r.typed(v, known...)
}

// typed checks what has a type, one of those that are known, if any are given. Druid reads a list of the type and the rest of it as well, which
// is left to it.
func (r *reader) typed(v value, known ...string) {
	t := v.field("type")
	switch {
	case v.missing() || v.kind == list:
	case v.kind != object:
		r.refuse(v, "must be an object whose type is %s, but is %s", choice(known), v.shown())
	case t.missing():
		r.refuse(t, "is missing: it must be %s", choice(known))
	case len(known) > 0 && !t.is(known...):
		r.refuse(t, "must be %s, but is %s", choice(known), t.shown())
	}
}

// is tells whether v is one of these texts.
func (v value) is(texts ...string) bool {
	return !v.missing() && v.kind == text && slices.Contains(texts, v.text)
}

// choice words what a type may be: any text, unless some are named.
func choice(names []string) string {
	switch len(names) {
	case 0:
		return "a text"
	case 1:
		return names[0]
	}
	return "one of [" + strings.Join(names, ", ") + "]"
}

package replay

import "fmt"

// kafka tells how far partitions of a topic were read: {"0":5}. Kind is start or end.
func kafka(kind, topic, offsets string) string {
	return fmt.Sprintf(`{"type":"kafka","partitions":{"type":%q,"stream":%q,"partitionSequenceNumberMap":%s}}`, kind, topic, offsets)
}

// insertRead publishes segments together with how far a stream was read.
func (s *Section) insertRead(task, start, end string, segments ...string) *Step {
	return s.act(task, `{"type":"segmentTransactionalInsert","segments":%s,"startMetadata":%s,"endMetadata":%s,"dataSource":%q}`, list(segments...), start, end, s.DataSource)
}

// offsets publishes what was read of a stream.
func offsets() *Section {
	s := newSection("offsets")
	s.submit("a")
	s.lockAs("v", "a", "EXCLUSIVE", days(0, 10))
	at := 0
	next := func() string {
		at++
		return s.segment(day(0), "${v}", at-1, 0)
	}
	again := func() string { return s.segment(day(0), "${v}", at-1, 0) }
	s.insertRead("a", kafka("start", "t", `{"0":0,"1":0}`), kafka("end", "t", `{"0":10,"1":20}`), next())
	s.rows()
	s.insertRead("a", kafka("start", "t", `{"0":0,"1":0}`), kafka("end", "t", `{"0":10,"1":20}`), again()) // once more
	s.insertRead("a", kafka("start", "t", `{"0":10,"1":20}`), kafka("end", "t", `{"0":15,"1":20}`), next())
	s.insertRead("a", kafka("start", "t", `{"0":15}`), kafka("end", "t", `{"0":16}`), next()) // one partition
	s.rows()
	s.insertRead("a", kafka("start", "t", `{"2":0}`), kafka("end", "t", `{"2":5}`), next()) // a new one
	s.rows()
	s.insertRead("a", kafka("start", "t", `{"0":14}`), kafka("end", "t", `{"0":18}`), next())                // behind
	s.insertRead("a", kafka("start", "t", `{"0":17}`), kafka("end", "t", `{"0":18}`), again())               // ahead
	s.insertRead("a", kafka("start", "t", `{"0":16,"1":25}`), kafka("end", "t", `{"0":18,"1":30}`), again()) // one of them ahead
	s.insertRead("a", kafka("start", "t", `{"0":15,"1":25}`), kafka("end", "t", `{"0":18,"1":30}`), again()) // one behind, one ahead
	s.insertRead("a", kafka("start", "other", `{"0":0}`), kafka("end", "other", `{"0":5}`), again())         // of another stream
	s.rows()
	s.insertRead("a", kafka("end", "t", `{"0":16}`), kafka("end", "t", `{"0":17}`), again()) // an end as a start
	s.insertRead("a", kafka("start", "t", `{"0":17}`), kafka("start", "t", `{"0":18}`), next())
	s.insertRead("a", kafka("start", "t", `{"0":18}`), kafka("end", "other", `{"0":19}`), next())
	s.rows()
	s.insertRead("a", kafka("start", "t", `{"0":17}`), kafka("end", "t", `{"0":20}`)) // without segments
	s.rows()
	s.insertRead("a", kafka("start", "t", `{"0":17}`), kafka("end", "t", `{"0":20}`))
	s.insertRead("a", kafka("start", "t", `{"0":20}`), kafka("end", "t", `{"0":21}`), s.segment(day(20), "${v}", 0, 0)) // without a lock
	s.rows()
	s.insertRead("a", `null`, kafka("end", "t", `{"0":25}`), next())
	s.insertRead("a", kafka("start", "t", `{"0":20}`), `null`, again())
	s.insertRead("a", `{"type":"kafka"}`, `{"type":"kafka"}`, again())
	s.insertRead("a", `{"type":"nothing"}`, `{"type":"nothing"}`, again())
	s.insertRead("a", kafka("start", "t", `{"0":"x"}`), kafka("end", "t", `{"0":21}`), again())
	s.insertRead("a", kafka("start", "t", `{"x":20}`), kafka("end", "t", `{"0":21}`), again())
	s.insertRead("a", kafka("start", "t", `null`), kafka("end", "t", `{"0":21}`), again())
	s.act("a", `{"type":"segmentTransactionalInsert","segments":[],"startMetadata":%s,"endMetadata":%s}`, kafka("start", "t", `{"0":20}`), kafka("end", "t", `{"0":21}`))
	s.act("a", `{"type":"segmentTransactionalInsert","segments":[],"dataSource":%q}`, s.DataSource)
	s.insertRead("a", `{"type":"kafka","partitions":{"type":"start","topic":"t","partitionOffsetMap":{"0":20},"exclusivePartitions":[]}}`,
		`{"type":"kafka","partitions":{"type":"end","topic":"t","partitionOffsetMap":{"0":22}}}`, again()) // the older names
	s.rows()
	s.insertRead("a", `{"type":"kafka","partitions":{"type":"start","stream":"t","partitionSequenceNumberMap":{"0":22},"exclusivePartitions":[0]}}`,
		kafka("end", "t", `{"0":23}`), next())
	s.insertRead("a", kafka("start", "t", `{}`), kafka("end", "t", `{"5":9223372036854775807}`), next()) // of nothing, and as far as can be
	s.insertRead("a", kafka("start", "t", `{"5":9223372036854775807}`), kafka("end", "t", `{}`), next())
	s.insertRead("a", `{"type":"object","object":"x"}`, `{"type":"object","object":"y"}`, next())
	return s.end()
}

// appendedOffsets publishes what was read of a stream, under APPEND locks.
func appendedOffsets() *Section {
	s := newSection("appended_offsets")
	s.submit("a")
	s.allocate("a", "2020-01-01T00:00:00.000Z", `"DAY"`, "s", appendLock)
	s.allocate("a", "2020-01-01T00:00:00.000Z", `"DAY"`, "s2", appendLock)
	read := func(start, end, segment string) {
		s.act("a", `{"type":"segmentTransactionalAppend","segments":%s,"startMetadata":%s,"endMetadata":%s}`, list(segment), start, end)
	}
	read(kafka("start", "t", `{"9":0}`), kafka("end", "t", `{"9":5}`), s.segment(day(0), epoch, 0, 0))
	read(kafka("start", "t", `{"9":0}`), kafka("end", "t", `{"9":5}`), s.segment(day(0), epoch, 0, 0))
	read(kafka("start", "t", `{"9":4}`), kafka("end", "t", `{"9":7}`), s.segment(day(0), epoch, 1, 0))
	read(kafka("start", "t", `{"9":6}`), kafka("end", "t", `{"9":7}`), s.segment(day(0), epoch, 1, 0))
	read(`null`, kafka("end", "t", `{"9":7}`), s.segment(day(0), epoch, 1, 0))
	s.rows()
	read(kafka("start", "t", `{"9":5}`), kafka("end", "t", `{"9":7}`), s.segment(day(0), epoch, 1, 0))
	return s.end()
}

// topics reads one topic, then several, then one again.
func topics() *Section {
	s := newSection("topics")
	s.submit("a")
	s.lockAs("v", "a", "EXCLUSIVE", day(0))
	at := 0
	read := func(start, end string) {
		s.insertRead("a", start, end, s.segment(day(0), "${v}", at, 0))
		at++
	}
	read(kafka("start", "a|b", `{"a:0":5,"b:0":7}`), kafka("end", "a|b", `{"a:0":6,"b:0":8}`))
	s.rows()
	read(kafka("start", "a|b", `{"a:0":6}`), kafka("end", "a|b", `{"a:0":7}`))
	read(kafka("start", "a|b", `{"b:0":7}`), kafka("end", "a|b", `{"b:0":9}`))
	read(kafka("start", "a|b", `{"b:0":9}`), kafka("end", "a|b", `{"b:0":10}`))
	s.rows()
	return s.end()
}

// objects publishes together with something that only the publisher understands.
func objects() *Section {
	s := newSection("objects")
	s.submit("a")
	s.lockAs("v", "a", "EXCLUSIVE", day(0))
	object := func(value string) string { return `{"type":"object","object":` + value + `}` }
	s.insertRead("a", object(`{"b":1,"a":[1,2.5,"x"]}`), object(`5`), s.segment(day(0), "${v}", 0, 0)) // begins with something
	s.insertRead("a", object(`null`), object(`{"b":1,"a":[1,2.5,"x",null]}`), s.segment(day(0), "${v}", 0, 0))
	s.rows()
	s.insertRead("a", object(`null`), object(`{"c":1}`), s.segment(day(0), "${v}", 1, 0))
	s.insertRead("a", object(`{"a":[1,2.5,"x",null],"b":1}`), object(`"next"`), s.segment(day(0), "${v}", 1, 0)) // the same in another order
	s.rows()
	s.insertRead("a", object(`"next"`), object(`null`), s.segment(day(0), "${v}", 2, 0))
	s.rows()
	s.insertRead("a", kafka("start", "t", `{"0":0}`), kafka("end", "t", `{"0":1}`), s.segment(day(0), "${v}", 3, 0))
	s.insertRead("a", object(`null`), kafka("end", "t", `{"0":1}`), s.segment(day(0), "${v}", 4, 0))
	return s.end()
}

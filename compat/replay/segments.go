package replay

import "fmt"

// allocate asks for the id of a segment. More are further fields, each with a comma before it.
func (s *Section) allocate(task, timestamp, granularity, sequence, more string) *Step {
	return s.act(task, `{"type":"segmentAllocate","dataSource":%q,"timestamp":%q,"queryGranularity":"NONE","preferredSegmentGranularity":%s,"sequenceName":%q%s}`,
		s.DataSource, timestamp, granularity, s.Name+"_"+sequence, more) // the key of an id tells nothing of the data source
}

const (
	noLineage  = `,"previousSegmentId":null,"skipSegmentLineageCheck":true`
	appendLock = `,"skipSegmentLineageCheck":true,"taskLockType":"APPEND"`
)

// allocation allocates beside locks and segments.
func allocation() *Section {
	s := newSection("allocation")
	s.submit("a", "b")
	s.submitWith("low", s.task("low"), 10)
	at := "2020-01-01T10:20:30.000Z"
	s.allocate("a", at, `"DAY"`, "s", noLineage).save("v", "result.version")
	s.allocate("a", at, `"DAY"`, "s", noLineage)                         // once more
	s.allocate("a", at, `"DAY"`, "s2", noLineage)                        // the next partition
	s.allocate("a", "2020-01-01T23:59:59.999Z", `"DAY"`, "s", noLineage) // the same chunk
	s.allocate("a", at, `"HOUR"`, "s3", noLineage)                       // finer
	s.allocate("a", at, `"MONTH"`, "s4", noLineage)                      // wider
	s.allocate("b", at, `"DAY"`, "s", noLineage)                         // locked by another
	s.allocate("b", at, `"DAY"`, "s", `,"skipSegmentLineageCheck":true,"taskLockType":"SHARED"`)
	s.rows()
	s.act("a", `{"type":"segmentTransactionalInsert","segments":%s}`, list(s.segment(day(0), "${v}", 0, 0), s.segment(day(0), "${v}", 1, 0)))
	s.allocate("a", at, `"DAY"`, "s5", noLineage)
	s.allocate("a", at, `"DAY"`, "s", noLineage) // whose segment is published
	s.allocate("a", at, `"MONTH"`, "s6", noLineage)
	s.allocate("a", at, `"HOUR"`, "s7", noLineage)
	s.act("a", `{"type":"segmentAllocate","dataSource":%q,"timestamp":%q,"queryGranularity":"MONTH","preferredSegmentGranularity":"MONTH","sequenceName":"s8"%s}`,
		s.DataSource, at, noLineage) // whose rows are of more than the chunk
	s.act("a", `{"type":"segmentAllocate","dataSource":%q,"timestamp":%q,"queryGranularity":"DAY","preferredSegmentGranularity":"HOUR","sequenceName":"s9"%s}`,
		s.DataSource, "2020-03-01T10:00:00.000Z", noLineage) // whose rows are of more than the segment
	// Over a chunk with a version of its own and core partitions.
	s.lockAs("w", "a", "EXCLUSIVE", day(5))
	s.act("a", `{"type":"segmentTransactionalInsert","segments":%s}`, list(s.segment(day(5), "${w}", 0, 2), s.segment(day(5), "${w}", 1, 2)))
	s.allocate("a", "2020-01-06T00:00:00.000Z", `"DAY"`, "t", noLineage)
	s.allocate("a", "2020-01-06T00:00:00.000Z", `"DAY"`, "t2", noLineage)
	s.act("a", `{"type":"markSegmentsAsUnused","dataSource":%q,"interval":%q}`, s.DataSource, day(5))
	s.allocate("a", "2020-01-06T00:00:00.000Z", `"DAY"`, "t3", noLineage)
	s.allocate("a", "2020-01-06T00:00:00.000Z", `"DAY"`, "t", noLineage)
	// Under a lock that is revoked.
	s.allocate("low", "2020-01-11T00:00:00.000Z", `"DAY"`, "l", noLineage)
	s.lock("a", "EXCLUSIVE", day(10))
	s.allocate("low", "2020-01-11T00:00:00.000Z", `"DAY"`, "l", noLineage).differs(revoked, `400 \{"error":"the lock of task.* was revoked .*"\}`)
	s.allocate("low", "2020-01-11T00:00:00.000Z", `"DAY"`, "l2", noLineage).differs(revoked, `400 \{"error":"the lock of task.* was revoked .*"\}`)
	s.allocate("a", "2020-01-11T00:00:00.000Z", `"DAY"`, "l", noLineage)
	return s.end()
}

// lineage allocates along sequences in which each id names the one before.
func lineage() *Section {
	s := newSection("lineage")
	s.submit("a")
	previous := func(id string) string {
		return fmt.Sprintf(`,"previousSegmentId":%q,"skipSegmentLineageCheck":false`, id)
	}
	at := "2020-01-01T00:00:00.000Z"
	s.allocate("a", at, `"DAY"`, "s", `,"previousSegmentId":null`).save("v", "result.version")
	s.allocate("a", at, `"DAY"`, "s", `,"previousSegmentId":null`)
	s.allocate("a", at, `"DAY"`, "s", ``)
	s.allocate("a", at, `"DAY"`, "s", previous(""))
	s.allocate("a", at, `"DAY"`, "s", previous(s.id(day(0), "${v}", 0)))
	s.allocate("a", at, `"DAY"`, "s", previous(s.id(day(0), "${v}", 0)))
	s.allocate("a", "2020-01-02T00:00:00.000Z", `"DAY"`, "s", previous(s.id(day(0), "${v}", 0))) // another day after the same one
	s.allocate("a", "2020-01-02T00:00:00.000Z", `"DAY"`, "s", previous(s.id(day(0), "${v}", 1)))
	s.allocate("a", at, `"DAY"`, "other", `,"previousSegmentId":null`)
	s.allocate("a", at, `"DAY"`, "other", previous("nonsense"))
	return s.end()
}

// granularities allocates in time chunks of all sizes.
func granularities() *Section {
	s := newSection("granularities")
	s.submit("a", "b")
	for i, g := range []string{
		`"SECOND"`, `"MINUTE"`, `"FIVE_MINUTE"`, `"TEN_MINUTE"`, `"FIFTEEN_MINUTE"`, `"THIRTY_MINUTE"`, `"HOUR"`, `"SIX_HOUR"`, `"EIGHT_HOUR"`, `"DAY"`, `"WEEK"`, `"MONTH"`,
		`"QUARTER"`, `"YEAR"`, `{"type":"period","period":"P1D","timeZone":"UTC","origin":null}`,
	} {
		s.allocate("a", fmt.Sprintf("20%02d-05-17T13:47:11.123Z", i), g, "s", noLineage)
	}
	s.lock("b", "EXCLUSIVE", "2018-02-10T00:00:00.000Z/2018-02-20T00:00:00.000Z")
	s.allocate("a", "2018-02-05T13:47:11.123Z", `"YEAR"`, "s", noLineage) // beside a lock in that year
	s.allocate("a", "2018-02-15T13:47:11.123Z", `"YEAR"`, "s", noLineage) // and within it
	return s.end()
}

// oddGranularities allocates by the days of a place, the lock over which Java never removes, and in time chunks of lengths of their own.
func oddGranularities() *Section {
	s := newSection("odd_granularities")
	s.submit("a")
	s.allocate("a", "2014-05-17T13:47:11.123Z", `{"type":"period","period":"P1D","timeZone":"America/New_York"}`, "s", noLineage)
	for i, c := range []struct{ granularity, interval string }{
		{`{"type":"none"}`, "2015-05-17T13:47:11.123Z/2015-05-17T13:47:11.124Z"},
		{`{"type":"period","period":"P2D","origin":"2020-01-02T00:00:00.000Z"}`, "2016-05-16T00:00:00.000Z/2016-05-18T00:00:00.000Z"},
		{`{"type":"duration","duration":7200000}`, "2017-05-17T12:00:00.000Z/2017-05-17T14:00:00.000Z"},
		{`{"type":"period","period":"PT3H","timeZone":"UTC","origin":null}`, "2018-05-17T12:00:00.000Z/2018-05-17T15:00:00.000Z"},
	} {
		s.allocate("a", fmt.Sprintf("20%d-05-17T13:47:11.123Z", 15+i), c.granularity, "s", noLineage).differs(asAsked, `200 \{"result":\{.*"interval":"`+c.interval+`",.*\}\}`)
	}
	s.shutdown(s.task("a"))
	return s
}

// publication publishes segments and what cannot be published.
func publication() *Section {
	s := newSection("publication")
	s.submit("a", "b")
	insert := func(task string, segments ...string) *Step {
		return s.act(task, `{"type":"segmentTransactionalInsert","segments":%s}`, list(segments...))
	}
	s.lockAs("v", "a", "EXCLUSIVE", days(0, 2))
	insert("a", s.segment(day(0), "${v}", 0, 2), s.segment(day(0), "${v}", 1, 2))
	insert("a", s.segment(day(0), "${v}", 0, 2), s.segment(day(0), "${v}", 1, 2)) // once more
	insert("a", s.segment(day(0), "${v}", 1, 2), s.segment(day(0), "${v}", 2, 2)) // one of which is there
	insert("a", s.segment(days(0, 3), "${v}", 0, 1))                              // more than the lock
	insert("a", s.segment(day(1), "2999", 0, 1))                                  // later than the lock
	insert("a", s.segment(day(1), "2001", 0, 1))                                  // earlier
	insert("a", s.segment(day(1), "${v}", 0, 1), s.segment(day(5), "${v}", 0, 1)) // one without a lock
	insert("b", s.segment(day(1), "${v}", 0, 1))                                  // whose lock is another's
	insert("a")
	s.act("a", `{"type":"segmentTransactionalInsert","segments":null,"dataSource":%q}`, s.DataSource)
	s.act("a", `{"type":"segmentTransactionalInsert","segments":%s,"segmentsToBeOverwritten":[],"startMetadata":null,"endMetadata":null,"dataSource":%q,"segmentSchemaMapping":null}`,
		list(s.segment(day(1), "${v}", 0, 1)), s.DataSource)
	s.lockAs("w", "a", "EXCLUSIVE", days(10, 2))
	insert("a", s.segment(days(10, 2), "2001", 0, 1), s.segment(day(10), "${w}", 0, 1), s.segment(day(11), "${w}", 0, 1)) // of which one hides another
	insert("a", s.segmentOf(day(10), "2002", `{"type":"hashed","partitionNum":0,"partitions":1,"bucketId":0,"numBuckets":1,"partitionDimensions":["a"],"partitionFunction":"murmur3_32_abs"}`),
		s.segmentOf(day(11), "2002", `{"type":"single","start":null,"end":null,"dimension":"a","partitionNum":0,"numCorePartitions":1}`))
	insert("a", s.segmentOf(day(10), "2003", `{"type":"range","dimensions":["a"],"start":null,"end":["m"],"partitionNum":0,"numCorePartitions":2}`),
		s.segmentOf(day(10), "2003", `{"type":"range","dimensions":["a"],"start":["m"],"end":null,"partitionNum":1,"numCorePartitions":2}`))
	s.lock("b", "SHARED", day(20))
	s.lockAs("x", "a", "SHARED", day(20))
	insert("a", s.segment(day(20), "${x}", 0, 1))
	insert("b", s.segment(day(20), "${x}", 1, 1))
	s.act("b", `{"type":"segmentListUsed","dataSource":%q,"intervals":[%q]}`, s.DataSource, days(0, 30))
	s.shutdown(s.task("b"))
	insert("b", s.segment(day(20), "${x}", 2, 1)) // after its end
	return s.end()
}

// overlapping publishes segments of one version that overlap.
func overlapping() *Section {
	s := newSection("overlapping")
	s.submit("a")
	s.lockAs("v", "a", "EXCLUSIVE", days(0, 2))
	s.act("a", `{"type":"segmentTransactionalInsert","segments":%s}`, list(s.segment(day(0), "${v}", 0, 1)))
	s.act("a", `{"type":"segmentTransactionalInsert","segments":%s}`, list(s.segment(days(0, 2), "${v}", 0, 1))).
		differs(mustFit, `400 \{"error":".* which overlap, .*"\}`)
	s.act("a", `{"type":"segmentListUsed","dataSource":%q,"intervals":[%q]}`, s.DataSource, days(0, 2)).differs(mustFit, `200 \{"result":\[.*\]\}`)
	return s
}

// listing reads used and unused segments.
func listing() *Section {
	s := newSection("listing")
	s.submit("a")
	s.lockAs("v", "a", "EXCLUSIVE", days(0, 10))
	s.act("a", `{"type":"segmentTransactionalInsert","segments":%s}`, list(
		s.segment(days(0, 2), "2001", 0, 1), s.segment(day(0), "2002", 0, 1), s.segment(day(3), "2002", 0, 2), s.segment(day(3), "2002", 1, 2),
		s.segment(day(4), "2002", 0, 2), s.segment(day(5), "2001", 0, 1)))
	s.act("a", `{"type":"segmentTransactionalInsert","segments":%s}`, list(s.segment(day(5), "${v}", 0, 2))) // not all of its core partitions
	s.act("a", `{"type":"segmentTransactionalInsert","segments":%s}`, list(s.segment(day(6), "${v}", 3, 0), s.segment(day(6), "${v}", 5, 0)))
	for _, intervals := range []string{list(quote(days(0, 10))), list(quote(day(0))), list(quote(day(1))), list(quote("2020-01-01T10:00:00.000Z/2020-01-01T11:00:00.000Z")),
		list(quote(day(0)), quote(day(3))), list(quote(days(3, 2)), quote(day(3))), list(quote("2010/2011")), list(quote("-146136543-09-08T08:23:32.096Z/146140482-04-24T15:36:27.903Z"))} {
		s.act("a", `{"type":"segmentListUsed","dataSource":%q,"intervals":%s}`, s.DataSource, intervals)
		s.act("a", `{"type":"segmentListUsed","dataSource":%q,"intervals":%s,"visibility":"INCLUDING_OVERSHADOWED"}`, s.DataSource, intervals)
	}
	s.act("a", `{"type":"segmentListUsed","dataSource":"replay_nothing","intervals":["2020/2021"],"visibility":"ONLY_VISIBLE"}`)
	ids := list(quote(s.id(day(0), "2002", 0)), quote(s.id(days(0, 2), "2001", 0)), quote(s.id(day(3), "2002", 1)), quote(s.id(day(9), "2002", 0)))
	s.act("a", `{"type":"retrieveSegmentsById","dataSource":%q,"segmentIds":%s}`, s.DataSource, ids)
	s.act("a", `{"type":"retrieveSegmentsById","dataSource":%q,"segmentIds":["nobody"]}`, s.DataSource)
	s.act("a", `{"type":"retrieveSegmentsById","dataSource":"replay_nothing","segmentIds":%s}`, ids)
	s.act("a", `{"type":"retrieveSegmentsById","dataSource":%q,"segmentIds":[]}`, s.DataSource)
	s.act("a", `{"type":"retrieveUpgradedFromSegmentIds","dataSource":%q,"segmentIds":%s}`, s.DataSource, ids)
	s.act("a", `{"type":"retrieveUpgradedToSegmentIds","dataSource":%q,"segmentIds":%s}`, s.DataSource, ids)
	unused := func(interval, more string) {
		s.act("a", `{"type":"segmentListUnused","dataSource":%q,"interval":%q%s}`, s.DataSource, interval, more)
	}
	unused(days(0, 10), "")
	s.act("a", `{"type":"markSegmentsAsUnused","dataSource":%q,"interval":%q}`, s.DataSource, days(0, 4))
	unused(days(0, 10), "")
	unused(day(0), "")
	unused(day(1), "")
	unused(days(0, 10), `,"limit":4`)
	unused(days(0, 10), `,"limit":100,"versions":null`)
	unused(days(0, 10), `,"versions":["2002"]`)
	unused(days(0, 10), `,"versions":["2001","nobody"]`)
	unused(days(0, 10), `,"versions":[]`)
	unused(days(0, 10), `,"maxUsedStatusLastUpdatedTime":"2020-01-01T00:00:00.000Z"`)
	unused(days(0, 10), `,"maxUsedStatusLastUpdatedTime":"2999-01-01T00:00:00.000Z","versions":["2001"],"limit":5`)
	s.act("a", `{"type":"segmentListUsed","dataSource":%q,"intervals":[%q]}`, s.DataSource, days(0, 10))
	s.act("a", `{"type":"retrieveSegmentsById","dataSource":%q,"segmentIds":%s}`, s.DataSource, ids)
	return s.end()
}

func quote(text string) string { return fmt.Sprintf("%q", text) }

// removal marks segments as unused, moves them and removes them.
func removal() *Section {
	s := newSection("removal")
	s.submit("a", "b")
	s.lockAs("v", "a", "EXCLUSIVE", days(0, 10))
	one, two, three := s.segment(day(0), "${v}", 0, 1), s.segment(day(1), "${v}", 0, 1), s.segment(days(2, 2), "${v}", 0, 1)
	s.act("a", `{"type":"segmentTransactionalInsert","segments":%s}`, list(one, two, three))
	mark := func(task, interval string) {
		s.act(task, `{"type":"markSegmentsAsUnused","dataSource":%q,"interval":%q}`, s.DataSource, interval)
	}
	mark("a", day(2)) // a part of one
	mark("a", days(0, 2))
	mark("a", days(0, 2))
	mark("a", "2019-12-31T00:00:00.000Z/2020-01-02T00:00:00.000Z")
	moved := `{"dataSource":"replay_removal","interval":"` + day(0) + `","version":"${v}","loadSpec":{"type":"elsewhere","path":"there"},"dimensions":"a,b","metrics":"c",` +
		`"shardSpec":{"type":"numbered","partitionNum":0,"partitions":1},"binaryVersion":9,"size":7}`
	s.act("a", `{"type":"segmentMetadataUpdate","segments":%s}`, list(moved))
	s.act("a", `{"type":"segmentMetadataUpdate","segments":%s}`, list(moved))
	s.rows()
	s.act("a", `{"type":"segmentMetadataUpdate","segments":[]}`)
	s.act("a", `{"type":"segmentMetadataUpdate","segments":%s}`, list(s.segment(day(7), "${v}", 0, 1)))  // which is not there
	s.act("b", `{"type":"segmentMetadataUpdate","segments":%s}`, list(moved))                            // without a lock
	s.act("a", `{"type":"segmentMetadataUpdate","segments":%s}`, list(s.segment(day(30), "${v}", 0, 1))) // outside of the lock
	s.act("a", `{"type":"retrieveSegmentsById","dataSource":%q,"segmentIds":[%q]}`, s.DataSource, s.id(day(0), "${v}", 0))
	s.act("b", `{"type":"segmentNuke","segments":%s}`, list(one))
	s.act("a", `{"type":"segmentNuke","segments":%s}`, list(moved))
	s.act("a", `{"type":"segmentNuke","segments":%s}`, list(moved))
	s.act("a", `{"type":"segmentNuke","segments":%s}`, list(one, two))
	s.act("a", `{"type":"segmentNuke","segments":[]}`)
	s.act("a", `{"type":"retrieveSegmentsById","dataSource":%q,"segmentIds":[%q]}`, s.DataSource, s.id(day(0), "${v}", 0))
	s.act("a", `{"type":"segmentTransactionalInsert","segments":%s}`, list(one)) // which may be there again
	return s.end()
}

package replay

const epoch = "1970-01-01T00:00:00.000Z"

func (s *Section) append(task string, segments ...string) *Step {
	return s.act(task, `{"type":"segmentTransactionalAppend","segments":%s}`, list(segments...))
}

func (s *Section) replace(task string, segments ...string) *Step {
	return s.act(task, `{"type":"segmentTransactionalReplace","segments":%s}`, list(segments...))
}

func (s *Section) listUsed(task string) {
	s.act(task, `{"type":"segmentListUsed","dataSource":%q,"intervals":[%q]}`, s.DataSource, days(-10, 60))
}

// appendedFirst appends beside a task that replaces afterwards.
func appendedFirst() *Section {
	s := newSection("appended_first")
	s.submit("appends", "replaces")
	s.allocate("appends", "2020-01-01T00:00:00.000Z", `"DAY"`, "s", appendLock)
	s.lockAs("v", "replaces", "REPLACE", day(0))
	s.allocate("appends", "2020-01-01T00:00:00.000Z", `"DAY"`, "s2", appendLock)
	s.append("appends", s.segment(day(0), epoch, 0, 0))
	s.rows()
	s.listUsed("replaces")
	s.listUsed("appends")
	s.replace("replaces", s.segment(day(0), "${v}", 0, 2), s.segment(day(0), "${v}", 1, 2))
	s.rows()
	s.append("appends", s.segment(day(0), epoch, 1, 0))
	s.listUsed("replaces")
	s.listUsed("appends")
	s.act("appends", `{"type":"retrieveUpgradedFromSegmentIds","dataSource":%q,"segmentIds":%s}`, s.DataSource,
		list(quote(s.id(day(0), "${v}", 2)), quote(s.id(day(0), "${v}", 3)), quote(s.id(day(0), "${v}", 0))))
	s.act("appends", `{"type":"retrieveUpgradedToSegmentIds","dataSource":%q,"segmentIds":%s}`, s.DataSource,
		list(quote(s.id(day(0), epoch, 0)), quote(s.id(day(0), "${v}", 0))))
	s.allocate("appends", "2020-01-01T00:00:00.000Z", `"DAY"`, "s3", appendLock) // after those of the new version
	return s.end()
}

// replacedFirst replaces beside a task that appends afterwards, twice.
func replacedFirst() *Section {
	s := newSection("replaced_first")
	s.submit("appends", "replaces", "again")
	s.allocate("appends", "2020-01-01T00:00:00.000Z", `"DAY"`, "s", appendLock)
	s.allocate("appends", "2020-01-01T00:00:00.000Z", `"DAY"`, "s2", appendLock)
	s.lockAs("v", "replaces", "REPLACE", day(0))
	s.replace("replaces", s.segment(day(0), "${v}", 0, 1))
	s.rows()
	s.shutdown(s.task("replaces"))
	s.rows()
	s.lockAs("w", "again", "REPLACE", day(0))
	s.append("appends", s.segment(day(0), epoch, 0, 0))
	s.append("appends", s.segment(day(0), epoch, 0, 0)) // once more
	s.rows()
	s.replace("again", s.segment(day(0), "${w}", 0, 1))
	s.rows()
	s.append("appends", s.segment(day(0), epoch, 1, 0))
	s.rows()
	s.listUsed("appends")
	return s.end()
}

// concurrentLimits is what cannot be appended or replaced.
func concurrentLimits() *Section {
	s := newSection("concurrent_limits")
	s.submit("appends", "replaces", "both")
	s.allocate("appends", "2020-01-01T00:00:00.000Z", `"DAY"`, "s", appendLock)
	s.append("appends")
	s.act("appends", `{"type":"segmentTransactionalAppend","segments":null}`)
	s.append("appends", s.segment(day(3), epoch, 0, 0)) // without a lock
	s.append("appends", s.segment(day(0), "2001", 0, 0))
	s.lockAs("v", "replaces", "REPLACE", days(0, 3))
	s.replace("replaces")
	s.replace("replaces", s.segment(day(5), "${v}", 0, 1))
	s.append("replaces", s.segment(day(1), "${v}", 0, 1)) // with locks of another type
	s.lock("both", "EXCLUSIVE", day(10))
	s.lock("both", "APPEND", day(11))
	s.append("both", s.segment(day(11), epoch, 0, 0))
	s.replace("replaces", s.segment(days(0, 3), "${v}", 0, 1)) // wider than what is appended
	s.append("appends", s.segment(day(0), epoch, 0, 0))
	s.rows()
	return s.end()
}

// replaceUnderAppend replaces without a lock to do so.
func replaceUnderAppend() *Section {
	s := newSection("replace_under_append")
	s.submit("appends")
	s.allocate("appends", "2020-01-01T00:00:00.000Z", `"DAY"`, "s", appendLock)
	s.replace("appends", s.segment(day(0), epoch, 5, 0)).differs(notReplaced, `400 \{"error":".* holds no REPLACE or EXCLUSIVE lock over segment.*"\}`)
	return s
}

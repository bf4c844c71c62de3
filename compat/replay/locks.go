package replay

var lockTypes = []string{"EXCLUSIVE", "SHARED", "APPEND", "REPLACE"}

// coexistence asks for each type of lock beside each type of another task of the same priority, over the same day.
func coexistence() *Section {
	s := newSection("coexistence")
	s.submit("a", "b")
	s.eachPair("a", "b")
	for i, held := range lockTypes { // once more
		s.lock("a", held, day(4*i))
	}
	s.act("a", `{"type":"lockTryAcquire","lockType":null,"interval":%q}`, day(0))
	s.act("a", `{"type":"lockTryAcquire","interval":%q}`, day(40))
	s.act("b", `{"type":"lockTryAcquire","interval":%q}`, day(40))
	s.locks("a", "b")
	return s.end()
}

// overlaps asks for locks that others overlap in part.
func overlaps() *Section {
	s := newSection("overlaps")
	s.submit("a", "b", "c", "d")
	s.lock("a", "APPEND", days(0, 2))
	s.lock("b", "REPLACE", day(0))     // holds a part of it
	s.lock("b", "REPLACE", days(0, 3)) // holds it all
	s.lock("c", "APPEND", day(2))      // is within
	s.lock("c", "APPEND", days(2, 2))  // is not
	s.lock("d", "REPLACE", day(1))
	s.lock("a", "REPLACE", day(10))
	s.lock("b", "REPLACE", day(11))
	s.lock("c", "APPEND", days(10, 2)) // over two of them
	s.lock("c", "APPEND", day(11))
	s.lock("a", "EXCLUSIVE", days(20, 5))
	s.lock("b", "SHARED", day(22))
	s.lock("b", "EXCLUSIVE", day(25)) // begins where the other one ends
	s.lock("b", "EXCLUSIVE", days(19, 1))
	s.lock("a", "EXCLUSIVE", day(21))     // within its own
	s.lock("a", "EXCLUSIVE", days(20, 9)) // more than its own
	s.lock("a", "SHARED", days(30, 2))
	s.lock("b", "SHARED", days(31, 2))
	s.lock("c", "SHARED", days(30, 9))
	s.lock("d", "EXCLUSIVE", "2020-02-01T10:00:00.000Z/2020-02-01T11:00:00.000Z")
	s.lock("d", "EXCLUSIVE", "-146136543-09-08T08:23:32.096Z/146140482-04-24T15:36:27.903Z")
	s.lock("d", "SHARED", "2020-06-01/P1M")
	s.locks("a", "b", "c", "d")
	return s.end()
}

// eachPair asks for each type of lock beside each type that another task has, over a day each.
func (s *Section) eachPair(one, other string) {
	at := 0
	for _, held := range lockTypes {
		for _, asked := range lockTypes {
			s.lock(one, held, day(at))
			s.lock(other, asked, day(at))
			at++
		}
	}
}

// preemption asks for each type of lock beside each type of a task of less priority, of the same and of more.
func preemption() *Section {
	s := newSection("preemption")
	s.submitWith("low", s.task("low"), 10)
	s.submitWith("high", s.task("high"), 90)
	s.submitWith("higher", s.task("higher"), 91)
	s.eachPair("low", "high")
	s.locks("low", "high")
	s.rows()
	for i, held := range lockTypes {
		s.lock("low", held, day(4*i)) // which is revoked
	}
	s.act("low", `{"type":"lockAcquire","lockType":"EXCLUSIVE","interval":%q,"timeoutMs":100}`, day(0))
	s.lock("low", "SHARED", day(0))
	s.act("low", `{"type":"lockRelease","interval":%q}`, day(0))
	s.lock("low", "EXCLUSIVE", day(0))
	s.act("low", `{"type":"segmentTransactionalInsert","segments":%s}`, list(s.segment(day(1), "2020", 0, 1))).
		differs(revoked, `200 \{"result":\{"segments":\[\],"success":false,"retryable":false,"errorMsg":"\(why\)"\}\}`)
	s.lock("higher", "EXCLUSIVE", days(0, 16))
	s.locks("low", "high", "higher")
	s.lock("low", "EXCLUSIVE", days(20, 2))
	s.lock("high", "EXCLUSIVE", day(22))
	s.lock("higher", "EXCLUSIVE", days(20, 2)) // one of two
	s.lock("high", "EXCLUSIVE", days(19, 9))   // refused by one of more
	s.locks("low", "high", "higher")
	return s.end()
}

// groups asks for locks in the name of two tasks of one group.
func groups() *Section {
	s := newSection("groups")
	s.submitWith("one", s.task("group"), 50)
	s.submitWith("two", s.task("group"), 50)
	s.submit("stranger")
	s.eachPair("one", "two")
	s.locks("one", "two")
	s.lock("one", "EXCLUSIVE", days(20, 3))
	s.lock("two", "EXCLUSIVE", day(21))      // within
	s.lock("two", "EXCLUSIVE", days(20, 4))  // more
	s.lock("stranger", "EXCLUSIVE", day(21)) // of another group
	s.act("one", `{"type":"lockRelease","interval":%q}`, days(20, 3))
	s.lock("stranger", "EXCLUSIVE", day(22)) // the second one has it still
	s.act("two", `{"type":"lockRelease","interval":%q}`, days(20, 3))
	s.lock("stranger", "EXCLUSIVE", day(22))
	s.lock("one", "APPEND", day(30))
	s.lock("one", "APPEND", days(29, 3)) // takes the place of the one before
	s.locks("one", "two", "stranger")
	return s.end()
}

// releases gives locks back and waits for them.
func releases() *Section {
	s := newSection("releases")
	s.submit("a", "b")
	s.lock("a", "EXCLUSIVE", days(0, 2))
	s.act("b", `{"type":"lockAcquire","lockType":"EXCLUSIVE","interval":%q,"timeoutMs":50}`, day(0))
	s.act("b", `{"type":"lockAcquire","lockType":"SHARED","interval":%q,"timeoutMs":1}`, day(1))
	s.act("a", `{"type":"lockRelease","interval":%q}`, day(0))
	s.act("a", `{"type":"lockRelease","interval":%q}`, days(0, 3))
	s.act("b", `{"type":"lockRelease","interval":%q}`, days(0, 2))
	s.locks("a", "b")
	s.act("a", `{"type":"lockRelease","interval":%q}`, days(0, 2))
	s.act("a", `{"type":"lockRelease","interval":%q}`, days(0, 2))
	s.act("b", `{"type":"lockAcquire","lockType":"EXCLUSIVE","interval":%q,"timeoutMs":0}`, day(0))
	s.act("b", `{"type":"lockAcquire","lockType":null,"interval":%q,"timeoutMs":1000}`, day(0))
	s.lock("b", "SHARED", day(5))
	s.lock("b", "REPLACE", day(5)) // two over one day
	s.act("b", `{"type":"lockRelease","interval":%q}`, day(5))
	s.locks("a", "b")
	s.rows()
	s.shutdown(s.task("b"))
	s.lock("b", "EXCLUSIVE", day(0)) // of a task that has ended
	s.locks("b")
	s.act("b", `{"type":"lockRelease","interval":%q}`, day(0))
	s.lock("a", "EXCLUSIVE", day(0)) // which is free now
	return s.end()
}

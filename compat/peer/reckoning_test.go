//go:build peer

package peer

import (
	"maps"
	"slices"
	"strings"
)

// What is accepted, in a contest of leaders, is compared here with what was written.

// looksAt looks at what was written since a note, before and after the lead went to another, if that still has it; and at what the former leader has accepted
// of what it was asked when the other had accepted something.
func (c *contest) looksAt(former, next *contender, since int, late []acceptance) {
	c.t.Helper()
	c.none("ovate has written", c.writes.besideOthers(since))
	if next.isJava && !c.writes.begun(since) {
		c.none("ovate has written beside Java", c.writes.besideJava(since, next.user))
	}
	if former.isJava {
		for _, kind := range c.writes.afterTerm(since, former.user) {
			c.t.Log("Java wrote after ovate had begun: " + kind)
		}
	}
	kinds := map[string]int{}
	for _, a := range late {
		kinds[a.kind]++
	}
	if len(kinds) > 0 && former.isJava {
		c.t.Logf("Java has accepted what it was asked when ovate had accepted something: %v", kinds)
	} else if len(kinds) > 0 {
		c.t.Errorf("%s has accepted what it was asked when %s had accepted something: %v", former.user, next.user, kinds)
	}
	c.none("clients", c.pressure.takeFaults())
}

// none fails the test if there is anything of which there should be nothing.
func (c *contest) none(what string, found []string) {
	c.t.Helper()
	const some = 10
	if len(found) > 0 {
		c.t.Errorf("%s, %d times:\n%s", what, len(found), strings.Join(found[:min(some, len(found))], "\n"))
	}
}

// looksBack compares all that was accepted with what is there, once who leads knows of all tasks that are active.
func (c *contest) looksBack() {
	c.t.Helper()
	c.looksAt(c.servers[0], c.servers[0], 0, nil)
	c.none("tasks were active again after they had ended", c.writes.awakened())
	leader, _ := c.awaitCandidates()
	c.until("who leads knows all tasks that are active", func() bool {
		known := leader.runnerStatuses()
		for id := range c.writes.set(`SELECT id FROM druid_tasks WHERE active`) {
			if known[id] == "" {
				return false
			}
		}
		return true
	})
	c.comparesTasks()
	c.comparesIDs()
	c.comparesLocks()
	accepted := map[string]int{}
	for _, a := range c.pressure.accepted {
		accepted[a.kind]++
	}
	c.t.Logf("accepted: %v; rows written: %d; ids allocated: %d, locks kept: %d", accepted, c.writes.last(), len(c.pressure.allocated), len(c.pressure.kept))
	c.t.Logf("answers: %v", c.pressure.answers)
	c.t.Logf("%d times a process had a transaction under way when it was frozen", c.within)
	for _, what := range slices.Sorted(maps.Keys(c.takeovers)) {
		took := c.takeovers[what]
		slices.Sort(took)
		c.t.Logf("%s: %d times; from the end of the session to the first write: median %.2f s, longest %.2f s", what, len(took), took[len(took)/2].Seconds(), took[len(took)-1].Seconds())
	}
}

// wrong fails the test, unless a Java Overlord has had a part in it: what that has said just before it found that it led no more may not hold.
func (c *contest) wrong(java bool, format string, args ...any) {
	c.t.Helper()
	if java {
		c.t.Logf("(Java) "+format, args...)
	} else {
		c.t.Errorf(format, args...)
	}
}

func (c *contest) comparesTasks() {
	c.t.Helper()
	stored, active := c.writes.set(`SELECT id FROM druid_tasks`), c.writes.set(`SELECT id FROM druid_tasks WHERE active`)
	inserted := c.writes.inserted("druid_tasks")
	for _, a := range c.pressure.accepted {
		switch {
		case a.kind == "submit" && !stored[a.id]:
			c.t.Errorf("task %s, which %s has accepted, is lost", a.id, a.by.user)
		case a.kind == "submit" && inserted[a.id] != a.by.user:
			c.t.Errorf("task %s was accepted by %s, and stored by %s", a.id, a.by.user, inserted[a.id])
		case a.kind == "end" && active[a.id]:
			c.wrong(a.by.isJava, "task %s, which %s has ended, is active", a.id, a.by.user)
		}
	}
}

func (c *contest) comparesIDs() {
	c.t.Helper()
	pending := c.writes.set(`SELECT id FROM druid_pendingsegments`)
	ids := map[string]string{} // by what they were allocated for
	for id, sequence := range c.pressure.allocated {
		if !pending[id] {
			c.t.Errorf("%s, which was allocated for %s, is not there", id, sequence)
		}
		if other := ids[sequence]; other != "" {
			c.t.Errorf("%s got both %s and %s", sequence, id, other)
		}
		ids[sequence] = id
	}
}

func (c *contest) comparesLocks() {
	c.t.Helper()
	writers := c.writes.inserted("druid_tasklocks")
	type holder struct{ task, writer string }
	holders := map[string]holder{} // by interval
	for _, lock := range c.writes.texts(`SELECT id || ' ' || task_id || ' ' || (convert_from(lock_payload, 'UTF8')::jsonb->>'interval') FROM druid_tasklocks WHERE task_id LIKE 'locks-%'`) {
		row := strings.Fields(lock)
		h, interval := holder{row[1], writers[row[0]]}, row[2]
		if other, locked := holders[interval]; locked && other.task != h.task {
			c.wrong(byJava(h.writer) || byJava(other.writer), "%v and %v have both locked %s", h, other, interval)
		}
		holders[interval] = h
	}
	for interval, a := range c.pressure.kept {
		if holders[interval].task != a.id {
			c.wrong(a.by.isJava || byJava(holders[interval].writer), "%s, which %s got from %s, is locked by %v", interval, a.id, a.by.user, holders[interval])
		}
	}
}

func byJava(user string) bool { return strings.HasPrefix(user, "java") }

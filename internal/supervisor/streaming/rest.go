package streaming

import (
	"time"

	"ovate/druid"
)

// rest is for how long no tasks are made for a group.
type rest struct {
	failures int // one after the other
	until    time.Time
}

// short is how long a task has lived that has failed soon after it was made. One that has lived longer is followed at once: its worker may have died.
const short = time.Minute

// letGo is how long after a task was killed that was at work the next one of its group is made. It may get the same ids of segments, and come to the same
// process, an Indexer, which shows no rows of it until it has let go of those of the one before.
const letGo = 5 * time.Second

// restAfterKill notes that a task has ended that was killed.
func (s *Supervisor) restAfterKill(t *known) {
	if t.Heard == nil {
		return // it was not at work
	}
	r := s.rests[t.Group]
	if until := time.Now().Add(letGo); until.After(r.until) {
		r.until = until
	}
	s.rests[t.Group] = r
}

// restAfterFailure notes that a task has failed. Where the ones before it have failed as well, soon after they were made, the next one would, too, and each
// costs a worker a process and the store a row.
func (s *Supervisor) restAfterFailure(t *known) {
	if s.Now()-t.Created >= druid.Instant(short.Milliseconds()) {
		delete(s.rests, t.Group)
		return
	}
	failures := s.rests[t.Group].failures + 1
	s.rests[t.Group] = rest{failures, time.Now().Add(s.growing(failures))}
}

// resting are the groups for which no tasks are made now.
func (s *Supervisor) resting() map[int]bool {
	now := map[int]bool{}
	for group, r := range s.rests {
		if time.Until(r.until) > 0 {
			now[group] = true
		}
	}
	return now
}

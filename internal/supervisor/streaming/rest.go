package streaming

import (
	"time"

	"ovate/druid"
)

// rest is for how long no tasks are made for a group, as those before have failed soon after they were made: the next ones would fail as well, and a task
// costs workers a process and the store a row.
type rest struct {
	failures int // one after the other
	until    time.Time
}

// short is how long a task has lived that has failed soon after it was made. One that has lived longer is followed at once: its worker may have died.
const short = time.Minute

// restAfter notes that a task has failed.
func (s *Supervisor) restAfter(t *known) {
	if s.Now()-t.Created >= druid.Instant(short.Milliseconds()) {
		delete(s.rests, t.Group)
		return
	}
	failures := s.rests[t.Group].failures + 1
	pause := min(soon<<min(failures-1, 8), max(s.settings.Period, soon))
	s.rests[t.Group] = rest{failures, time.Now().Add(pause)}
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

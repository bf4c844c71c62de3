package supervisor

import (
	"errors"

	"ovate/druid"
	"ovate/internal/share"
)

// What all supervisors may have together, as who leads has all of it in memory. What was stored before counts, and goes on though it be more.
const (
	most      = 10_000
	mostBytes = 256 << 20 // of their specs
)

// taken counts what supervisors have, by who has submitted their specs; nobody's is what the audit history does not tell of.
type taken struct{ supervisors, bytes *share.Count }

func newTaken() taken {
	return taken{share.New("supervisors", most), share.New("bytes of specs of supervisors", mostBytes)}
}

// count counts a supervisor, unless it is already; nil: none.
func (t taken) count(one *member) {
	if one != nil && !one.counted {
		one.counted = true
		t.supervisors.Take(one.by, 1)
		t.bytes.Take(one.by, one.size())
	}
}

// forget takes back that a supervisor is counted; nil: none.
func (t taken) forget(one *member) {
	if one != nil && one.counted {
		one.counted = false
		t.supervisors.Give(one.by, 1)
		t.bytes.Give(one.by, one.size())
	}
}

// claim counts a supervisor, beside the one in whose place it is to be (nil: none), if there is room for what it has more than that.
func (t taken) claim(next, old *member) (err error) {
	more := next.size()
	if old == nil {
		err = t.supervisors.Room(next.by, 1)
	} else {
		more -= old.size()
	}
	if err == nil && more > 0 {
		err = t.bytes.Room(next.by, more)
	}
	if err == nil {
		t.count(next)
		return nil
	}
	if used, has := errors.AsType[*share.Error](err); has {
		return druid.CapacityExceeded("There is no room for the supervisor, as %v: terminate some of yours", used)
	}
	return druid.CapacityExceeded("There is no room for the supervisor: all together may be %d, with specs of %d MiB. Terminate some", most, mostBytes>>20)
}

// size is how many bytes a supervisor's spec has.
func (m *member) size() int64 {
	if m.spec == nil {
		return 0
	}
	return int64(len(m.spec.Payload))
}

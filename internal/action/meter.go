package action

import (
	"time"

	"ovate/druid"
)

// Meter hears of what actions come to, for figures of them. It is called from any goroutine, and must return quickly.
type Meter interface {
	// Performed tells of an action that was tried: how long that took, with all that it waited for, and the error that it came to.
	Performed(by Identity, action string, took time.Duration, err error)
	// Allocated tells how many allocations have shared a transaction, and how long that took.
	Allocated(together int, took time.Duration)
	// Published tells which segments a publication has added, or that it came to nothing.
	Published(by Identity, added []druid.DataSegment, ok bool)
	// Relocated tells of segments of which others files are known now, and Removed of such whose rows were removed.
	Relocated(by Identity, segments []druid.DataSegment)
	Removed(by Identity, segments []druid.DataSegment)
	// Ended tells of the final status of a task, once it is stored.
	Ended(by Identity, status druid.TaskStatus)
}

// unmetered is a Meter for nobody.
type unmetered struct{}

func (unmetered) Performed(Identity, string, time.Duration, error) {}
func (unmetered) Allocated(int, time.Duration)                     {}
func (unmetered) Published(Identity, []druid.DataSegment, bool)    {}
func (unmetered) Relocated(Identity, []druid.DataSegment)          {}
func (unmetered) Removed(Identity, []druid.DataSegment)            {}
func (unmetered) Ended(Identity, druid.TaskStatus)                 {}

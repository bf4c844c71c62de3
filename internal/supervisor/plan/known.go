// Package plan decides what the supervisor of a stream does next, by what it knows: its spec, the stream, what is published, its tasks and what they have
// told, and the time. It asks nobody and does nothing: package streaming does both.
package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/stream"
)

// Offsets are places in partitions, by the names that Druid has for these: 0, or topic:0 where several topics are read.
type Offsets map[string]stream.Sequence

// Clone is a copy.
func (o Offsets) Clone() Offsets { return maps.Clone(o) }

// text are they for people.
func (o Offsets) text() string {
	var all []string
	for _, partition := range slices.Sorted(maps.Keys(o)) {
		all = append(all, fmt.Sprintf("offset %s of partition %s", o[partition], partition))
	}
	return strings.Join(all, ", ")
}

// Rules are what the spec of a supervisor says that decisions go by.
type Rules struct {
	Suspended           bool
	TaskCount, Replicas int
	// TaskDuration is how long tasks read, and CompletionTimeout how long they may take to publish then.
	TaskDuration, CompletionTimeout time.Duration
	// StopTaskCount is how many groups may publish at a time before others end because of their age.
	StopTaskCount int
	// Late and Early are how much older or younger records may be than the beginning and the end of a task; nil: as old or young as they are. LateStart
	// takes the place of Late.
	Late, Early *time.Duration
	LateStart   *druid.Instant
	// UseEarliest begins partitions at their first record where nothing of the stream was read before, and not after their last.
	UseEarliest bool
	// ResetAutomatically goes on elsewhere where records have been removed that were not read.
	ResetAutomatically bool
	// RepartitionDelay is how long tasks go on reading once there are partitions that nobody reads.
	RepartitionDelay time.Duration
	// IdleAfter is how long nothing has to come before a supervisor makes no tasks; 0: it always does.
	IdleAfter time.Duration
	// GroupsOf is which group of tasks reads each of the partitions that a stream has, from 0 on and below the number of tasks.
	GroupsOf func(partitions []string, taskCount int) map[string]int
	// Order compares places.
	Order stream.Order
}

// Known is what a supervisor knows at a moment. What tasks have told was asked before Published was read.
type Known struct {
	Rules
	// Now never goes back, as the times of the supervisor's own notes. Wall is the machine's clock, which may: the times of workers and of records go by it.
	Now, Wall druid.Instant
	// Partitions are those that the stream has now, in its order, and Earliest and Latest what is known of where they begin and end.
	Partitions       []string
	Earliest, Latest Offsets
	// Unavailable are those of Published at which reading cannot go on.
	Unavailable map[string]bool
	// Published is how far this stream is published, or where reading of it has begun. Elsewhere tells that what is published is of another stream.
	Published Offsets
	Elsewhere bool
	// Renamed tells that Published is stored by another name of the stream, as a topic may be read alone or among others: what is published next would not
	// be taken for what follows on it.
	Renamed bool
	// Tasks are all that are active, in whatever order.
	Tasks []Task
	// Succeeded are sequences of which a task has succeeded.
	Succeeded map[string]bool
	// Ending tells since when tasks are known to have been told where to end.
	Ending map[string]druid.Instant
	// Paused are tasks that wait in vain if they are paused: those that have been for so long that nobody remembers them.
	Paused map[string]bool
	// Handoff are groups that are to end whatever their age is.
	Handoff map[int]bool
	// Resting are groups whose tasks have failed soon after they were made: none are made for them for a while.
	Resting map[int]bool
	// Grown is since when plans tell that the stream has grown; zero: the last one did not.
	Grown druid.Instant
	// Quiet is since when nothing has come and everything has been read; zero: that is not so.
	Quiet druid.Instant
	// Full are what tasks have told that have read as much as they may, and wait to be told where their replicas are to end, too.
	Full []Full
}

// Full is what a task tells that has read enough.
type Full struct {
	Group int
	// From is where what it has read began.
	From Offsets
}

// Task is an active task of the supervisor.
type Task struct {
	ID string
	// Group is the number of its group, and Sequence the name that its replicas have, too.
	Group    int
	Sequence string
	// Start is where it was to begin. Checkpoints is where its parts began when it was made.
	Start       Offsets
	Checkpoints Checkpoints
	// Earliest and Latest are the times of records that it takes; nil: all.
	Earliest, Latest *druid.Instant
	Created          druid.Instant
	// Current tells that it does what the spec says now, and Elsewhere that it reads another stream.
	Current, Elsewhere bool
	// Placed tells that it has been given to a worker, and listens or soon will.
	Placed bool
	// Heard is what it has told last; nil: nothing yet.
	Heard *Heard
	// Lost tells that it was asked in vain for so long that it counts as lost.
	Lost bool
}

// Phase is what a task that reads a stream is at.
type Phase uint8

// The phases, in Druid's words: NOT_STARTED and STARTING, READING, PAUSED, PUBLISHING.
const (
	Starting Phase = iota
	Reading
	Paused
	Publishing
)

// Heard is what a task has told.
type Heard struct {
	Phase Phase
	// Began is when it began to read; zero if it has not.
	Began druid.Instant
	// End is where it is to end; nil: nobody has told it yet.
	End Offsets
	// Checkpoints is where its parts begin.
	Checkpoints Checkpoints
}

// Checkpoints are where the parts of a sequence begin that are published one after the other. The first of them have been, and are not told any more.
type Checkpoints struct {
	// First is the number of the first part.
	First int
	At    []Offsets
}

// InOrder are the checkpoints of parts that came by their numbers. The error tells of one that is missing among them.
func InOrder(parts map[int]Offsets) (c Checkpoints, err error) {
	for i, number := range slices.Sorted(maps.Keys(parts)) {
		if i == 0 {
			c.First = number
		} else if err == nil && number != c.First+i {
			err = fmt.Errorf("part %d without part %d: none may be missing among them", number, c.First+i)
		}
		c.At = append(c.At, parts[number])
	}
	return c, err
}

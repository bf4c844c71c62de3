package plan

import "ovate/druid"

// Step is something to be done. What comes of it shows in what is known afterwards: of a step that fails nothing is kept, and it is decided upon again.
type Step interface{ step() }

// The kinds of steps.
type (
	// Kill ends a task: what it has read and not published is read again.
	Kill struct{ ID, Why string }
	// Succeed ends a task whose work was done by a replica of it.
	Succeed struct{ ID, Why string }
	// Resume has a task read on that is paused, and that nobody waits for.
	Resume struct{ ID string }
	// Finish has replicas pause, tells all of them to end where the one that is farthest has come to, and to publish. One that does not do so is killed.
	// None ends before the last of its parts begins: replicas that came later may read what was before it yet.
	Finish struct {
		Sequence string
		IDs      []string
		Why      string
	}
	// CheckPoint has replicas pause, and tells all of them to publish up to where the one that is farthest has come to, likewise, and to read on from there.
	CheckPoint struct {
		Sequence string
		IDs      []string
	}
	// Begin stores where reading of partitions begins, of which nothing is published, so that whoever leads next begins there, too.
	Begin struct{ At Offsets }
	// Reset stores where partitions are read on, as the records are not there any more that follow on what is published.
	Reset struct{ To Offsets }
	// Create makes tasks that read the same.
	Create struct {
		Count       int
		Group       int
		Sequence    string // of the replicas that there are; empty: a new one
		Start       Offsets
		Checkpoints Checkpoints
		// Earliest and Latest are the times of records that they take; nil: all.
		Earliest, Latest *druid.Instant
	}
)

func (Kill) step()       {}
func (Succeed) step()    {}
func (Resume) step()     {}
func (Finish) step()     {}
func (CheckPoint) step() {}
func (Begin) step()      {}
func (Reset) step()      {}
func (Create) step()     {}

// Plan is what is to be done now.
type Plan struct {
	// Steps do not touch one another. Unless they are none, or Creates alone, there is more to decide once they are done.
	Steps []Step
	// Full are those that are still to be known when it is decided the next time, which has to be soon: the rest needs nothing any more.
	Full []Full
	// Grown tells that there are partitions which nobody reads, as the tasks of their group were made before.
	Grown bool
	// Idle tells that no tasks are made, as nothing comes.
	Idle bool
	// Trouble is why something cannot go on, for people; empty: nothing.
	Trouble string
}

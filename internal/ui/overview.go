package ui

import (
	"cmp"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/chart"
	"ovate/internal/metadata"
	"ovate/internal/queue"
	"ovate/internal/runner"
)

// overviewPage is how the server is, at a glance.
type overviewPage struct {
	Counts      queue.Counts
	Capacity    runner.Capacity
	Slots, Disk template.HTML
	Free, Whole int64 // of the disk with the data folder, in bytes
	Rows, Bytes float64
	Measured    int // tasks of which the rates are known
	Hour        *hour
	Workers     bool // there may be tasks elsewhere, too
	Running     []row
	Recent      []row
	Needs       []concern
}

// concern is what needs a person: what is so, and where to do something about it.
type concern struct{ What, To, Do string }

// So many tasks the page shows, and of so many that run it asks how fast they are.
const (
	recentShown  = 15
	runningShown = 10
	measured     = 50
)

// full is from which share on a disk is nearly full. Slots may all be in use.
const (
	full         = 0.95
	noneIsScarce = 2
)

// overview is GET /. Who may not read how the server is begins with the tasks, of which everybody sees some, or none.
func overview(c *call) (*page, error) {
	if !c.identity().May(auth.Read, auth.State()) {
		return &page{to: "/tasks"}, nil
	}
	p := &overviewPage{Counts: c.Tasks.Counts(""), Capacity: c.Tasks.Capacity(), Hour: lastHour(c.Rates), Workers: c.Places.Workers}
	p.Slots = chart.Share(int64(p.Capacity.Used), int64(p.Capacity.Current), noneIsScarce, fmt.Sprintf("%d of %d slots are in use", p.Capacity.Used, p.Capacity.Current))
	if err := p.readTasks(c); err != nil {
		return nil, err
	}
	if err := p.readDisk(c.Config.Folder()); err != nil {
		return nil, err
	}
	p.readNeeds(c)
	if err := p.readHooks(c); err != nil {
		return nil, err
	}
	return &page{Title: "Overview", template: "overview", Data: p}, nil
}

// readTasks reads those that run, those that came last, and how many failed.
func (p *overviewPage) readTasks(c *call) error {
	for _, state := range []string{"RUNNING", "SUCCESS", "FAILED"} {
		found, err := c.Tasks.Page(c.r.Context(), queue.PageQuery{State: state, Max: shownOf(state)})
		if err != nil {
			return err
		}
		if state == "RUNNING" {
			p.Running = c.visible(found.Tasks)
		} else {
			p.Recent = append(p.Recent, c.visible(found.Tasks)...)
		}
	}
	slices.SortStableFunc(p.Recent, func(a, b row) int { return cmp.Compare(b.Created, a.Created) })
	p.Recent = p.Recent[:min(len(p.Recent), recentShown)]
	n, more, err := failedLately(c)
	if err != nil {
		return err
	}
	if n > 0 {
		many := plural(n, "task", "tasks")
		if more {
			many = "More than " + many
		}
		p.needs(many+" of the last 24 hours failed.", "/tasks?state=failed", "See which, and run them again")
	}
	never, err := c.never(24 * time.Hour)
	if err != nil {
		return err
	}
	if n := len(never); n > 0 {
		p.needs(plural(n, "submission", "submissions")+" of the last 24 hours failed before a task was made.", "/tasks?state=failed#never", "See why")
	}
	worker, done := c.patiently()
	defer done()
	for _, w := range c.Tasks.Workers() {
		for _, t := range w.Running {
			if p.Measured < measured && worker.r.Context().Err() == nil {
				if r, err := worker.report(t.ID); err == nil && r != nil && r.Live {
					p.Rows, p.Bytes, p.Measured = p.Rows+r.Rows, p.Bytes+r.Bytes, p.Measured+1
				}
			}
		}
	}
	return nil
}

// failedPages is how many pages of tasks that failed are looked at, to find one that is for a person.
const failedPages = 10

// failedLately is how many tasks failed within a day that are for a person to run again, of the page that has the first. Those that read a stream are not: what they
// have not published their supervisor has read by others, and it is unhealthy if that does not come about.
func failedLately(c *call) (n int, more bool, err error) {
	now := druid.Now()
	day := druid.Interval{Start: now - druid.Instant(24*time.Hour/time.Millisecond), End: now + 1}
	query := queue.PageQuery{State: "FAILED", Created: &day, Max: pageOf}
	for range failedPages {
		found, err := c.Tasks.Page(c.r.Context(), query)
		if err != nil {
			return 0, false, err
		}
		for i := range found.Tasks {
			t := &found.Tasks[i]
			if groups := metadata.StreamGroups(t.DataSource); !slices.Contains(groups[:], t.GroupID) {
				n++
			}
		}
		if more = found.Next != nil; n > 0 || !more {
			break
		}
		query.After = found.Next
	}
	return n, more, nil
}

func shownOf(state string) int {
	if state == "RUNNING" {
		return runningShown
	}
	return recentShown
}

// readDisk reads how much room the data folder has.
func (p *overviewPage) readDisk(folder string) error {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return fmt.Errorf("how much room %s has: %w", folder, err)
	}
	p.Free, p.Whole = int64(s.Bavail)*int64(s.Bsize), int64(s.Blocks)*int64(s.Bsize)
	p.Disk = chart.Share(p.Whole-p.Free, p.Whole, full, fmt.Sprintf("%s of %s bytes are taken", count(p.Whole-p.Free), count(p.Whole)))
	if float64(p.Whole-p.Free) >= full*float64(p.Whole) {
		p.needs(fmt.Sprintf("The disk with the data folder is nearly full: %s of %s are left.", bytesText(p.Free), bytesText(p.Whole)), "/data", "See which data take how much")
	}
	return nil
}

func (p *overviewPage) needs(what, to, do string) { p.Needs = append(p.Needs, concern{what, to, do}) }

// readNeeds finds what else needs a person.
func (p *overviewPage) readNeeds(c *call) {
	for _, s := range c.Supervisors.All() {
		if !s.State.Stage.Healthy() && c.sees(s.DataSource) {
			p.needs(fmt.Sprintf("Supervisor %s is unhealthy: %s", s.ID, cut(s.State.Why, 200)), to("supervisors", s.ID), "See what is wrong")
		}
		if len(p.Needs) > recentShown {
			break
		}
	}
	for _, w := range c.Tasks.Workers() {
		if w.BlacklistedUntil != 0 {
			p.needs(fmt.Sprintf("Worker %s gets no tasks, as too many have failed there.", w.Host), "/workers", "See its tasks")
		}
	}
	if p.Capacity.Current == 0 && p.Counts.Pending > 0 {
		p.needs("Tasks wait, and there is no worker.", "/workers", "Start a MiddleManager or an Indexer")
	}
}

// hostOf is the server of an address, without what may be secret of that.
func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return cut(u.Host, 100)
	}
	return "its server"
}

// inVain is how often a webhook was told the same in vain before that is for a person: a server that is started again takes less.
const inVain = 5

// readHooks finds webhooks that cannot be told what they are to be told.
func (p *overviewPage) readHooks(c *call) error {
	if c.Hooks == nil || !c.identity().May(auth.Read, auth.Config()) {
		return nil
	}
	for _, h := range c.Hooks.All() {
		open, _, err := c.Hooks.Deliveries(c.r.Context(), h.ID, false, "", 1)
		if err != nil {
			return err
		}
		why := h.Problem()
		if why == "" && len(open) > 0 && open[0].Attempts >= inVain {
			why = fmt.Sprintf("%d times in vain, at last %s", open[0].Attempts, cmp.Or(open[0].Error, fmt.Sprint(open[0].Status)))
		}
		if why != "" {
			p.needs(fmt.Sprintf("The webhook to %s is not told what becomes of tasks: %s", hostOf(h.URL), cut(why, 200)), "/webhooks", "See what it is still to be told")
		}
		if len(p.Needs) > recentShown {
			break
		}
	}
	return nil
}

//go:build peer

package peer

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"ovate/compat/replay"
)

// shortTask can run in ovate's own process, and ends at once there.
func shortTask(id string) string {
	return fmt.Sprintf(`{"type":"noop","id":%q,"dataSource":"short","runTime":1,"context":{"ovateRunner":"local"}}`, id)
}

// longTask waits for a worker for ever.
func longTask(id, dataSource string) string {
	return fmt.Sprintf(`{"type":"noop","id":%q,"groupId":%q,"dataSource":%q,"runTime":3600000,"context":{"priority":50}}`, id, id, dataSource)
}

const tasksPath, actionPath = "/druid/indexer/v1/task", "/druid/indexer/v1/action"

// submit submits tasks in turn, of which one ends by itself and one waits for somebody to end it.
func (p *pressure) submit(client int) {
	for n := 0; !p.ended(); n++ {
		id := fmt.Sprintf("short-%d-%d", client, n)
		p.insist(client, false, "submit", id, tasksPath, shortTask(id))
		id = fmt.Sprintf("long-%d-%d", client, n)
		p.insist(client, false, "submit", id, tasksPath, longTask(id, "long"))
		select {
		case p.tasks <- id:
		default: // others will do
		}
	}
}

// endTasks ends those that wait.
func (p *pressure) endTasks(client int) {
	for !p.ended() {
		select {
		case id := <-p.tasks:
			p.insist(client, true, "end", id, tasksPath+"/"+id+"/shutdown", "")
		case <-time.After(pace):
		}
	}
}

// act has two tasks, its own, lock and allocate what those of other clients would have as well.
func (p *pressure) act(client int) {
	locks, allocates := fmt.Sprint("locks-", client), fmt.Sprint("allocates-", client)
	p.insist(client, true, "submit", locks, tasksPath, longTask(locks, "locked"))
	p.insist(client, true, "submit", allocates, tasksPath, longTask(allocates, "allocated"))
	action := func(task, dataSource, kind, id, action string) []byte {
		return p.insist(client, true, kind, id, actionPath, fmt.Sprintf(`{"task":%s,"action":%s}`, longTask(task, dataSource), action))
	}
	const layout = "2006-01-02T15:04:05.000Z"
	for n := 0; !p.ended(); n++ {
		day := time.Date(2000, 1, 1+n, 0, 0, 0, 0, time.UTC)
		interval := day.Format(layout) + "/" + day.AddDate(0, 0, 1).Format(layout)
		got := action(locks, "locked", "lock", locks+" "+interval, fmt.Sprintf(`{"type":"lockTryAcquire","lockType":"EXCLUSIVE","interval":%q}`, interval))
		if version := replay.Dotted(got, "result.version"); version != "" && n%10 > 0 {
			action(locks, "locked", "release", locks+" "+interval, fmt.Sprintf(`{"type":"lockRelease","interval":%q}`, interval))
		} else if version != "" {
			p.keep(interval, locks)
		}
		sequence := fmt.Sprint(allocates, "-", n)
		request := fmt.Sprintf(`{"type":"segmentAllocate","dataSource":"allocated","timestamp":%q,"queryGranularity":"NONE","preferredSegmentGranularity":"DAY",`+
			`"sequenceName":%q,"skipSegmentLineageCheck":true,"taskLockType":"APPEND"}`, day.AddDate(0, 0, n/20-n).Format(layout), sequence)
		for range 2 { // with the same id
			if answer := action(allocates, "allocated", "allocate", sequence, request); answer != nil {
				p.allocate(sequence, answer)
			}
		}
	}
}

// keep notes that a task has a lock for good, and from whom.
func (p *pressure) keep(interval, task string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range slices.Backward(p.accepted) {
		if a.kind == "lock" && a.id == task+" "+interval {
			p.kept[interval] = acceptance{id: task, by: a.by}
			return
		}
	}
}

// allocate notes for what an id was allocated.
func (p *pressure) allocate(sequence string, answer []byte) {
	var got struct {
		Result struct {
			DataSource, Interval, Version string
			ShardSpec                     struct{ PartitionNum int }
		}
	}
	if err := json.Unmarshal(answer, &got); err != nil || got.Result.Version == "" {
		p.fault("%s is allocated as %s", sequence, answer)
		return
	}
	id := got.Result.DataSource + "_" + strings.Replace(got.Result.Interval, "/", "_", 1) + "_" + got.Result.Version
	if n := got.Result.ShardSpec.PartitionNum; n > 0 {
		id += fmt.Sprint("_", n)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if other := p.allocated[id]; other != "" && other != sequence {
		p.faults = append(p.faults, fmt.Sprintf("%s was allocated for %s and for %s", id, other, sequence))
	}
	p.allocated[id] = sequence
}

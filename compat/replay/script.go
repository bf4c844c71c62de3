// Package replay is a script of task actions, and what sends it to an Overlord and notes what becomes of it: each answer, and the rows that
// are in the metadata afterwards. Two Overlords that have gone through the script, each on a database of its own, have noted the same.
package replay

import (
	"encoding/json"
	"fmt"
	"time"
)

// Section is a part of the script, on a data source of its own, so that nothing of one shows in another.
type Section struct {
	Name       string
	DataSource string
	Steps      []Step
	tasks      []string // ids of those that were submitted, in order
	bodies     map[string]string
}

// Step is a request, unless it is a look at the rows of the section's data source.
type Step struct {
	// Path and Body are those of the request. Within the body ${name} stands for what an earlier step has saved.
	Path string
	Body string
	// Save keeps a text of the answer: the dotted path of it, by the name under which it is kept.
	Save map[string]string
	// Ended looks at the rows once no lock of the data source is left.
	Rows, Ended bool
	// Differs is, where ovate's answer is another on purpose, the difference that says so, and Ovate its answer.
	Differs string
	Ovate   string
}

// Script are all sections.
func Script() []Section {
	makers := []func() *Section{
		coexistence, overlaps, preemption, groups, releases,
		allocation, lineage, granularities, oddGranularities, publication, overlapping, listing, removal,
		appendedFirst, replacedFirst, concurrentLimits, replaceUnderAppend,
		offsets, appendedOffsets, topics, objects, others, surrogates, wrongFields,
	}
	sections := make([]Section, len(makers))
	for i, m := range makers {
		sections[i] = *m()
	}
	return sections
}

func newSection(name string) *Section {
	return &Section{Name: name, DataSource: "replay_" + name, bodies: map[string]string{}}
}

// task is the id of a task of the section.
func (s *Section) task(name string) string { return s.DataSource + "_" + name }

// submit submits tasks that run for longer than the script does.
func (s *Section) submit(names ...string) {
	for _, name := range names {
		s.submitWith(name, s.task(name), 50)
	}
}

func (s *Section) submitWith(name, group string, priority int) {
	id := s.task(name)
	s.tasks = append(s.tasks, id)
	s.bodies[id] = fmt.Sprintf(`{"type":"noop","id":%q,"groupId":%q,"dataSource":%q,"runTime":3600000,"context":{"priority":%d}}`, id, group, s.DataSource, priority)
	s.Steps = append(s.Steps, Step{Path: "/druid/indexer/v1/task", Body: s.bodies[id]})
}

// act has a task perform an action. A task that was not submitted is told by its id.
func (s *Section) act(task, action string, args ...any) *Step {
	id := s.task(task)
	body := s.bodies[id]
	if body == "" {
		body = fmt.Sprintf(`{"type":"noop","id":%q,"dataSource":%q}`, id, s.DataSource)
	}
	if len(args) > 0 {
		action = fmt.Sprintf(action, args...)
	}
	s.Steps = append(s.Steps, Step{Path: "/druid/indexer/v1/action", Body: fmt.Sprintf(`{"task":%s,"action":%s}`, body, action)})
	return &s.Steps[len(s.Steps)-1]
}

// save keeps what the answer has at a dotted path.
func (s *Step) save(name, path string) *Step {
	if s.Save == nil {
		s.Save = map[string]string{}
	}
	s.Save[name] = path
	return s
}

// differs tells that ovate answers something else, for a reason that the difference of that name tells. The expression is of the status and the answer.
func (s *Step) differs(name, ovate string) { s.Differs, s.Ovate = name, ovate }

// The names of differences.
const (
	mustFit     = "segments have to fit"
	revoked     = "a task hears that its lock was revoked"
	needed      = "an action needs its fields"
	asAsked     = "time chunks are as long as was asked"
	notReplaced = "only who holds a REPLACE or EXCLUSIVE lock replaces"
)

// lock takes a lock without waiting.
func (s *Section) lock(task, kind, interval string) *Step {
	return s.act(task, `{"type":"lockTryAcquire","lockType":%q,"interval":%q}`, kind, interval)
}

// lockAs is lock, whose version is kept.
func (s *Section) lockAs(name, task, kind, interval string) {
	s.lock(task, kind, interval).save(name, "result.version")
}

func (s *Section) locks(tasks ...string) {
	for _, t := range tasks {
		s.act(t, `{"type":"lockList"}`)
	}
}

// rows looks at the rows.
func (s *Section) rows() { s.Steps = append(s.Steps, Step{Rows: true}) }

// end ends the tasks and looks at what they leave behind.
func (s *Section) end() *Section {
	s.rows()
	for _, id := range s.tasks {
		s.shutdown(id)
	}
	s.Steps = append(s.Steps, Step{Rows: true, Ended: true})
	return s
}

func (s *Section) shutdown(id string) {
	s.Steps = append(s.Steps, Step{Path: "/druid/indexer/v1/task/" + id + "/shutdown"})
}

// day is a day of 2020, and days are several from there.
func day(n int) string { return days(n, 1) }

func days(n, count int) string {
	begin := time.Date(2020, 1, 1+n, 0, 0, 0, 0, time.UTC)
	const layout = "2006-01-02T15:04:05.000Z"
	return begin.Format(layout) + "/" + begin.AddDate(0, 0, count).Format(layout)
}

// segment is one whose files nobody looks for.
func (s *Section) segment(interval, version string, partition, core int) string {
	return s.segmentOf(interval, version, fmt.Sprintf(`{"type":"numbered","partitionNum":%d,"partitions":%d}`, partition, core))
}

func (s *Section) segmentOf(interval, version, shard string) string {
	return fmt.Sprintf(`{"dataSource":%q,"interval":%q,"version":%q,"loadSpec":{"type":"nowhere","path":"index.zip"},"dimensions":"a,b","metrics":"c",`+
		`"shardSpec":%s,"binaryVersion":9,"size":5}`, s.DataSource, interval, version, shard)
}

// id is the id of a segment.
func (s *Section) id(interval, version string, partition int) string {
	id := s.DataSource + "_" + interval[:24] + "_" + interval[25:] + "_" + version
	if partition > 0 {
		id += fmt.Sprint("_", partition)
	}
	return id
}

// list is a JSON array.
func list(elements ...string) string {
	raw := make([]json.RawMessage, len(elements))
	for i, e := range elements {
		raw[i] = json.RawMessage(e)
	}
	text, err := json.Marshal(raw)
	if err != nil {
		panic(fmt.Errorf("the script has an element that is no JSON: %w", err))
	}
	return string(text)
}

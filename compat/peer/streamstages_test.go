//go:build peer

package peer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
)

// stages: what a leader answers, and what the database has, in each stage of a supervisor's life. With -record that of Java is kept.
func (s *streamSite) stages() {
	n := &notes{streamSite: s, last: map[string]string{}, fixed: strings.NewReplacer(s.kafka.Address(), "127.0.0.1:9092", s.leader.overlord.URL(), "http://overlord", fmt.Sprint(s.conf.ports[Indexer]), "8091",
		s.conf.dir, "/site")}
	const name = "stages"
	n.post("nowhere", "", supervision{dataSource: "nowhere", topic: "nowhere"}.spec(s.kafka.Address()))
	s.flowInto("idles", 1)
	n.post("idles", "", supervision{dataSource: "idles", topic: "idles", io: map[string]any{"idleConfig": map[string]any{"enabled": true, "inactiveAfterMillis": 5000}}}.spec(s.kafka.Address()))

	f := s.flowInto(name, 4)
	spec := supervision{dataSource: name, topic: name, io: map[string]any{"taskDuration": "PT1H"}}.spec(s.kafka.Address())
	n.post("submitted", "", spec)
	n.look("submitted", name)
	f.send(100)
	s.awaitRows(name, 100)
	s.awaitRead(name, 100)
	n.look("reading", name)
	n.post("submitted again", "", spec)
	n.post("submitted again, but not restarted", "?skipRestartIfUnmodified=true", spec)
	f.send(100)
	s.awaitRead(name, 200)

	// What they publish is loaded by nobody, for which tasks wait.
	if err := s.historical.freeze(); err != nil {
		s.t.Fatal(err)
	}
	n.post("suspended", "/"+name+"/suspend", "")
	until(s.ctx, s.t, "both tasks have published", func() bool {
		return len(s.status(name).Payload.PublishingTasks) == 2 && s.published(name) == 8
	})
	n.look("publishing", name)
	s.reservedBySequence(name)
	if err := s.historical.thaw(); err != nil {
		s.t.Fatal(err)
	}
	s.awaitNoTasks(name)
	until(s.ctx, s.t, "nothing publishes", func() bool {
		status := s.status(name).Payload
		return len(status.PublishingTasks) == 0 && status.DetailedState == "SUSPENDED"
	})
	n.look("suspended", name)
	n.post("suspended again", "/"+name+"/suspend", "")

	n.post("resumed", "/"+name+"/resume", "")
	s.awaitRead(name, 200)
	n.look("resumed", name)
	n.post("resumed again", "/"+name+"/resume", "")
	n.post("handoff", "/"+name+"/taskGroups/handoff", `{"taskGroupIds":[0,1]}`)
	n.post("handoff of none", "/"+name+"/taskGroups/handoff", `{"taskGroupIds":[]}`)
	n.look("handed off", name)
	n.post("offsets reset", "/"+name+"/resetOffsets", `{"type":"kafka","partitions":{"type":"end","stream":"stages","partitionSequenceNumberMap":{"0":25,"1":25}}}`)
	n.look("offsets reset", name)
	n.post("reset", "/"+name+"/reset", "")
	n.look("reset", name)
	s.awaitRead(name, 200)
	n.look("read again", name)
	n.post("terminated", "/"+name+"/terminate", "")
	n.look("terminating", name)
	s.awaitNoTasks(name)
	n.look("terminated", name)
	n.post("terminated again", "/"+name+"/terminate", "")

	s.awaitState("idles", "IDLE")
	n.look("idle", "idles")
	n.post("idle", "/idles/terminate", "")
	s.awaitState("nowhere", "UNABLE_TO_CONNECT_TO_STREAM")
	n.look("unable to connect", "nowhere")
	n.post("nowhere", "/nowhere/terminate", "")
	if s.kind == "java" && *recordActions {
		n.save()
	} else if s.kind == "ovate" {
		n.compare()
	}
}

// reservedBySequence fails the test unless segments are reserved for the sequence of a task, by which the next leader frees them, be it a Java Overlord.
func (s *streamSite) reservedBySequence(dataSource string) {
	s.t.Helper()
	reserved := "SELECT COUNT(*) FROM druid_pendingsegments WHERE datasource = '" + dataSource + "'"
	if all, rightly := s.count(reserved), s.count(reserved+" AND sequence_name = task_allocator_id || '_0'"); all == 0 || rightly != all {
		s.t.Errorf("%d segments are reserved, and for a sequence of tasks %d: %s", all, rightly,
			textsOf(s.ctx, s.t, s.db, "SELECT sequence_name || ' for ' || task_allocator_id FROM druid_pendingsegments WHERE datasource = '"+dataSource+"'"))
	}
}

// awaitRead returns once the supervisor tells that its tasks have read so many records.
func (s *streamSite) awaitRead(dataSource string, records int64) {
	s.t.Helper()
	until(s.ctx, s.t, fmt.Sprintf("%d records of %s are read", records, dataSource), func() bool {
		status, read := s.status(dataSource), int64(0)
		for _, task := range status.Payload.ActiveTasks {
			for _, offset := range task.CurrentOffsets {
				read += offset
			}
		}
		return read == records && status.Payload.State == "RUNNING"
	})
}

// notes are what was asked and answered. An answer that is the same as the last time is left out.
type notes struct {
	*streamSite
	lines []note
	last  map[string]string // by what was asked
	fixed *strings.Replacer
}

// note is one answer, or the rows of a table.
type note struct {
	Stage  string `json:"stage"`
	Asked  string `json:"asked"`          // method and path, or the query
	Sent   any    `json:"sent,omitempty"` // the body
	Status int    `json:"status,omitempty"`
	Said   any    `json:"said"`
}

func (n *notes) ask(stage, method, url, path, body string) {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.ctx, 20*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url+path, strings.NewReader(body))
	if err != nil {
		n.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		n.t.Logf("%s: %s %s: %v", stage, method, path, err)
		return
	}
	n.add(note{stage, method + " " + n.normal(path), n.value(body), answer.StatusCode, n.value(textOf(answer, nil))})
}

func (n *notes) add(one note) {
	n.t.Helper()
	said, err := json.Marshal([]any{one.Status, one.Said})
	if err != nil {
		n.t.Fatal(err)
	}
	if n.last[one.Asked] != string(said) || one.Sent != nil {
		n.lines = append(n.lines, one)
	}
	n.last[one.Asked] = string(said)
}

func (n *notes) post(stage, path, body string) {
	n.t.Helper()
	n.ask(stage, http.MethodPost, n.leader.overlord.URL(), supervisorPath+path, body)
}

// look asks everything that can be asked about a supervisor and its tasks.
func (n *notes) look(stage, dataSource string) {
	n.t.Helper()
	leader := n.leader.overlord.URL()
	one := supervisorPath + "/" + dataSource
	for _, path := range []string{supervisorPath, supervisorPath + "?state=true", one, one + "/status", one + "/health", one + "/stats",
		one + "/parseErrors", one + "/history", "/druid/indexer/v1/tasks?datasource=" + dataSource} {
		n.ask(stage, http.MethodGet, leader, path, "")
	}
	for _, id := range textsOf(n.ctx, n.t, n.db, "SELECT id FROM druid_tasks WHERE active AND datasource = '"+dataSource+"' ORDER BY id") {
		n.ask(stage, http.MethodGet, leader, "/druid/indexer/v1/task/"+id, "")
		for _, chat := range []string{"status", "checkpoints", "offsets/current", "offsets/end", "time/start", "rowStats"} {
			n.ask(stage, http.MethodGet, n.url(Indexer), "/druid/worker/v1/chat/"+id+"/"+chat, "")
		}
	}
	for _, query := range []string{
		"SELECT convert_from(payload, 'UTF8') FROM druid_supervisors WHERE spec_id = '%s' ORDER BY id",
		"SELECT convert_from(payload, 'UTF8') FROM druid_tasks WHERE datasource = '%s' ORDER BY created_date",
		"SELECT convert_from(status_payload, 'UTF8') FROM druid_tasks WHERE datasource = '%s' ORDER BY created_date",
		"SELECT convert_from(lock_payload, 'UTF8') FROM druid_tasklocks WHERE convert_from(lock_payload, 'UTF8') LIKE '%%\"%s\"%%' ORDER BY id",
		"SELECT sequence_name || ' ' || sequence_prev_id || ' ' || coalesce(task_allocator_id, 'null') FROM druid_pendingsegments WHERE datasource = '%s' ORDER BY sequence_name",
		"SELECT convert_from(payload, 'UTF8') FROM druid_pendingsegments WHERE datasource = '%s' ORDER BY id",
		"SELECT convert_from(payload, 'UTF8') FROM druid_segments WHERE datasource = '%s' ORDER BY id",
		"SELECT convert_from(commit_metadata_payload, 'UTF8') FROM druid_datasource WHERE datasource = '%s'",
	} {
		query = fmt.Sprintf(query, dataSource)
		rows := []any{}
		for _, row := range textsOf(n.ctx, n.t, n.db, query) {
			rows = append(rows, n.value(row))
		}
		n.add(note{Stage: stage, Asked: query, Said: rows})
	}
}

var (
	aMoment    = regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	taskSuffix = regexp.MustCompile(`(index_kafka_\w+_[0-9a-f]{15})_[a-p]{8}`)
	aDuration  = regexp.MustCompile(`"(remainingSeconds|duration)":\d+`)
	anUUID     = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
)

// normal replaces what is not the same twice, but for the flights' days of 2024.
func (n *notes) normal(text string) string {
	text = aMoment.ReplaceAllStringFunc(n.fixed.Replace(text), func(moment string) string {
		if strings.HasPrefix(moment, "2024-01-") {
			return moment
		}
		return "<instant>"
	})
	text = aDuration.ReplaceAllString(text, `"$1":"<$1>"`)
	return anUUID.ReplaceAllString(taskSuffix.ReplaceAllString(text, "${1}_<letters>"), "<uuid>")
}

// value is JSON as it is, or else a text.
func (n *notes) value(text string) any {
	if text == "" {
		return nil
	}
	normal := n.normal(text)
	if json.Valid([]byte(normal)) {
		return json.RawMessage(normal)
	}
	return normal
}

// streamNotes is where those of Java are kept.
var streamNotes = filepath.Join("..", "testdata", "streams.jsonl")

// settled are the stages in which nothing is under way, so that the status is always the same.
var settled = map[string]bool{"reading": true, "publishing": true, "suspended": true, "resumed": true, "read again": true, "idle": true, "unable to connect": true}

// compare holds how changes are answered, and the status, against Java's. The spec that comes with an answer is shown as it was sent, which is a difference that
// docs/differences.md tells of.
func (n *notes) compare() {
	n.t.Helper()
	text, err := os.ReadFile(streamNotes)
	if err != nil {
		n.t.Fatal(err)
	}
	java := map[[2]string]note{}
	for line := range strings.Lines(string(text)) {
		var one note
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			n.t.Fatal(err)
		}
		java[[2]string{one.Stage, one.Asked}] = one
	}
	for _, ours := range n.lines {
		theirs, is := java[[2]string{ours.Stage, ours.Asked}]
		if posted := strings.HasPrefix(ours.Asked, "POST "); !is || !posted && (!settled[ours.Stage] || !strings.HasSuffix(ours.Asked, "/status")) {
			continue
		}
		if difference := cmp.Diff(n.comparable(theirs.Said), n.comparable(ours.Said)); ours.Status != theirs.Status || difference != "" {
			n.t.Errorf("%s: %s: Java answers %d and ovate %d (- Java, + ovate):\n%s", ours.Stage, ours.Asked, theirs.Status, ours.Status, difference)
		}
	}
}

// sequenceName is of letters that tell the spec from another.
var sequenceName = regexp.MustCompile(`_[0-9a-f]{15}_`)

// comparable is an answer without what is not the same twice, and without what is known to differ: specs, and the words of errors.
func (n *notes) comparable(said any) (tree any) {
	n.t.Helper()
	text, err := json.Marshal(said)
	if err = errors.Join(err, json.Unmarshal(sequenceName.ReplaceAll(text, []byte("_<name>_")), &tree)); err != nil {
		n.t.Fatal(err)
	}
	return strip(tree)
}

func strip(tree any) any {
	switch tree := tree.(type) {
	case []any:
		for i := range tree {
			tree[i] = strip(tree[i])
		}
	case map[string]any:
		for _, name := range []string{"spec", "dataSchema", "ioConfig", "tuningConfig", "context", "startTime", "remainingSeconds", "latestOffsets", "offsetsLastUpdated", "minimumLag",
			"aggregateLag", "exceptionClass", "message"} {
			delete(tree, name)
		}
		for name := range tree {
			tree[name] = strip(tree[name])
		}
	}
	return tree
}

// save keeps the notes, one a line.
func (n *notes) save() {
	n.t.Helper()
	var text strings.Builder
	for _, line := range n.lines {
		one, err := json.Marshal(line)
		if err != nil {
			n.t.Fatal(err)
		}
		fmt.Fprintf(&text, "%s\n", one)
	}
	if err := os.WriteFile(streamNotes, []byte(text.String()), 0o644); err != nil {
		n.t.Error(err)
	}
}

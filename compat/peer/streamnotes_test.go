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

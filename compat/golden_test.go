package compat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"ovate/compat/replay"
	"ovate/druid"
)

// scenario is one recorded conversation.
type scenario struct {
	Name  string
	About string
	Steps []step
}

// step is one request of it with Druid's answer. Until repeats the request until the answer holds a value at a dotted
// path; Save keeps a value of the answer under a name, for ${name} in later steps.
type step struct {
	Method string
	Path   string
	Body   json.RawMessage
	Raw    *string
	Type   string // of the body; JSON unless given
	Until  map[string]string
	Save   map[string]string

	Status      int
	ContentType string
	Answer      json.RawMessage
}

// scenarios are in the order in which they were recorded, on one cluster: the lists of a later one hold the tasks of those
// before. The tasks in setup were running at the time, and "actions" has been given a task of its own.
func scenarios(t testing.TB) (all []scenario) {
	for _, name := range []string{"unknown-task", "bad-requests", "noop-lifecycle", "shutdown", "lists", "index-inline", "index-defaults",
		"index-unparseable", "index-refused", "index-nothing", "lenient", "overlord", "actions", "actions-publish", "supervisor"} {
		text, err := os.ReadFile(filepath.Join("testdata", "api", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var s scenario
		if err := json.Unmarshal(text, &s); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, s)
	}
	return all
}

// TestGolden replays every recorded request, in order, on one fresh server, and compares status, content type and body
// with field order. What differs must be in the table of differences, exactly there; what is in the table must differ.
func TestGolden(t *testing.T) {
	t.Parallel()
	s := start(t)
	listed := listedDeviations(t)
	for _, sc := range scenarios(t) {
		if sc.Name == "overlord" { // recorded while this task alone was running
			s.waitFor(t, api+"/runningTasks", "[]")
			s.submit(t, `{"type":"noop","id":"g_act1","dataSource":"g_act","runTime":60000}`)
			s.wait(t, "g_act1", `"runnerStatusCode":"RUNNING"`)
		}
		saved := map[string]string{}
		for i, st := range sc.Steps {
			where := fmt.Sprintf("%s/%d", sc.Name, i)
			got := s.replay(t, st, saved)
			for _, d := range deviations(st, got) {
				accepted, is := listed[where+" "+d.path]
				delete(listed, where+" "+d.path)
				switch {
				case !is:
					t.Errorf("%s %s %s: %s differs\nDruid: %s\novate: %s", where, st.Method, st.Path, d.path, d.druid, d.ovate)
				case !regexp.MustCompile(`^(?s:` + accepted + `)$`).MatchString(d.ovate):
					t.Errorf("%s %s %s: %s is neither Druid's nor what the table of differences says\nDruid: %s\ntable: %s\novate: %s",
						where, st.Method, st.Path, d.path, d.druid, accepted, d.ovate)
				}
			}
		}
	}
	for where := range listed {
		t.Errorf("%s is in the table of differences, but does not differ", where)
	}
}

// reply is what a server answered.
type reply struct {
	status      int
	contentType string
	body        string
}

// outside is the load spec of files that are nowhere, with which the recorded tasks publish. Here nobody publishes files that are outside of deep storage
// (docs/promises.md), so that they are sent as those of another kind of storage.
var outside = regexp.MustCompile(`\{\s*"type":\s*"local",\s*"path":\s*"/nowhere/index\.zip"\s*\}`)

const (
	nowhere   = `{"type":"local","path":"/nowhere/index.zip"}`
	elsewhere = `{"type":"nowhere","path":"/nowhere/index.zip"}`
)

// replay sends the request of a step, again and again while its Until asks for it.
func (s *server) replay(t testing.TB, st step, saved map[string]string) reply {
	fill := func(text string) string {
		for name, value := range saved {
			text = strings.ReplaceAll(text, "${"+name+"}", value)
		}
		return text
	}
	body := ""
	switch {
	case st.Raw != nil:
		body = *st.Raw
	case st.Body != nil:
		body = string(st.Body)
	}
	if st.Type == "" {
		st.Type = "application/json"
	}
	deadline := time.Now().Add(patience)
	for {
		got := s.send(t, st.Method, fill(st.Path), outside.ReplaceAllString(fill(body), elsewhere), st.Type)
		got.body = strings.ReplaceAll(got.body, elsewhere, nowhere)
		done := true
		for path, want := range st.Until {
			done = done && replay.Dotted([]byte(got.body), path) == want
		}
		if !done && time.Now().Before(deadline) {
			s.pause()
			continue
		}
		if !done {
			t.Fatalf("%s %s never answered %v; the last answer was %s", st.Method, st.Path, st.Until, got.body)
		}
		for name, path := range st.Save {
			saved[name] = replay.Dotted([]byte(got.body), path)
		}
		return got
	}
}

// deviation is a place where two answers differ: "status", "contentType", "body" or a path below it such as
// "body.status.errorMsg".
type deviation struct{ path, druid, ovate string }

func deviations(st step, got reply) (all []deviation) {
	if got.status != st.Status {
		all = append(all, deviation{"status", fmt.Sprint(st.Status), fmt.Sprint(got.status)})
	}
	if got.contentType != st.ContentType {
		all = append(all, deviation{"contentType", st.ContentType, got.contentType})
	}
	var text string
	if json.Unmarshal(st.Answer, &text) == nil { // a body that is no JSON was recorded as a text
		if text, body := normalText(text), normalText(got.body); text != body {
			all = append(all, deviation{"body", text, body})
		}
		return all
	}
	want, err := parse(st.Answer)
	if err != nil {
		panic(err) // a golden file is JSON
	}
	have, err := parse([]byte(got.body))
	if err != nil {
		return append(all, deviation{"body", string(st.Answer), got.body})
	}
	return compare("body", normal("", want), normal("", have), all)
}

// compare walks two trees. Where the fields of an object differ in name or order, the whole object does.
func compare(path string, want, have value, all []deviation) []deviation {
	if want.open != have.open || want.text != have.text || len(want.parts) != len(have.parts) || !sameNames(want, have) {
		return append(all, deviation{path, want.String(), have.String()})
	}
	for i := range want.parts {
		name := want.parts[i].name
		if want.open == '[' {
			name = fmt.Sprint(i)
		}
		all = compare(path+"."+name, want.parts[i].value, have.parts[i].value, all)
	}
	return all
}

func sameNames(a, b value) bool {
	for i := range a.parts {
		if a.parts[i].name != b.parts[i].name {
			return false
		}
	}
	return true
}

// send makes one request. A body without a type is sent without that header.
func (s *server) send(t testing.TB, method, path, body, contentType string) reply {
	request, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" && (body != "" || method == http.MethodPost) {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := s.client.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return reply{response.StatusCode, response.Header.Get("Content-Type"), string(text)}
}

func (s *server) submit(t testing.TB, task string) {
	if got := s.send(t, http.MethodPost, api+"/task", task, "application/json"); got.status != http.StatusOK {
		t.Fatalf("submit %s: %d %s", task, got.status, got.body)
	}
}

// wait asks for the status of a task until it contains a text.
func (s *server) wait(t testing.TB, id, text string) {
	t.Helper()
	s.waitFor(t, api+"/task/"+id+"/status", text)
}

// waitFor asks again and again until an answer contains a text.
func (s *server) waitFor(t testing.TB, path, text string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		got := s.send(t, http.MethodGet, path, "", "")
		if strings.Contains(got.body, text) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s never answered %s: %s", path, text, got.body)
		}
		s.pause()
	}
}

// value is a JSON value that keeps the order of its fields.
type value struct {
	open  byte // '{', '[' or 0 for a scalar
	text  string
	parts []part
}

type part struct {
	name  string
	value value
}

func (v value) String() string {
	if v.open == 0 {
		return v.text
	}
	var out bytes.Buffer
	out.WriteByte(v.open)
	for i, p := range v.parts {
		if i > 0 {
			out.WriteByte(',')
		}
		if v.open == '{' {
			out.Write(druid.AppendString(nil, p.name))
			out.WriteByte(':')
		}
		out.WriteString(p.value.String())
	}
	out.WriteByte(v.open + 2) // '}' and ']' stand two after their openings
	return out.String()
}

func parse(document []byte) (value, error) {
	d := json.NewDecoder(bytes.NewReader(document))
	d.UseNumber()
	v, err := parseValue(d)
	if err == nil && d.More() {
		err = fmt.Errorf("more than one value")
	}
	return v, err
}

func parseValue(d *json.Decoder) (value, error) {
	token, err := d.Token()
	if err != nil {
		return value{}, err
	}
	opening, isOpening := token.(json.Delim)
	if !isOpening {
		if text, is := token.(string); is {
			return value{text: string(druid.AppendString(nil, text))}, nil
		}
		text, err := json.Marshal(token)
		return value{text: string(text)}, err
	}
	v := value{open: byte(opening)}
	for d.More() {
		var p part
		if v.open == '{' {
			name, err := d.Token()
			if err != nil {
				return v, err
			}
			p.name = name.(string)
		}
		if p.value, err = parseValue(d); err != nil {
			return v, err
		}
		v.parts = append(v.parts, p)
	}
	_, err = d.Token()
	return v, err
}

package ui

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/ingest/source"
	"ovate/internal/intake"
	"ovate/internal/jsontext"
	"ovate/internal/spec"
	"ovate/internal/supervisor"
	"ovate/internal/task"
	"ovate/internal/upload"
)

// submitPage is a spec being written, and what is wrong with it.
type submitPage struct {
	Spec    string
	From    string // the task whose spec it was
	File    string // the upload that it was made of
	Fine    bool   // it was checked, and would be taken
	Problem string
	Line    int // of the spec, from 1, to which the problem belongs; 0 if that is not known
	Around  []numbered
	Others  []alsoWrong // that were found together with it

	Sends       bool // the form that takes a file is shown
	Files       []upload.Upload
	MaxFile     int64
	MaxFileText string
}

// shownFiles is how many of those that were sent are listed.
const shownFiles = 20

// offerFiles has the page take a file, and list those that were sent.
func (c *call) offerFiles(p *submitPage) {
	p.Sends, p.MaxFile, p.MaxFileText = true, c.Uploads.MaxSize, bytesText(c.Uploads.MaxSize)
	for _, u := range c.Uploads.List() {
		if c.mayUpload(u.DataSource) == nil {
			p.Files = append(p.Files, u)
		}
		if len(p.Files) == shownFiles {
			break
		}
	}
}

// example is what the form begins with: a whole task, with its rows, that can be run as it is.
const example = `{
  "type": "index_parallel",
  "spec": {
    "dataSchema": {
      "dataSource": "example",
      "timestampSpec": {"column": "time", "format": "iso"},
      "dimensionsSpec": {"dimensions": ["city", {"type": "long", "name": "visitors"}]},
      "granularitySpec": {"segmentGranularity": "DAY", "rollup": false}
    },
    "ioConfig": {
      "type": "index_parallel",
      "inputSource": {"type": "inline", "data": "{\"time\":\"2026-03-01T10:00:00Z\",\"city\":\"Lisbon\",\"visitors\":12}\n{\"time\":\"2026-03-01T11:00:00Z\",\"city\":\"Oslo\",\"visitors\":7}"},
      "inputFormat": {"type": "json"},
      "appendToExisting": false
    }
  }
}`

// mostRepeated is how many bytes a task has at most with which the form begins.
const mostRepeated = 1 << 20

// showSubmit is GET /submit. With from=ID the form begins with what that task was.
func showSubmit(c *call) (*page, error) {
	p := &submitPage{Spec: example, From: c.r.URL.Query().Get("from")}
	if p.From != "" {
		if err := c.mustTask(auth.Read, p.From); err != nil {
			return nil, err
		}
		if size, err := c.Tasks.PayloadSize(c.r.Context(), p.From); err != nil {
			return nil, named(p.From, err)
		} else if size > mostRepeated {
			return nil, &problem{http.StatusRequestEntityTooLarge, fmt.Sprintf("Task %s has %s, which is more than a form can be written in.", p.From, bytesText(size)),
				"Take its JSON from GET /druid/indexer/v1/task/" + url.PathEscape(p.From) + ", and send it, changed, to POST /druid/indexer/v1/task."}
		}
		payload, err := c.Tasks.Payload(c.r.Context(), p.From)
		if err != nil {
			return nil, named(p.From, err)
		}
		p.Spec = indented(renewed(payload))
	} else {
		c.offerFiles(p)
	}
	return &page{Title: "Submit", template: "submit", Data: p}, nil
}

// submit is POST /submit: it takes the spec, or only checks it, or shows the form again with what is wrong.
func submit(c *call) (*page, error) {
	if err := c.readForm(); err != nil {
		return nil, err
	}
	if err := c.makeRoom(c.r.PostForm.Get("spec")); err != nil {
		return nil, err
	}
	text := strings.ReplaceAll(c.r.PostForm.Get("spec"), "\r\n", "\n")
	p := &submitPage{Spec: text, From: c.r.PostForm.Get("from"), File: c.r.PostForm.Get("file")}
	var err error
	switch action := c.r.PostForm.Get("action"); action {
	case "check":
		if err = c.check([]byte(text)); err == nil {
			p.Fine = true
			return &page{Title: "Submit", template: "submit", Data: p}, nil
		}
	case "", "submit":
		var taken string
		if taken, err = c.take([]byte(text)); err == nil {
			return &page{to: taken}, nil
		}
	default:
		return nil, unknownAction(action)
	}
	var fault *misplaced
	var told *problem
	var refused *druid.Error
	var refusal *supervisor.Refusal
	switch {
	case errors.As(err, &fault):
		p.Problem, p.Line, p.Others = fault.what, fault.line, fault.others
	case errors.As(err, &told) && told.status == http.StatusForbidden && !c.identity().MayAll():
		return nil, err
	case errors.As(err, &told):
		p.Problem = told.What
	case errors.As(err, &refused) && refused.HTTPStatus() < http.StatusInternalServerError:
		p.Problem, p.Line = refused.Message, lineNamed([]byte(text), refused.Message)
	case errors.As(err, &refusal):
		p.Problem, p.Line = refusal.Error(), lineNamed([]byte(text), refusal.Error())
	default:
		return nil, err
	}
	p.Around = around(text, p.Line)
	return &page{Title: "Submit", template: "submit", Data: p, status: http.StatusBadRequest}, nil
}

// take takes a task, or the spec of a supervisor, and returns the path of its page.
func (c *call) take(document []byte) (page string, err error) {
	kind, err := kindOf(document)
	if err != nil {
		return "", err
	}
	if supervisor.Known(kind) {
		if !c.identity().MayAll() { // only Druid's path knows what the spec writes to
			return "", &problem{http.StatusForbidden, "The page takes specs of supervisors only of those who may do everything.", "Send it to POST /druid/indexer/v1/supervisor."}
		}
		s, err := c.Supervisors.Submit(c.ctx(), document, false)
		if err != nil {
			return "", err
		}
		return to("supervisors", s.ID), nil
	}
	t, err := c.decode(document)
	if err != nil {
		return "", err
	}
	err = c.Tasks.Add(c.ctx(), t)
	if fault := (*spec.Error)(nil); errors.As(err, &fault) {
		err = placed(document, err)
	}
	return to("tasks", t.Header().ID), err
}

// decode makes a task of a document, if who has sent it may have it run.
func (c *call) decode(document []byte) (task.Task, error) {
	t, err := c.Places.Decode(document, c.Tasks.Now(), c.mayRead)
	if err != nil {
		return nil, placed(document, err)
	}
	if why := intake.Reserved(t.Header().ID); why != "" {
		return nil, &misplaced{what: "id " + why + ".", line: lineOf(document, "id")}
	}
	if fault := spec.ContextFault(&t.Header().Context); fault != "" {
		return nil, &misplaced{what: "context " + fault + ".", line: lineOf(document, "context")}
	}
	if err := c.mustRun(t.Header(), document); err != nil {
		return nil, err
	}
	return t, c.mayRead(t)
}

// check looks at a task as take does, without taking it.
func (c *call) check(document []byte) error {
	kind, err := kindOf(document)
	if err != nil {
		return err
	}
	if supervisor.Known(kind) {
		return &misplaced{what: "The spec of a supervisor is checked when it is submitted, and not before."}
	}
	_, err = c.decode(document)
	return err
}

// mayRead refuses input that the operator keeps from the sender.
func (c *call) mayRead(t task.Task) error {
	err := c.Admit(t, c.r)
	if err == nil {
		return nil
	}
	path := "spec.ioConfig."
	if refused := (source.Refused{}); !errors.As(err, &refused) {
		return &problem{http.StatusBadRequest, path + err.Error(), ""}
	}
	return &problem{http.StatusForbidden, path + err.Error(), ""}
}

// kindOf is the type of a document, which must be an object of JSON.
func kindOf(document []byte) (string, error) {
	if len(bytes.TrimSpace(document)) == 0 {
		return "", &misplaced{what: `The spec is empty. It must be a task or a supervisor: a JSON object with a "type".`}
	}
	if !utf8.Valid(document) {
		return "", &misplaced{what: "The spec is not UTF-8."}
	}
	if _, deep := jsontext.Measure(document); deep >= 0 {
		line, column := jsontext.Position(document, deep)
		return "", &misplaced{what: fmt.Sprintf("Line %d, column %d: objects and arrays nest deeper than %d.", line, column, jsontext.Deepest), line: line}
	}
	var fields struct{ Type json.RawMessage }
	err := json.Unmarshal(document, new(any))
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		line, column := jsontext.Position(document, int(syntax.Offset)-1)
		return "", &misplaced{what: fmt.Sprintf("Line %d, column %d: this is not JSON: %v.", line, column, syntax), line: line}
	}
	if err == nil {
		err = json.Unmarshal(document, &fields)
	}
	var kind string
	if err != nil || json.Unmarshal(fields.Type, &kind) != nil || kind == "" {
		return "", &misplaced{what: `A task or a supervisor is a JSON object with a "type", such as index_parallel, and this is none. Types of tasks are ` +
			strings.Join(task.Types(), ", ") + ".", line: 1}
	}
	return kind, nil
}

// renewed is a task's JSON without what names that run: its id, groups that are called so, and how it was handed in.
func renewed(payload []byte) []byte {
	var id struct{ ID string }
	payload = bytes.TrimSpace(payload)
	if json.Unmarshal(payload, &id) != nil || id.ID == "" {
		return payload
	}
	named := druid.AppendString(nil, id.ID)
	return edited(payload, func(key string, value []byte) []byte {
		switch {
		case key == "id", key == "groupId" && slices.Equal(value, named):
			return nil
		case key == "context" && value[0] == '{':
			return edited(value, func(key string, value []byte) []byte {
				if intake.IsOwn(key) {
					return nil
				}
				return value
			})
		case key == "resource":
			var r struct {
				AvailabilityGroup string
				RequiredCapacity  int
			}
			if json.Unmarshal(value, &r) == nil && r.AvailabilityGroup == id.ID {
				if r.RequiredCapacity == 1 {
					return nil
				}
				return fmt.Appendf(nil, `{"requiredCapacity":%d}`, r.RequiredCapacity)
			}
		}
		return value
	})
}

// edited is a JSON object with what edit makes of the values of its members, in their order; those of which it makes nothing are left out.
func edited(object []byte, edit func(key string, value []byte) []byte) []byte {
	out := []byte{'{'}
	for key, value := range jsontext.Members(object) {
		if value = edit(string(key), value); value == nil {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(append(out, '"'), key...), `":`...), value...)
	}
	return append(out, '}')
}

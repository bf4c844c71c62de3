package ui

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// reference is what the server answers to programs, as its description (OpenAPI) has it. It is read once.
type reference struct {
	About  string
	Groups []operationGroup

	byID    map[string]*operation
	schemas map[string]*schema
}

// operationGroup is the operations with one tag.
type operationGroup struct {
	Name, About string
	Operations  []*operation
}

// operation is a verb of a path.
type operation struct {
	Method string `json:"-"`
	Path   string `json:"-"`

	ID         string              `json:"operationId"`
	Tags       []string            `json:"tags"`
	Summary    string              `json:"summary"`
	About      string              `json:"description"`
	Parameters []parameter         `json:"parameters"`
	Body       *content            `json:"requestBody"`
	Answers    map[string]*content `json:"responses"`
	Security   *[]any              `json:"security"`
}

// Open tells that nobody is asked who he is.
func (o *operation) Open() bool { return o.Security != nil && len(*o.Security) == 0 }

// parameter is one of a path, of a query, or a header.
type parameter struct {
	Name     string  `json:"name"`
	In       string  `json:"in"`
	Required bool    `json:"required"`
	About    string  `json:"description"`
	Schema   *schema `json:"schema"`
}

// content is a body, of a request or of an answer.
type content struct {
	Ref   string               `json:"$ref"`
	About string               `json:"description"`
	Types map[string]mediaType `json:"content"`
	Heads map[string]parameter `json:"headers"`
}

type mediaType struct {
	Schema  *schema         `json:"schema"`
	Example json.RawMessage `json:"example"`
}

// description is the part of OpenAPI that ours uses.
type description struct {
	Info struct {
		About string `json:"description"`
	} `json:"info"`
	Tags []struct {
		Name  string `json:"name"`
		About string `json:"description"`
	} `json:"tags"`
	Paths      map[string]map[string]*operation `json:"paths"`
	Components struct {
		Schemas   map[string]*schema  `json:"schemas"`
		Responses map[string]*content `json:"responses"`
	} `json:"components"`
}

// readReference reads a description, which is part of the program: one that is wrong is a panic. There may be none.
func readReference(text []byte) *reference {
	var d description
	if len(text) > 0 {
		if err := json.Unmarshal(text, &d); err != nil {
			panic(err)
		}
	}
	r := &reference{About: d.Info.About, byID: map[string]*operation{}, schemas: d.Components.Schemas}
	for path, methods := range d.Paths {
		for method, o := range methods {
			o.Method, o.Path = strings.ToUpper(method), path
			for status, answer := range o.Answers {
				if answer.Ref != "" {
					o.Answers[status] = d.Components.Responses[lastPart(answer.Ref)]
				}
			}
			r.byID[o.ID] = o
		}
	}
	for _, tag := range d.Tags {
		g := operationGroup{Name: tag.Name, About: tag.About}
		for _, o := range r.byID {
			if slices.Contains(o.Tags, tag.Name) {
				g.Operations = append(g.Operations, o)
			}
		}
		slices.SortFunc(g.Operations, func(a, b *operation) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method)) })
		r.Groups = append(r.Groups, g)
	}
	return r
}

// lastPart is what a reference such as #/components/schemas/Task names.
func lastPart(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// showReference is GET /reference: all operations.
func showReference(c *call) (*page, error) {
	return &page{Title: "API reference", template: "reference", Data: c.reference}, nil
}

// operationPage is one operation, with a request as it is sent, and what its bodies look like.
type operationPage struct {
	*operation
	Curl    string
	Schemas []namedSchema
}

// showOperation is GET /reference/{id}.
func showOperation(c *call) (*page, error) {
	o := c.reference.byID[c.r.PathValue("id")]
	if o == nil {
		return nil, &problem{http.StatusNotFound, "There is no such operation.", "The API reference has all that there are."}
	}
	return &page{Title: o.Method + " " + o.Path, template: "operation", Data: &operationPage{o, o.curl(c.URL()), c.reference.used(o)}}, nil
}

// curl is a request by curl. Who is asked for a password gives it there.
func (o *operation) curl(server string) string {
	var b strings.Builder
	b.WriteString("curl")
	if o.Method != http.MethodGet {
		b.WriteString(" -X " + o.Method)
	}
	path := o.Path
	for _, p := range o.Parameters {
		if p.In == "path" {
			path = strings.ReplaceAll(path, "{"+p.Name+"}", strings.ToUpper(p.Name))
		}
	}
	if o.Body != nil {
		media := slices.Min(slices.Collect(maps.Keys(o.Body.Types)))
		fmt.Fprintf(&b, " -H 'Content-Type: %s'", media)
		switch example := o.Body.Types[media].Example; {
		case example != nil:
			fmt.Fprintf(&b, " \\\n  -d '%s'", strings.ReplaceAll(string(example), "'", `'\''`))
		case media == "application/json":
			b.WriteString(" \\\n  -d @body.json")
		default:
			b.WriteString(" \\\n  -T FILE") // -d takes its line breaks out
		}
		b.WriteString(" \\\n ")
	}
	return b.String() + " " + server + path
}

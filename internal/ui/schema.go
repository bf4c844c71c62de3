package ui

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// schema is what JSON looks like (JSON Schema, as far as our description uses it).
type schema struct {
	Ref        string             `json:"$ref"`
	Type       any                `json:"type"` // a name, or several
	About      string             `json:"description"`
	Format     string             `json:"format"`
	Enum       []any              `json:"enum"`
	Default    any                `json:"default"`
	Minimum    *float64           `json:"minimum"`
	Maximum    *float64           `json:"maximum"`
	MaxLength  *int               `json:"maxLength"`
	MaxItems   *int               `json:"maxItems"`
	Items      *schema            `json:"items"`
	Properties map[string]*schema `json:"properties"`
	Required   []string           `json:"required"`
	Additional json.RawMessage    `json:"additionalProperties"`
}

// namedSchema is one of those that the description names.
type namedSchema struct {
	Name string
	*schema
}

// field is a property of an object.
type field struct {
	Name     string
	Required bool
	*schema
}

// Fields are the properties of an object, those that have to be there first.
func (s *schema) Fields() (fields []field) {
	for _, required := range []bool{true, false} {
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			if slices.Contains(s.Required, name) == required {
				fields = append(fields, field{name, required, s.Properties[name]})
			}
		}
	}
	return fields
}

// Shape is what a value is, in the words of JSON; Named is what that ends with where it has a name of its own.
func (s *schema) Shape() string {
	switch {
	case s.Ref != "":
		return ""
	case s.Items != nil:
		return "array of " + s.Items.Shape()
	}
	kind := "anything"
	switch t := s.Type.(type) {
	case string:
		kind = t
	case []any:
		var all []string
		for _, one := range t {
			all = append(all, fmt.Sprint(one))
		}
		kind = strings.Join(all, " or ")
	}
	if s.Format != "" {
		kind += ", " + s.Format
	}
	return kind
}

// Named is the name of the schema that a value, or each of its elements, follows; empty if it has none.
func (s *schema) Named() string {
	switch {
	case s.Ref != "":
		return lastPart(s.Ref)
	case s.Items != nil:
		return s.Items.Named()
	}
	return ""
}

// Bounds are what a value is kept within.
func (s *schema) Bounds() string {
	var all []string
	if len(s.Enum) > 0 {
		var values []string
		for _, v := range s.Enum {
			values = append(values, fmt.Sprint(v))
		}
		all = append(all, "one of "+strings.Join(values, ", "))
	}
	if s.Minimum != nil {
		all = append(all, fmt.Sprintf("at least %v", *s.Minimum))
	}
	if s.Maximum != nil {
		all = append(all, fmt.Sprintf("at most %v", *s.Maximum))
	}
	if s.MaxLength != nil {
		all = append(all, fmt.Sprintf("at most %d characters", *s.MaxLength))
	}
	if s.MaxItems != nil {
		all = append(all, fmt.Sprintf("at most %d elements", *s.MaxItems))
	}
	if s.Default != nil {
		all = append(all, fmt.Sprintf("%v unless given", s.Default))
	}
	return strings.Join(all, "; ")
}

// used are the named schemas that the bodies of an operation lead to, in the order in which they are met.
func (r *reference) used(o *operation) (all []namedSchema) {
	seen := map[string]bool{}
	var visit func(*schema)
	visit = func(s *schema) {
		if s == nil {
			return
		}
		if s.Ref != "" {
			name := lastPart(s.Ref)
			if found := r.schemas[name]; found != nil && !seen[name] {
				seen[name] = true
				all = append(all, namedSchema{name, found})
				visit(found)
			}
			return
		}
		visit(s.Items)
		for _, f := range s.Fields() {
			visit(f.schema)
		}
	}
	visitBody := func(b *content) {
		if b == nil {
			return
		}
		for _, media := range slices.Sorted(maps.Keys(b.Types)) {
			visit(b.Types[media].Schema)
		}
	}
	visitBody(o.Body)
	for _, status := range slices.Sorted(maps.Keys(o.Answers)) {
		visitBody(o.Answers[status])
	}
	return all
}

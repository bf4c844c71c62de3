package queue

import (
	"bytes"
	"encoding/json"
	"fmt"

	"ovate/druid"
	"ovate/internal/metadata"
)

// summary is a header as the store keeps it beside a payload, so that a start does not read that. It tells what is unlike most tasks: {}
// stands for one with an availability group and a slot of its own. A later version that wants to know more in it has to remove all summaries
// from the database with a step of its schema.
type summary struct {
	AvailabilityGroup *string        `json:"availabilityGroup,omitempty"` // nil is the task's id
	RequiredCapacity  *int           `json:"requiredCapacity,omitempty"`  // nil is 1
	Appends           bool           `json:"appends,omitempty"`
	Context           *druid.Context `json:"context,omitempty"` // what counts of it
}

// Summarize makes the summary of a task that is to be inserted with type and group; nil if its payload has to be read at a start.
func Summarize(id string, payload []byte) []byte {
	h, err := readHeader(payload, id, true)
	if err != nil {
		return nil
	}
	var s summary
	if h.resource.AvailabilityGroup != id {
		s.AvailabilityGroup = &h.resource.AvailabilityGroup
	}
	if h.resource.RequiredCapacity != 1 {
		s.RequiredCapacity = &h.resource.RequiredCapacity
	}
	s.Appends = h.appends
	for _, key := range countingKeys {
		if value, set := h.context.Get(key); set {
			if s.Context == nil {
				s.Context = &druid.Context{}
			}
			s.Context.Set(key, value)
		}
	}
	text, err := json.Marshal(s)
	if err != nil {
		return nil
	}
	return text
}

// headerReader reads the headers of the rows of a start.
type headerReader struct {
	text []byte // the last summary, as most are alike
	last summary
}

// of is the header of a row, of its summary if it has one.
func (r *headerReader) of(row *metadata.TaskRow) (header, error) {
	if row.Summary == nil {
		h, err := readHeader(row.Payload, row.ID, row.Type != "" && row.GroupID != "")
		if err != nil {
			err = fmt.Errorf("payload: %w", err)
		}
		return h, err
	}
	if !bytes.Equal(r.text, row.Summary) {
		var s summary
		if err := json.Unmarshal(row.Summary, &s); err != nil {
			return header{}, fmt.Errorf("column summary holds %.200q: %w", row.Summary, err)
		}
		r.text, r.last = bytes.Clone(row.Summary), s
	}
	h := header{resource: druid.Resource{AvailabilityGroup: row.ID, RequiredCapacity: 1}, appends: r.last.Appends}
	if group := r.last.AvailabilityGroup; group != nil {
		h.resource.AvailabilityGroup = *group
	}
	if slots := r.last.RequiredCapacity; slots != nil {
		h.resource.RequiredCapacity = *slots
	}
	if context := r.last.Context; context != nil {
		h.context = *context
	}
	return h, nil
}

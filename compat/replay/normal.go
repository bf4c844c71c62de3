package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// made are the moments that an Overlord has taken from its clock, as versions, by the order in which they were first seen. The script's own
// are of earlier years.
type made struct{ names map[string]string }

func newMade() *made { return &made{map[string]string{}} }

var moment = regexp.MustCompile(`20(?:2[5-9]|[3-8]\d)-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)

func (m *made) text(text string) string {
	return moment.ReplaceAllStringFunc(text, func(version string) string {
		if m.names[version] == "" {
			m.names[version] = fmt.Sprintf("(version %d)", len(m.names)+1)
		}
		return m.names[version]
	})
}

func (m *made) json(document []byte) json.RawMessage {
	return json.RawMessage(m.text(string(document)))
}

// sorted puts lists of which the order tells nothing into one order, and leaves out the words of a message.
func sorted(answer []byte) []byte {
	var a struct {
		Result json.RawMessage `json:"result"`
	}
	if err := json.Unmarshal(answer, &a); err != nil || a.Result == nil {
		return answer
	}
	var elements []json.RawMessage
	var published *struct {
		Segments  []json.RawMessage `json:"segments"`
		Success   *bool             `json:"success"`
		Retryable bool              `json:"retryable"`
		ErrorMsg  *string           `json:"errorMsg"`
	}
	var upgraded map[string]map[string]any
	var result any
	switch {
	case json.Unmarshal(a.Result, &elements) == nil && elements != nil:
		sortRaw(elements)
		result = elements
	case json.Unmarshal(a.Result, &published) == nil && published != nil && published.Success != nil:
		sortRaw(published.Segments)
		if published.ErrorMsg != nil {
			*published.ErrorMsg = "(why)"
		}
		result = published
	case json.Unmarshal(a.Result, &upgraded) == nil && upgraded != nil:
		for _, ids := range upgraded["upgradedToSegmentIds"] {
			list, _ := ids.([]any)
			slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		}
		result = upgraded
	default:
		return answer
	}
	return marshal(map[string]any{"result": result})
}

func sortRaw(elements []json.RawMessage) {
	slices.SortFunc(elements, func(a, b json.RawMessage) int { return slices.Compare(a, b) })
}

// marshal writes JSON without escapes for HTML.
func marshal(v any) []byte {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // it was JSON before
	}
	return bytes.TrimSpace(text.Bytes())
}

package goal

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// decode reads JSON whose numbers stay as they are written; nil for what is none.
func decode(text json.RawMessage) any {
	var v any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

func isNull(text json.RawMessage) bool { return len(text) == 0 || string(text) == "null" }

// says tells whether what is stored is what was given, both as JSON. A member that was not given is by default: what Druid stores of it is that, as far as
// it is known here, and else whatever it is. Druid stores no member that means nothing.
func says(given, stored any) bool {
	switch g := given.(type) {
	case map[string]any:
		s, is := stored.(map[string]any)
		return is && saysMembers(g, s)
	case []any:
		s, is := stored.([]any)
		return is && slices.EqualFunc(g, s, says)
	case json.Number:
		s, is := stored.(json.Number)
		return is && sameNumber(g, s)
	case string:
		s, is := stored.(string)
		if m, object := stored.(map[string]any); object {
			return saysShortly(g, m)
		}
		return is && g == s
	}
	return given == stored
}

// saysShortly tells whether an object is what Druid takes a text for in its place: a dimension by its name, or something of which there is but a type.
func saysShortly(given string, stored map[string]any) bool {
	return len(stored) == 1 && stored["type"] == given ||
		saysMembers(map[string]any{"type": "string", "name": given}, stored) ||
		saysMembers(map[string]any{"type": "default", "dimension": given}, stored)
}

func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	x, err := a.Float64()
	y, other := b.Float64()
	return err == nil && other == nil && x == y
}

func saysMembers(given, stored map[string]any) bool {
	for name, value := range given {
		if value == nil {
			continue
		}
		was, there := stored[name]
		if !there || was == nil {
			if byDefault, known := defaultOf(name, given); !known || !says(value, byDefault) {
				return false
			}
		} else if !says(plain(given, name, value), plain(stored, name, was)) {
			return false
		}
	}
	for name, was := range stored {
		if value := given[name]; value != nil || was == nil {
			continue
		}
		if byDefault, known := defaultOf(name, given); known && !says(byDefault, was) {
			return false
		}
	}
	return true
}

// defaultOf is what Druid stores of a member that was not given, if that is known: of dimensions, aggregators and filters.
func defaultOf(name string, of map[string]any) (any, bool) {
	kind, _ := of["type"].(string)
	switch name {
	case "type":
		return "string", true // of dimensions: all others have to give it
	case "createBitmapIndex":
		return kind != "long" && kind != "float" && kind != "double", true
	case "multiValueHandling":
		return "SORTED_ARRAY", true
	case "shouldFinalize":
		return true, true
	case "isInputThetaSketch", "round", "isInputHyperUnique", "byRow":
		return false, true
	case "size":
		return json.Number("16384"), kind == "thetaSketch"
	case "lgK":
		return json.Number("12"), strings.HasPrefix(kind, "HLLSketch")
	case "tgtHllType":
		return "HLL_4", true
	case "stringEncoding":
		return "utf16le", true
	case "k":
		return json.Number("128"), kind == "quantilesDoublesSketch"
	case "maxStreamLength":
		return json.Number("1000000000"), true
	case "maxStringBytes":
		return json.Number("1024"), true
	}
	return nil, false
}

// plain has the values of a filter in order that are a set, and words of which Druid does not mind the case in capitals.
func plain(of map[string]any, name string, value any) any {
	if text, is := value.(string); is && name == "multiValueHandling" {
		return strings.ToUpper(text)
	}
	list, is := value.([]any)
	if !is || name != "values" || of["type"] != "in" {
		return value
	}
	return slices.SortedFunc(slices.Values(list), func(a, b any) int {
		x, _ := a.(string)
		y, _ := b.(string)
		return strings.Compare(x, y)
	})
}

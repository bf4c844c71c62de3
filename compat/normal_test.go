package compat

import (
	"encoding/json"
	"regexp"
	"strings"

	"ovate/druid"
)

const epoch = "1970-01-01T00:00:00.000Z"

var (
	instant     = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	noopID      = regexp.MustCompile(`noop_\d{4}-\d\d-\d\dT[0-9:.]+Z_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	generatedID = regexp.MustCompile(`(index|index_parallel|kill)_(\w+)_[a-p]{8}_\d{4}-\d\d-\d\dT[0-9:.]+Z`)
	segmentID   = regexp.MustCompile(`^(\w+(?:_\d{4}-\d\d-\d\dT[0-9:.]+Z){2}_)\d{4}-\d\d-\d\dT[0-9:.]+Z`)
	address     = regexp.MustCompile(`^(https?://)?[\w.-]+:\d+$`)
)

// normal replaces what cannot be the same twice: moments, durations, hosts, ports and generated ids. What stands for
// "unknown" or "never" stays: -1, null and the epoch.
func normal(name string, v value) value {
	if v.open != 0 {
		parts := make([]part, len(v.parts))
		for i, p := range v.parts {
			within := p.name
			if v.open == '[' {
				within = name
			}
			parts[i] = part{normalText(p.name), normal(within, p.value)}
		}
		return value{open: v.open, parts: parts}
	}
	var text string
	if json.Unmarshal([]byte(v.text), &text) == nil && strings.HasPrefix(v.text, `"`) {
		switch {
		case (strings.HasSuffix(name, "Time") || name == "version") && instant.MatchString(text) && text != epoch:
			return value{text: `"<instant>"`}
		case name == "identifier":
			return value{text: string(druid.AppendString(nil, segmentID.ReplaceAllString(text, "${1}<instant>")))}
		case name == "host" && !strings.Contains(text, ":"), name == "ip":
			return value{text: `"<host>"`}
		}
		return value{text: string(druid.AppendString(nil, normalText(text)))}
	}
	switch name {
	case "duration", "port", "timeOfExceptionMillis":
		if v.text != "-1" && v.text != "null" {
			return value{text: "<" + name + ">"}
		}
	}
	return v
}

func normalText(text string) string {
	if address.MatchString(text) {
		return address.ReplaceAllString(text, "${1}<host>:<port>")
	}
	text = noopID.ReplaceAllString(text, "noop_<instant>_<uuid>")
	return generatedID.ReplaceAllString(text, "${1}_${2}_<letters>_<instant>")
}

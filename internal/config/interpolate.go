package config

import (
	"fmt"
	"os"
	"strings"
)

// interpolate fills in the variables that Druid knows in values: ${env:NAME}, ${sys:other.property} and
// ${file:UTF-8:/path}, each with a default after ":-"; "$${" is a plain "${". Only what files and environment give is
// treated so; an unknown variable stops the start.
func interpolate(given map[string]Setting, environ []string) error {
	for name, s := range given {
		if !strings.Contains(s.Value, "${") {
			continue
		}
		value, err := expand(s.Value, given, environ)
		if err != nil {
			return &ValueError{Setting: s, Allowed: err.Error()}
		}
		s.Value = value
		given[name] = s
	}
	return nil
}

func expand(value string, given map[string]Setting, environ []string) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(value, "${")
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		if strings.HasSuffix(before, "$") {
			out.WriteString("{") // of "$${", whose first $ is written
			value = rest
			continue
		}
		variable, after, closed := strings.Cut(rest, "}")
		if !closed {
			return "", fmt.Errorf("${%s is never closed with }", rest)
		}
		text, err := lookUp(variable, given, environ)
		if err != nil {
			return "", err
		}
		out.WriteString(text)
		value = after
	}
}

func lookUp(variable string, given map[string]Setting, environ []string) (string, error) {
	variable, fallback, hasFallback := strings.Cut(variable, ":-")
	kind, name, _ := strings.Cut(variable, ":")
	text, found := "", false
	switch kind {
	case "env":
		for _, e := range environ {
			if v, is := strings.CutPrefix(e, name+"="); is {
				text, found = v, true
			}
		}
	case "sys":
		var s Setting
		s, found = given[name]
		text = s.Value
	case "file":
		content, err := os.ReadFile(strings.TrimPrefix(name, "UTF-8:"))
		if err != nil && !hasFallback {
			return "", err
		}
		text, found = string(content), err == nil
	default:
		return "", fmt.Errorf("${%s}: a variable is env:NAME, sys:PROPERTY or file:UTF-8:PATH", variable)
	}
	if !found && !hasFallback {
		return "", fmt.Errorf("${%s} is not set, and has no default (${%s:-default})", variable, variable)
	}
	if !found {
		text = fallback
	}
	return text, nil
}

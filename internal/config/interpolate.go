package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
)

// interpolate fills in the variables that Druid knows in values: ${env:NAME}, ${sys:other.property} and
// ${file:UTF-8:/path}, each with a default after ":-"; "$${" is a plain "${". Only what files and environment give is
// treated so; an unknown variable stops the start.
func interpolate(given map[string]Setting, environ []string) error {
	v := variables{maps.Clone(given), environ}
	for name, s := range given {
		if !strings.Contains(s.Value, "${") {
			continue
		}
		value, err := v.expand(s.Value, 0)
		if err != nil {
			return &ValueError{Setting: s, Allowed: err.Error()}
		}
		s.Value = value
		given[name] = s
	}
	return nil
}

// variables is where the values of variables are found.
type variables struct {
	properties map[string]Setting // as they were given
	environ    []string
}

// expand fills in a value that is depth properties away from the one that was asked for.
func (v *variables) expand(value string, depth int) (string, error) {
	if depth > 10 {
		return "", errors.New("its variables lead from property to property without end")
	}
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
		text, err := v.lookUp(variable, depth)
		if err != nil {
			return "", err
		}
		out.WriteString(text)
		value = after
	}
}

// system is what properties files use of the system properties that every Java process has.
func (v *variables) system(name string) (value string, found bool) {
	switch name {
	case "java.io.tmpdir":
		return os.TempDir(), true
	case "user.dir":
		dir, err := os.Getwd()
		return dir, err == nil
	case "user.home":
		return v.variable("HOME")
	case "user.name":
		return v.variable("USER")
	}
	return "", false
}

// variable is a variable of the environment.
func (v *variables) variable(name string) (value string, found bool) {
	for _, e := range v.environ {
		if text, is := strings.CutPrefix(e, name+"="); is {
			value, found = text, true
		}
	}
	return value, found
}

func (v *variables) lookUp(variable string, depth int) (string, error) {
	variable, fallback, hasFallback := strings.Cut(variable, ":-")
	kind, name, _ := strings.Cut(variable, ":")
	text, found := "", false
	switch kind {
	case "env":
		text, found = v.variable(name)
	case "sys":
		if s, ok := v.properties[name]; ok {
			return v.expand(s.Value, depth+1)
		}
		text, found = v.system(name)
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

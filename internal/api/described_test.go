package api

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestDescribed: the description of what is served has all of Druid's paths that are, and no others.
func TestDescribed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../v1/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var description struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(text, &description); err != nil {
		t.Fatal(err)
	}
	described := map[string]bool{}
	for path, verbs := range description.Paths {
		for verb := range verbs {
			if !strings.HasPrefix(path, "/api/") {
				described[strings.ToUpper(verb)+" "+path] = true
			}
		}
	}
	param := regexp.MustCompile(`\{[^}]*\}`)
	for _, table := range [][]path{taskPaths(), listPaths(), segmentPaths(), workerPaths(), remotePaths(), compactionPaths(), supervisorPaths(), statusPaths()} {
		for _, p := range table {
			verb := p.method + " " + p.pattern
			if !described[verb] {
				t.Errorf("%s is not described", verb)
			}
			if n := strings.Count(string(description.Paths[p.pattern][strings.ToLower(p.method)]), `"in": "path"`); n != len(param.FindAllString(p.pattern, -1)) {
				t.Errorf("%s: %d parameters of the path are described", verb, n)
			}
			delete(described, verb)
		}
	}
	for verb := range described {
		t.Errorf("%s is described, and not served", verb)
	}
}

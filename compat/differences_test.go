package compat

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ovate/compat/replay"
)

// difference is a place where ovate does not answer as the Java Overlord does, on purpose. docs/differences.md tells
// readers the same, word for word.
type difference struct {
	name   string
	druid  string // what Java does
	ovate  string // what ovate does
	reason string
	// recorded are the places in the golden conversations where it shows.
	recorded []place
	// shown demonstrates what no recording shows.
	shown func(t *testing.T, s *server)
}

// place is a step of a scenario ("lists/16"), the path of a value in its answer, and an expression that the whole of
// ovate's value matches.
type place struct{ step, path, ovate string }

// instead is a whole answer in JSON where Java has sent a page of HTML or nothing.
func instead(step, status, body string) []place {
	return []place{{step, "status", status}, {step, "contentType", "application/json"}, {step, "body", body}}
}

func places(groups ...[]place) (all []place) {
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

// listedDeviations are the recorded places of all differences, by "step path".
func listedDeviations(t *testing.T) map[string]string {
	listed := map[string]string{}
	for _, d := range differences() {
		for _, p := range d.recorded {
			key := p.step + " " + p.path
			if _, twice := listed[key]; twice {
				t.Errorf("%s is listed twice", key)
			}
			listed[key] = p.ovate
		}
	}
	return listed
}

// TestShownDifferences runs the demonstrations of the differences that no recording shows.
func TestShownDifferences(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, d := range differences() {
		if d.recorded == nil && d.shown == nil && !replayed(d.name) {
			t.Errorf("%s: nothing shows it", d.name)
		}
		if d.shown != nil {
			t.Run(d.name, func(t *testing.T) { d.shown(t, s) })
		}
	}
}

// replayed tells whether the script of task actions shows a difference.
func replayed(name string) bool {
	return slices.ContainsFunc(replay.Script(), func(s replay.Section) bool {
		return slices.ContainsFunc(s.Steps, func(step replay.Step) bool { return step.Differs == name })
	})
}

// TestDifferencesAreDocumented holds docs/differences.md against the table: the same names in the same order, with the
// same words.
func TestDifferencesAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "docs", "differences.md"))
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, heading := range regexp.MustCompile(`(?m)^### (.*)$`).FindAllStringSubmatch(string(text), -1) {
		documented = append(documented, heading[1])
	}
	var listed []string
	for _, d := range differences() {
		listed = append(listed, d.name)
		section := "### " + d.name + "\n\n- Druid 33: " + d.druid + "\n- ovate: " + d.ovate + "\n- Why: " + d.reason + "\n"
		if !strings.Contains(string(text), section) {
			t.Errorf("docs/differences.md does not say:\n%s", section)
		}
	}
	if strings.Join(documented, "\n") != strings.Join(listed, "\n") {
		t.Errorf("docs/differences.md has the sections\n%s\nbut the table has\n%s", strings.Join(documented, "\n"), strings.Join(listed, "\n"))
	}
}

// expect fails unless an answer has this status and a body that matches.
func expect(t *testing.T, got reply, status int, body string) {
	t.Helper()
	if got.status != status || !regexp.MustCompile(`^(?s:`+body+`)$`).MatchString(got.body) {
		t.Errorf("got %d %s\nwant %d %s", got.status, got.body, status, body)
	}
}

func (s *server) get(t *testing.T, path string) reply { return s.send(t, http.MethodGet, path, "", "") }

func (s *server) post(t *testing.T, path, body string) reply {
	return s.send(t, http.MethodPost, path, body, "application/json")
}

package supervisor

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The table of docs/state_machine.md is the one by which supervisors move.
func TestStagesAreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/state_machine.md")
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\|[^|]*\\| ([A-Z_, –]+) \\|$").FindAllStringSubmatch(string(text), -1) {
		written[row[1]] = row[2]
	}
	for from, name := range stageNames {
		var next []string
		for _, to := range after[from] {
			next = append(next, to.String())
		}
		slices.Sort(next)
		told := strings.FieldsFunc(written[name], func(c rune) bool { return c == ',' || c == ' ' || c == '–' })
		slices.Sort(told)
		if got, want := fmt.Sprint(told), fmt.Sprint(next); got != want {
			t.Errorf("%s: the document has %s, and the code %s", name, got, want)
		}
	}
	if len(written) != len(stageNames) || len(after) != len(stageNames) {
		t.Errorf("the document has %d stages, and the code %d and %d", len(written), len(stageNames), len(after))
	}
}

// A supervisor goes where the table says, and nowhere else; at any time it can be stopped, and never goes on from there.
func TestLife(t *testing.T) {
	t.Parallel()
	for from := range after {
		for to := range after {
			l := Life{now: State{Stage: Stage(from)}}
			may := from != int(Stopping) && (from == to || slices.Contains(after[from], Stage(to)))
			if moved := l.Move(State{Stage: Stage(to), Detailed: "X"}); moved != may || moved && l.State().Word() != "X" || !moved && l.State().Stage != Stage(from) {
				t.Errorf("%s to %s: %t, and then it is %s", Stage(from), Stage(to), moved, l.State().Word())
			}
		}
		if from != int(Stopping) && !Stopping.MayFollow(Stage(from)) {
			t.Errorf("%s cannot be stopped", Stage(from))
		}
		if healthy := !strings.HasPrefix(Stage(from).String(), "UNHEALTHY"); Stage(from).Healthy() != healthy {
			t.Errorf("%s is healthy: %t", Stage(from), !healthy)
		}
	}
}

package queue

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var stageNames = [...]string{
	arriving: "arriving", waiting: "waiting", giving: "giving", pending: "pending", running: "running", takenBack: "taken back", leaving: "leaving", over: "over",
}

// The table of docs/state_machine.md is the one by which tasks move.
func TestStagesAreThoseOfTheDocument(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/state_machine.md")
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]string{}
	for _, row := range regexp.MustCompile(`(?m)^\| \*([a-z ]+)\* \|[^|]*\| ([a-z, –]+) \|$`).FindAllStringSubmatch(string(text), -1) {
		written[row[1]] = row[2]
	}
	for from, name := range stageNames {
		var next []string
		for _, to := range after[from] {
			next = append(next, stageNames[to])
		}
		slices.Sort(next)
		told := strings.Split(strings.ReplaceAll(written[name], "–", ""), ", ")
		slices.Sort(told)
		if got, want := fmt.Sprint(told), fmt.Sprint(next); strings.Trim(got, "[]") != strings.Trim(want, "[]") {
			t.Errorf("%s: the document has %s, and the code %s", name, got, want)
		}
	}
	if len(written) != len(stageNames) {
		t.Errorf("the document has %d stages, and the code %d", len(written), len(stageNames))
	}
}

// From wherever a task is it comes to its end, and never back from there.
func TestEveryStageLeadsToTheEnd(t *testing.T) {
	t.Parallel()
	for from := range after {
		reached := map[stage]bool{stage(from): true}
		for queue := []stage{stage(from)}; len(queue) > 0; queue = queue[1:] {
			for _, to := range after[queue[0]] {
				if stage(from).ended() && !to.ended() {
					t.Errorf("%s leads to %s", stageNames[from], stageNames[to])
				}
				if !reached[to] {
					reached[to] = true
					queue = append(queue, to)
				}
			}
		}
		if !reached[over] {
			t.Errorf("%s never ends", stageNames[from])
		}
	}
}

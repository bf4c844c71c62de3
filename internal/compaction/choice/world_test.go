package choice_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ovate/compat/replay"
	"ovate/druid"
	"ovate/internal/compaction"
	"ovate/internal/compaction/choice"
	"ovate/internal/compaction/goal"
)

// world is what compaction is scheduled by.
type world struct {
	Config   json.RawMessage             `json:"config"`
	Slots    int                         `json:"slots"`
	Segments []druid.DataSegment         `json:"segments"`
	Locked   map[string][]druid.Interval `json:"locked"`
	Active   []json.RawMessage           `json:"active"`
}

// deed is what is done in a world, and what is told of it: tasks and rows of a simulation, each as text, in order and once.
type deed struct {
	Tasks, Cancelled, Rows []string
	// Newest are the tasks in the order in which they are made.
	Newest []string
}

// play has it chosen.
func (w *world) play(t *testing.T) *deed {
	t.Helper()
	cluster, err := compaction.CheckCluster(w.Config)
	if err != nil {
		t.Fatalf("%s: %v", w.Config, err)
	}
	goals := w.goals(t)
	d := &deed{}
	busy, taken := map[string][]druid.Interval{}, 0
	for name, locked := range w.Locked {
		busy[name] = append(busy[name], locked...)
	}
	for _, payload := range w.Active {
		var named struct{ ID string }
		if err := json.Unmarshal(payload, &named); err != nil {
			t.Fatal(err)
		}
		r, err := choice.ReadRunning(named.ID, payload)
		if err != nil {
			t.Fatal(err)
		}
		if g := goals[r.DataSource]; g != nil && r.Outdated(g) {
			d.Cancelled = append(d.Cancelled, r.ID)
			continue
		}
		taken += r.Slots
		busy[r.DataSource] = append(busy[r.DataSource], r.Interval)
	}
	segments := map[string][]druid.DataSegment{}
	for _, s := range w.Segments {
		segments[s.DataSource] = append(segments[s.DataSource], s)
	}
	var all []*choice.Judgement
	for name, g := range goals {
		by := &choice.Circumstances{Policy: &cluster.Policy, Busy: druid.CondenseIntervals(busy[name])}
		all = append(all, choice.Judge(survey(g, segments[name]), by, func(c *choice.Candidate, v choice.Verdict, why string) {
			row := fmt.Sprintln(v, c.DataSource, c.Interval, c.Segments, c.Bytes)
			if v == choice.Waiting {
				row = fmt.Sprintln(v, c.DataSource, c.Interval, c.Segments, c.Bytes, g.Slots(), short(why))
			}
			if v != choice.Skipped {
				d.Rows = append(d.Rows, row)
			}
		}))
	}
	for _, c := range choice.Choose(all, &cluster.Policy, choice.FreeSlots(cluster, w.Slots, taken)) {
		d.Newest = append(d.Newest, shown(t, goals[c.DataSource].Task(c.Intervals, c.Tombstones, c.Missed, 0)))
	}
	d.Tasks = slices.Sorted(slices.Values(d.Newest))
	d.sort()
	return d
}

func (w *world) goals(t *testing.T) map[string]*goal.Goal {
	t.Helper()
	var configs struct {
		All []json.RawMessage `json:"compactionConfigs"`
	}
	if err := json.Unmarshal(w.Config, &configs); err != nil {
		t.Fatal(err)
	}
	goals := map[string]*goal.Goal{}
	for _, config := range configs.All {
		var named struct{ DataSource string }
		err := json.Unmarshal(config, &named)
		if err == nil {
			goals[named.DataSource], err = goal.Read(named.DataSource, config)
		}
		if err != nil {
			t.Fatalf("%s: %v", config, err)
		}
	}
	return goals
}

// druids is what Druid has answered.
func druids(t *testing.T, answer []byte) *deed {
	t.Helper()
	var a struct {
		Tasks     []json.RawMessage
		Cancelled []string
		Simulated map[string]struct{ Rows [][]any }
	}
	d := json.NewDecoder(strings.NewReader(string(answer)))
	d.UseNumber()
	if err := d.Decode(&a); err != nil {
		t.Fatal(err)
	}
	deed := &deed{Cancelled: a.Cancelled}
	for _, task := range a.Tasks {
		deed.Newest = append(deed.Newest, shown(t, task))
	}
	deed.Tasks = slices.Sorted(slices.Values(deed.Newest))
	for word, v := range map[string]choice.Verdict{"COMPLETE": choice.Complete, "PENDING": choice.Waiting} {
		for _, row := range a.Simulated[word].Rows {
			if v == choice.Waiting {
				row[5] = short(row[5].(string))
			}
			deed.Rows = append(deed.Rows, fmt.Sprintln(append([]any{v}, row...)...))
		}
	}
	deed.sort()
	return deed
}

func (d *deed) sort() {
	d.Rows = slices.Compact(slices.Sorted(slices.Values(d.Rows)))
	slices.Sort(d.Cancelled)
}

// short leaves out values, which Druid does not tell as JSON.
func short(why string) string {
	what, _, _ := strings.Cut(why, ": required[")
	return what
}

// shown is a task without its id, and without members that Druid adds by default. What is handed on as it was given is not looked into.
func shown(t *testing.T, task []byte) string {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal(task, &members); err != nil {
		t.Fatalf("%s: %v", task, err)
	}
	delete(members, "id")
	plain(members)
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func plain(members map[string]any) {
	for name, value := range members {
		inner, is := value.(map[string]any)
		switch {
		case value == nil, name == "forceGuaranteedRollup" && value == false:
			delete(members, name)
		case slices.Contains([]string{"dimensionsSpec", "metricsSpec", "transformSpec", "projections", "partitionsSpec", "indexSpec", "splitHintSpec"}, name):
			members[name] = "as given"
		case name == "compactionReason":
			members[name] = short(value.(string))
		case is:
			plain(inner)
		}
	}
}

// In recorded worlds the same is compacted as by Druid's scheduler, by the same tasks, and the same is told of what is as it is to be.
func TestAsDruid(t *testing.T) {
	t.Parallel()
	all, err := replay.LoadCompacts(filepath.Join("..", "..", "..", "compat", "testdata", "compacts.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		var w world
		if err := json.Unmarshal(c.World, &w); err != nil {
			t.Fatal(err)
		}
		got, want := w.play(t), druids(t, c.Druid)
		if strings.Contains(string(w.Config), "fixedIntervalOrder") {
			got.Rows, want.Rows = nil, nil // Druid simulates as if the newest went first
		}
		for _, part := range []struct{ got, want []string }{{got.Tasks, want.Tasks}, {got.Cancelled, want.Cancelled}, {got.Rows, want.Rows}} {
			if !slices.Equal(part.got, part.want) {
				t.Errorf("%s\n\n%s\nDruid:\n%s", c.World, strings.Join(part.got, "\n"), strings.Join(part.want, "\n"))
			}
		}
	}
}

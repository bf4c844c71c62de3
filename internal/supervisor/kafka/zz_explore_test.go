package kafka

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"testing"

	"ovate/internal/spec"
	"ovate/internal/supervisor/plan"
)

func lines(t *testing.T, f string) (all [][]byte) {
	file, err := os.Open(f)
	if err != nil {
		t.Skip(err)
	}
	sc := bufio.NewScanner(file)
	sc.Buffer(nil, 1<<24)
	for sc.Scan() {
		all = append(all, append([]byte{}, sc.Bytes()...))
	}
	return all
}

func TestExplore(t *testing.T) {
	given, said := lines(t, "/dev/shm/ks/corpus.jsonl"), lines(t, "/dev/shm/ks/said.jsonl")
	tasks, _ := os.Create("/dev/shm/ks/tasks.jsonl")
	defer tasks.Close()
	want, _ := os.Create("/dev/shm/ks/want.jsonl")
	defer want.Close()
	for i := range given {
		var j struct {
			Spec, Task json.RawMessage
			Error      string
		}
		json.Unmarshal(said[i], &j)
		s, err := Parse(given[i])
		switch {
		case err == nil && j.Error != "":
			fmt.Printf("LETS THROUGH %s\n   java: %s\n", given[i], j.Error)
		case err != nil && j.Error == "":
			fmt.Printf("refuses %s\n   ours: %v\n", given[i], err)
		case err == nil:
			e, err := Parse(j.Spec)
			if err != nil {
				fmt.Printf("EXPANDED %s %v\n", j.Spec, err)
				continue
			}
			x, y := *s, *e
			for _, p := range []*Spec{&x, &y} {
				p.dataSchema, p.inputFormat, p.consumerProperties, p.context, p.tuning, p.match, p.configOverrides = nil, nil, nil, nil, value{}, nil, nil
				p.propertiesAt = ""
				p.misspelt = nil
			}
			x.schemaForm, y.schemaForm, x.tuningForm, y.tuningForm = nil, nil, nil, nil
			if x.topics.String() == y.topics.String() {
				x.topics = y.topics
			}
			if !reflect.DeepEqual(x, y) {
				a, _ := json.Marshal(x)
				b, _ := json.Marshal(y)
				fmt.Printf("DIFFERS %s\n  %s\n  %s\n", given[i], a, b)
			}
			if !s.Current(j.Task) {
				a, _ := json.Marshal([]any{s.schemaForm, s.tuningForm})
				b, _ := json.Marshal([]any{e.schemaForm, e.tuningForm})
				fmt.Printf("NOT CURRENT %s\n  %s\n  %s\n", given[i], a, b)
			}
			name := "0"
			if s.Multi {
				name = s.Stream + ":0"
			}
			c := plan.Create{Sequence: "base", Start: plan.Offsets{name: "5"}}
			task, err := s.TaskJSON("base_aaaaaaaa", c)
			if err != nil {
				t.Fatal(err)
			}
			if !json.Valid(task) {
				t.Fatalf("%s", task)
			}
			d, err := spec.Read(task)
			if err == nil {
				err = d.CheckKafka()
			}
			if err != nil {
				fmt.Printf("CHECKKAFKA %s\n  %v\n", given[i], err)
			}
			fmt.Fprintf(tasks, "%s\n", task)
			fmt.Fprintf(want, "%s\n", j.Task)
		}
	}
}

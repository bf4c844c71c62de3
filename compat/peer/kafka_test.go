//go:build peer

package peer

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"ovate/internal/supervisor/kafka"
	"ovate/internal/supervisor/plan"
)

// kafkaSaid is a spec of a supervisor of Kafka with what Druid's own classes make of it.
type kafkaSaid struct {
	Spec    json.RawMessage `json:"spec"`
	Druid   string          `json:"druid,omitempty"`
	Error   string          `json:"error,omitempty"`
	Written json.RawMessage `json:"written,omitempty"`
	Task    json.RawMessage `json:"task,omitempty"`
}

// TestKafkaSpecs has Druid's own classes read specs, and compares what they refuse, and what they write of them, with what was recorded, by which ovate is
// tested (internal/supervisor/kafka). What ovate takes says the same to both, and they make the same of the tasks that ovate makes of it as of their own.
func TestKafkaSpecs(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	for _, name := range []string{"taken.jsonl", "expanded.jsonl"} {
		file := filepath.Join("..", "..", "internal", "supervisor", "kafka", "testdata", name)
		all := loadKafka(t, file)
		var specs [][]byte
		for _, each := range all {
			specs = append(specs, each.Spec)
		}
		answers := readKafka(ctx, t, specs)
		compareKafka(ctx, t, all, answers)
		for i, answer := range answers {
			if answer.Error != all[i].Druid && !*recordActions {
				t.Errorf("%s: Druid says %q, but recorded is %q", all[i].Spec, answer.Error, all[i].Druid)
			}
			all[i].Druid = answer.Error
			if name == "expanded.jsonl" {
				if !*recordActions && !(sameValue(t, answer.Spec, all[i].Written) && sameValue(t, answer.Task, all[i].Task)) {
					t.Errorf("%s: Druid writes\n%s\nand its task\n%s", all[i].Spec, answer.Spec, answer.Task)
				}
				all[i].Written, all[i].Task = answer.Spec, answer.Task
			}
		}
		if *recordActions {
			saveKafka(t, file, all)
		}
	}
}

// compareKafka holds what ovate makes of specs that both take against what Druid does.
func compareKafka(ctx context.Context, t *testing.T, all []kafkaSaid, answers []kafkaAnswer) {
	var tasks [][]byte
	var want []kafkaAnswer
	for i, answer := range answers {
		s, err := kafka.Parse(all[i].Spec)
		if err != nil || answer.Error != "" {
			continue // internal/supervisor/kafka.TestTaken looks at those
		}
		written, err := kafka.Parse(answer.Spec)
		if err != nil {
			t.Errorf("%s is refused as Druid writes it: %v", all[i].Spec, err)
			continue
		}
		if !sameValue(t, toJSON(t, s), toJSON(t, written)) {
			t.Errorf("%s says\n%s, and as Druid writes it\n%s", all[i].Spec, toJSON(t, s), toJSON(t, written))
		}
		partition := "0"
		if s.Multi {
			partition = s.Stream + ":0"
		}
		task, err := s.TaskJSON("base_aaaaaaaa", plan.Create{Sequence: "base", Start: plan.Offsets{partition: "5"}})
		if err != nil {
			t.Errorf("%s: %v", all[i].Spec, err)
			continue
		}
		tasks, want = append(tasks, task), append(want, answer)
	}
	for i, got := range readKafka(ctx, t, tasks) {
		made, theirs := asTask(t, got.Task), asTask(t, want[i].Task)
		wanted := map[string]any{"IS_INCREMENTAL_HANDOFF_SUPPORTED": true, "checkpoints": `{"0":{"` + firstPartition(theirs) + `":5}}`}
		for key, value := range wanted {
			theirs["context"].(map[string]any)[key] = value
		}
		if got.Error != "" || !reflect.DeepEqual(made, theirs) {
			t.Errorf("of\n%s\nDruid makes\n%s%s\nand of its own\n%s", tasks[i], got.Task, got.Error, want[i].Task)
		}
	}
}

// firstPartition is the one that a task reads.
func firstPartition(task map[string]any) string {
	for name := range task["ioConfig"].(map[string]any)["startSequenceNumbers"].(map[string]any)["partitionSequenceNumberMap"].(map[string]any) {
		return name
	}
	return ""
}

func asTask(t *testing.T, text []byte) map[string]any {
	task := map[string]any{"context": map[string]any{}}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &task); err != nil {
			t.Fatal(err)
		}
	}
	return task
}

func toJSON(t *testing.T, value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// sameValue tells whether two documents are the same but for the order of members.
func sameValue(t *testing.T, a, b []byte) bool {
	return reflect.DeepEqual(asTask(t, a), asTask(t, b))
}

// kafkaAnswer is what they make of one.
type kafkaAnswer struct {
	Spec, Task json.RawMessage
	Error      string
}

// readKafka is what Druid's classes make of each of some documents.
func readKafka(ctx context.Context, t *testing.T, documents [][]byte) (answers []kafkaAnswer) {
	for _, line := range druidSays(ctx, t, filepath.Join("kafka", "Kafka.java"), documents) {
		var answer kafkaAnswer
		if err := json.Unmarshal(line, &answer); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		answers = append(answers, answer)
	}
	return answers
}

func loadKafka(t *testing.T, file string) (all []kafkaSaid) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var each kafkaSaid
		if err := json.Unmarshal(line, &each); err != nil {
			t.Fatal(err)
		}
		all = append(all, each)
	}
	return all
}

func saveKafka(t *testing.T, file string, all []kafkaSaid) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	for _, each := range all {
		if err := encoder.Encode(each); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"ovate/druid"
)

// Ready is a task that is submitted, with the segments of its data source at that moment, and what then becomes of it.
type Ready struct {
	Name string `json:"name"`
	// Segments are used ones, each as in "2024-01-01/2024-01-02 2022 0": with its partition at the end, or the JSON of a shard spec.
	Segments []string        `json:"segments"`
	Task     json.RawMessage `json:"task"`
	// Druid is what a Java Overlord makes of it: "ready", and the locks that the task has, or "fails".
	Druid string `json:"druid"`
	// Error is why it fails, in ovate's words.
	Error string `json:"error,omitempty"`
}

// readySource and readyID are the data source and the id of all these tasks.
const (
	readySource = "wiki"
	readyID     = "ready"
)

// LoadReady reads a file of them, an object in each line.
func LoadReady(file string) (all []Ready, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(text) {
		var r Ready
		if err := json.Unmarshal(line, &r); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, r)
	}
	return all, nil
}

// SaveReady writes what LoadReady reads.
func SaveReady(file string, all []Ready) error {
	var text []byte
	for _, r := range all {
		text = append(append(text, marshal(r)...), '\n')
	}
	return os.WriteFile(file, text, 0o644)
}

// Named gives the task, and its segments, a data source and an id of their own.
func (r Ready) Named(name string) Ready {
	text := strings.ReplaceAll(string(r.Task), `"id":"`+readyID+`"`, `"id":"`+name+`"`)
	r.Task = json.RawMessage(strings.ReplaceAll(text, `"dataSource":"`+readySource+`"`, `"dataSource":"`+name+`"`))
	return r
}

// Used are the segments, of a data source.
func (r Ready) Used(dataSource string) ([]druid.DataSegment, error) {
	segments := make([]druid.DataSegment, len(r.Segments))
	for i, text := range r.Segments {
		words := strings.SplitN(text, " ", 3)
		if len(words) < 3 {
			return nil, fmt.Errorf("segment %q is no interval, version and partition", text)
		}
		if !strings.HasPrefix(words[2], "{") {
			words[2] = `{"type":"numbered","partitionNum":` + words[2] + `,"partitions":0}`
		}
		s := &segments[i]
		*s = druid.DataSegment{DataSource: dataSource, Version: words[1], BinaryVersion: 9, Size: 1, LoadSpec: fmt.Appendf(nil, `{"type":"local","path":"/%d"}`, i)}
		if err := json.Unmarshal([]byte(`"`+words[0]+`"`), &s.Interval); err != nil {
			return nil, fmt.Errorf("segment %q: %w", text, err)
		}
		if err := json.Unmarshal([]byte(words[2]), &s.ShardSpec); err != nil {
			return nil, fmt.Errorf("segment %q: %w", text, err)
		}
	}
	return segments, nil
}

// TellReady words what became of a task: ready or not, and which locks it has: "2024-01-01/2024-01-02 REPLACE" or "2024-01-01/2024-01-02 2022 0".
func TellReady(state string, locks []druid.TaskLock) string {
	var told []string
	for _, l := range locks {
		at := strings.ReplaceAll(l.Interval.String(), "T00:00:00.000Z", "")
		if l.Granularity == druid.SegmentLock {
			told = append(told, fmt.Sprintf("%s %s %d", at, l.Version, l.PartitionID))
		} else {
			told = append(told, at+" "+string(l.Type))
		}
	}
	slices.Sort(told)
	return strings.Join(append([]string{state}, told...), ", ")
}

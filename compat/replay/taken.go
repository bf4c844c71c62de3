package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// Taken is a task that is submitted for a worker, and who takes it.
type Taken struct {
	Task json.RawMessage `json:"task"`
	// Druid is why a Java Overlord refuses it; empty if it does not.
	Druid string `json:"druid,omitempty"`
	// Error is why ovate refuses it; empty if that is left to the worker.
	Error string `json:"error,omitempty"`
}

// LoadTaken reads a file of them, an object in each line.
func LoadTaken(file string) (all []Taken, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(text) {
		var t Taken
		if err := json.Unmarshal(line, &t); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, t)
	}
	return all, nil
}

// SaveTaken writes what LoadTaken reads.
func SaveTaken(file string, all []Taken) error {
	var text []byte
	for _, t := range all {
		text = append(append(text, marshal(t)...), '\n')
	}
	return os.WriteFile(file, text, 0o644)
}

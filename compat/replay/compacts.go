package replay

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
)

// Compacts is a world in which compaction is scheduled: a config, segments, locks, compact tasks and slots, as JSON.
type Compacts struct {
	World json.RawMessage `json:"world"`
	// Druid is what Druid's scheduler does in it, and tells.
	Druid json.RawMessage `json:"druid"`
}

// LoadCompacts reads a file of them, an object in each line, compressed by gzip.
func LoadCompacts(file string) (all []Compacts, err error) {
	packed, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	text, err := gzip.NewReader(packed)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for lines := json.NewDecoder(text); lines.More(); {
		var c Compacts
		if err := lines.Decode(&c); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, c)
	}
	return all, nil
}

// SaveCompacts writes what LoadCompacts reads.
func SaveCompacts(file string, all []Compacts) error {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	for _, c := range all {
		if _, err := w.Write(append(marshal(c), '\n')); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(file, packed.Bytes(), 0o644)
}

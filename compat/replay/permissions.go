package replay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// Permission is what Druid says of a permission with a pattern for a resource with a name: "true", "false", or "refused" if there is no such pattern.
type Permission struct {
	Pattern string `json:"pattern"`
	Name    string `json:"name"`
	Druid   string `json:"druid"`
}

// LoadPermissions reads a recording.
func LoadPermissions(path string) (all []Permission, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		var one Permission
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, one)
	}
	return all, lines.Err()
}

// SavePermissions writes a recording.
func SavePermissions(path string, all []Permission) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	for _, one := range all {
		if err := encoder.Encode(one); err != nil {
			return err
		}
	}
	return os.WriteFile(path, text.Bytes(), 0o644)
}

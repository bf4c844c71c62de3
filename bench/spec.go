package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"
)

//go:embed specs/*.json
var specs embed.FS

// spec is a task's JSON that can be changed.
type spec map[string]any

// loadSpec reads a file of specs and fills in what it leaves open.
func loadSpec(name, dataSource, data string) (spec, error) {
	text, err := specs.ReadFile("specs/" + name + ".json")
	if err != nil {
		return nil, err
	}
	filled := strings.NewReplacer("${DATASOURCE}", dataSource, "${DATA}", data).Replace(string(text))
	var s spec
	if err := json.Unmarshal([]byte(filled), &s); err != nil {
		return nil, fmt.Errorf("specs/%s.json: %w", name, err)
	}
	return s, nil
}

// set puts a value where the keys lead.
func (s spec) set(value any, keys ...string) {
	object := map[string]any(s)
	for _, key := range keys[:len(keys)-1] {
		object = object[key].(map[string]any)
	}
	object[keys[len(keys)-1]] = value
}

func (s spec) text() []byte {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // it came from JSON
	}
	return text
}

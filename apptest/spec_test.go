package apptest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// object is a JSON object.
type object = map[string]any

func encode(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// noop is a task that only waits.
func noop(id, dataSource string, milliseconds int) object {
	return object{"type": "noop", "id": id, "dataSource": dataSource, "runTime": milliseconds}
}

// kill is a task that removes the unused segments of a data source.
func kill(id, dataSource string) object {
	return object{"type": "kill", "id": id, "dataSource": dataSource, "interval": "2000-01-01/2100-01-01"}
}

// ingestion is an index_parallel task. Each row has a time, the name of who wrote it and a number.
type ingestion struct {
	id, dataSource string
	source         object // of the input
	format         object // nil: JSON lines
	append         bool
	tuning         object
	dimensions     []any // nil: writer and n
}

func (i ingestion) task() object {
	if i.format == nil {
		i.format = object{"type": "json"}
	}
	if i.dimensions == nil {
		i.dimensions = []any{"writer", object{"type": "long", "name": "n"}}
	}
	tuning := object{"type": "index_parallel"}
	for name, value := range i.tuning {
		tuning[name] = value
	}
	return object{"type": "index_parallel", "id": i.id, "spec": object{
		"dataSchema": object{
			"dataSource":      i.dataSource,
			"timestampSpec":   object{"column": "ts", "format": "iso"},
			"dimensionsSpec":  object{"dimensions": i.dimensions},
			"granularitySpec": object{"segmentGranularity": "DAY", "queryGranularity": "NONE", "rollup": false},
		},
		"ioConfig":     object{"type": "index_parallel", "inputSource": i.source, "inputFormat": i.format, "appendToExisting": i.append},
		"tuningConfig": tuning,
	}}
}

// rows are n rows of one writer, numbered from 0 and spread over some days.
func rows(writer string, n, days int) []byte {
	var text bytes.Buffer
	for i := range n {
		fmt.Fprintf(&text, `{"ts":"2026-01-%02dT%02d:%02d:%02dZ","writer":%q,"n":%d}`+"\n", 1+i%days, i/3600%24, i/60%60, i%60, writer, i)
	}
	return text.Bytes()
}

func inline(data []byte) object { return object{"type": "inline", "data": string(data)} }

func local(paths ...string) object { return object{"type": "local", "files": paths} }

// file writes data to a new file.
func file(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

package spec

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestEveryKey walks testdata/keys.tsv: every key that Druid's classes for native batch ingestion read has a verdict. One that is
// honoured changes what the pipeline works from, one that cannot be is refused by its name, and one without effect
// changes nothing but the echo.
func TestEveryKey(t *testing.T) {
	t.Parallel()
	bases := map[string]base{}
	readJSON(t, "testdata/base.json", &bases)
	table, err := os.ReadFile("testdata/keys.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(table)) {
		row := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		at, key, verdict, probe, object := row[0], row[1], row[2], row[3], row[4]
		typ := "index_parallel"
		if path, ok := strings.CutPrefix(at, "index:"); ok {
			typ, at = "index", path
		}
		without := bases[typ].Given
		if object != "-" {
			without = replace(t, without, at, listed(at, []byte(object)))
		}
		var with json.RawMessage
		if object == "-" {
			with = replace(t, without, at+"."+key, json.RawMessage(probe))
		} else {
			with = replace(t, without, at, listed(at, replace(t, []byte(object), key, json.RawMessage(probe))))
		}
		with = bytes.ReplaceAll(with, []byte("{,"), []byte("{"))
		before, err := Parse(typ, without)
		if err != nil {
			t.Errorf("%s without %s: %v", at, key, err)
			continue
		}
		after, err := Parse(typ, with)
		switch verdict {
		case "refused":
			if err == nil || !strings.Contains(err.Error(), key) {
				t.Errorf("%s.%s = %s: %v, want a refusal that names it", at, key, probe, err)
			}
		case "honoured", "without effect":
			if err != nil {
				t.Errorf("%s.%s = %s: %v, but is %s", at, key, probe, err, verdict)
			} else if changed := !reflect.DeepEqual(effective(before), effective(after)); changed != (verdict == "honoured") {
				t.Errorf("%s.%s = %s is %s, but changes what is done: %v", at, key, probe, verdict, changed)
			}
		default:
			t.Errorf("%s.%s: verdict %q", at, key, verdict)
		}
	}
}

// listed puts an element of a list into one.
func listed(at string, element []byte) json.RawMessage {
	if strings.HasSuffix(at, ".dimensions") || strings.HasSuffix(at, ".metricsSpec") {
		return append(append([]byte{'['}, element...), ']')
	}
	return element
}

// effective is a spec without what is there for the echo alone.
func effective(s *Ingestion) Ingestion {
	e := *s
	e.Tuning.inert, e.Tuning.spillIndexSpec, e.Tuning.partitions = inert{}, IndexSpec{}, partitions{}
	if f, ok := e.IO.Format.(JSONFormat); ok {
		f.newlineDelimited, f.nodeReader = false, false
		e.IO.Format = f
	}
	return e
}

package ingest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ovate/internal/spec"
)

// How large the input is, and how much of it was read, is told in bytes as they lie on the disk; where one input does not tell its size nothing is.
func TestInputSize(t *testing.T) {
	t.Parallel()
	rows := strings.Repeat(`{"t":"2026-01-01T00:00:00Z","a":"x"}`+"\n", 1000)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(rows)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string][]byte{"a.json": []byte(rows), "b.json.gz": packed.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, rows) }))
	defer server.Close()
	for about, c := range map[string]struct {
		source spec.InputSource
		size   int64
	}{
		"in the spec":     {spec.InlineSource{Data: rows}, int64(len(rows))},
		"files":           {spec.LocalSource{BaseDir: dir, Filter: "*"}, int64(len(rows) + packed.Len())},
		"over HTTP":       {spec.HTTPSource{URIs: []string{server.URL}}, -1},
		"nothing at all":  {spec.LocalSource{BaseDir: dir, Filter: "none"}, -1},
		"an empty folder": {spec.LocalSource{BaseDir: t.TempDir(), Filter: "*"}, -1},
	} {
		s := inlineSpec(t, `{}`, `{"type": "json"}`, rows)
		s.IO.Source = c.source
		_, progress := runJob(t, s, 2)
		if got := progress.Snapshot(); got.InputSize != c.size || c.size >= 0 && got.InputRead != c.size {
			t.Errorf("%s: %d of %d bytes were read, want all of %d", about, got.InputRead, got.InputSize, c.size)
		}
	}
	if got := new(Progress).Snapshot(); got.InputSize != -1 {
		t.Errorf("before anything is known: %d", got.InputSize)
	}
}

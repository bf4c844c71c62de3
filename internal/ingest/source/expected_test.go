package source

import (
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"ovate/internal/checksum"
	"ovate/internal/spec"
)

// sumOf is the checksum of a text.
func sumOf(t *testing.T, text string) checksum.Sum {
	t.Helper()
	r := checksum.Reader{ReadCloser: io.NopCloser(strings.NewReader(text))}
	if err := r.Drain(); err != nil {
		t.Fatal(err)
	}
	return r.Sum
}

// TestExpectedFiles: a file that is another one than was checked fails before its end, whether it has changed before it is listed or between that and its
// reading, and however it is compressed.
func TestExpectedFiles(t *testing.T) {
	t.Parallel()
	for ext, open := range map[string]func(io.Writer) (io.WriteCloser, error){
		"": func(w io.Writer) (io.WriteCloser, error) {
			return struct {
				io.Writer
				io.Closer
			}{w, io.NopCloser(nil)}, nil
		},
		".gz":  func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
		".zst": func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) },
		".xz":  func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) },
	} {
		stored := compress(t, "rows", open)
		path := filepath.Join(t.TempDir(), "a"+ext)
		src, policy := spec.LocalSource{Files: []string{path, path}}, Policy{AnyLocalFile: true, Expected: []checksum.Sum{sumOf(t, stored), sumOf(t, stored)}}
		put := func(text string) {
			t.Helper()
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		put(stored)
		if err := Changed(t.Context(), src, policy); err != nil {
			t.Errorf("%s: as it was: %v", ext, err)
		}
		for name, later := range map[string]string{
			"others": compress(t, "ROWS", open), "more": stored + stored, "cut": stored[:len(stored)-2], "empty": "", "garbage": strings.Repeat("x", len(stored)),
			"the end": stored[:len(stored)-1] + "?",
		} {
			put(stored)
			inputs, err := Open(t.Context(), src, policy, nil)
			if err != nil || len(inputs) != 2 {
				t.Fatal(inputs, err)
			}
			if got, err := read(t, inputs[1]); got != "rows" || err != nil {
				t.Errorf("%s: as it was: %q, %v", ext, got, err)
			}
			put(later)
			changed := new(ChangedError)
			if got, err := read(t, inputs[1]); !errors.As(err, &changed) {
				t.Errorf("%s, %s: %q, %v", ext, name, got, err)
			}
			if err := Changed(t.Context(), src, policy); !errors.As(err, &changed) || strings.Count(err.Error(), path) != 1 {
				t.Errorf("%s, %s: %v", ext, name, err)
			}
			if err := Changed(t.Context(), src, Policy{AnyLocalFile: true}); err != nil {
				t.Errorf("%s, %s: nobody checked it: %v", ext, name, err)
			}
		}
	}
}

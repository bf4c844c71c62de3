package segment

import (
	"archive/zip"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"ovate/segment/smoosh"
)

// zipped is a zip file of a chunk with some bytes of nothing, in whose header something can be changed.
func zipped(t *testing.T, bytes int, change func(*zip.FileHeader)) string {
	t.Helper()
	var packed strings.Builder
	whole := zip.NewWriter(&packed)
	w, err := whole.Create(smoosh.ChunkName(0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(w, nothing{}, int64(bytes)); err != nil {
		t.Fatal(err)
	}
	if err := whole.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(strings.NewReader(packed.String()), int64(packed.Len()))
	if err != nil {
		t.Fatal(err)
	}
	header := r.File[0].FileHeader
	from, err := r.File[0].OpenRaw()
	if err != nil {
		t.Fatal(err)
	}
	change(&header)
	path := filepath.Join(t.TempDir(), "index.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := zip.NewWriter(f)
	for _, name := range []string{versionName, smoosh.MetaName} {
		w, err := changed.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		content := []byte{0, 0, 0, version}
		if name == smoosh.MetaName {
			content = []byte("v1,2147483647,1\nindex.drd,0,0,10\n")
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	w, err = changed.CreateRaw(&header)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, from); err != nil {
		t.Fatal(err)
	}
	if err := changed.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

type nothing struct{}

func (nothing) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// A zip file takes the memory of what is in it, once, and what it says of that is not believed.
func TestUnzip(t *testing.T) {
	const size = 64 << 20
	for _, c := range []struct {
		name   string
		change func(*zip.FileHeader)
		want   string
		most   uint64 // bytes that it takes
	}{
		{"whole", func(*zip.FileHeader) {}, "index.drd", size * 5 / 4}, // which is of zeros
		{"says more than can be", func(h *zip.FileHeader) { h.UncompressedSize64 *= 10 }, "cannot become", size / 4},
		{"says more than a chunk has", func(h *zip.FileHeader) { h.UncompressedSize64 = smoosh.MaxChunk + 1 }, "it has more than 2147483647 bytes", size / 4},
		{"says too little", func(h *zip.FileHeader) { h.UncompressedSize64 = size / 2 }, smoosh.ChunkName(0), size},
		{"another checksum", func(h *zip.FileHeader) { h.CRC32++ }, "checksum", size * 5 / 4},
	} {
		path := zipped(t, size, c.change)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s, err := Open(path)
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%s: it opens", c.name)
			s.Close()
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if taken := after.TotalAlloc - before.TotalAlloc; taken > c.most {
			t.Errorf("%s: it takes %d bytes", c.name, taken)
		}
	}
}

package smoosh

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestWriter(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := NewWriter(dir, 100)
	content := make(map[string][]byte)
	var adding sync.WaitGroup
	for i := range 20 {
		name := fmt.Sprintf("file %d", i)
		data := bytes.Repeat([]byte{byte('a' + i)}, 5*i)
		content[name] = data
		adding.Go(func() {
			if err := w.Add(name, data[:i], nil, data[i:]); err != nil {
				t.Error(err)
			}
		})
	}
	adding.Wait()
	meta, err := w.Finish(true)
	if err != nil {
		t.Fatal(err)
	}
	chunks, entries, err := ParseMeta(meta)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(content) || chunks < 950/100 {
		t.Fatalf("%d entries in %d chunks:\n%s", len(entries), chunks, meta)
	}
	for _, e := range entries {
		chunk, err := os.ReadFile(filepath.Join(dir, ChunkName(e.Chunk)))
		if err != nil {
			t.Fatal(err)
		}
		if len(chunk) > 100 {
			t.Errorf("container %d has %d bytes", e.Chunk, len(chunk))
		}
		if !bytes.Equal(chunk[e.Start:e.End], content[e.Name]) {
			t.Errorf("%s holds %q", e.Name, chunk[e.Start:e.End])
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	t.Parallel()
	w := NewWriter(t.TempDir(), 100)
	if err := w.Add("a", []byte("1")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a,b", "a\nb", "a\rb", "a"} {
		if err := w.Add(name, nil); err == nil {
			t.Errorf("%q was accepted", name)
		}
	}
	if err := w.Add("large", make([]byte, 101)); err == nil {
		t.Error("101 bytes fit into 100")
	}
	if err := w.Abort(); err != nil {
		t.Fatal(err)
	}
	if err := w.Add("late", nil); err == nil {
		t.Error("a file was added after the end")
	}
}

func TestMetaIsDruids(t *testing.T) {
	t.Parallel()
	const text = "v1,2147483647,1\n__time,0,0,201\na,0,617,947\ncnt,0,201,409\n"
	chunks, entries, err := ParseMeta([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got := appendMeta(nil, chunks, entries); string(got) != text {
		t.Errorf("wrote\n%s", got)
	}
}

// Files may touch but not share bytes: a few bytes could otherwise stand for any number of columns.
func TestFilesAreApart(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a,0,0,10\nb,0,10,20\nempty,0,10,10\nc,1,0,20\n": "",
		"a,0,0,10\nb,0,5,20\n":                           `"a" and "b" share bytes of container 0 from 5 on`,
		"a,1,0,10\nb,0,0,10\nc,1,0,10\n":                 `"a" and "c" share bytes of container 1 from 0 on`,
	} {
		_, _, err := ParseMeta([]byte("v1,2147483647,2\n" + text))
		if want == "" && err != nil || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func FuzzParseMeta(f *testing.F) {
	f.Add("v1,2147483647,1\n__time,0,0,201\n")
	f.Add("v1,2147483647,0\n")
	f.Fuzz(func(t *testing.T, text string) {
		chunks, entries, err := ParseMeta([]byte(text))
		if err == nil && len(entries) > strings.Count(text, "\n")+1 {
			t.Fatalf("%d entries in %d chunks", len(entries), chunks)
		}
	})
}

// Package smoosh packs many named files into few: Druid's container of a segment's columns.
//
// The files lie one after another in 00000.smoosh, 00001.smoosh and so on, none of them in two; meta.smoosh says where.
package smoosh

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"ovate/segment/internal/utf16"
)

// MetaName is the file that says where the others lie.
const MetaName = "meta.smoosh"

// MaxChunk is the size in bytes that Druid's containers do not exceed.
const MaxChunk = math.MaxInt32

// ChunkName is the name of container i.
func ChunkName(i int) string { return fmt.Sprintf("%05d.smoosh", i) }

// Entry is where a file lies: bytes Start to End of container Chunk.
type Entry struct {
	Name       string
	Chunk      int
	Start, End int64
}

// Writer packs files. Several goroutines may add files at the same time.
type Writer struct {
	dir   string
	limit int64

	mu      sync.Mutex
	chunks  []*os.File
	out     *bufio.Writer // to the last chunk, for columns of few rows
	offset  int64         // in the last chunk
	entries []Entry
	names   map[string]bool
	broken  error // what went wrong in the middle of a write: the containers are of no use any more
}

// NewWriter writes containers of at most limit bytes each, at most MaxChunk, into the folder dir.
func NewWriter(dir string, limit int64) *Writer {
	return &Writer{dir: dir, limit: min(limit, MaxChunk), names: make(map[string]bool)}
}

// Part is a piece of a file: Bytes, or the Size bytes that Write writes, which then need not be in memory all at once.
type Part struct {
	Bytes []byte
	Size  int64
	Write func(io.Writer) error // nil: Bytes
}

func (p *Part) size() int64 {
	if p.Write != nil {
		return p.Size
	}
	return int64(len(p.Bytes))
}

// Add packs a file, given in parts, as AddParts does.
func (w *Writer) Add(name string, parts ...[]byte) error {
	pieces := make([]Part, len(parts))
	for i, p := range parts {
		pieces[i].Bytes = p
	}
	return w.AddParts(name, pieces)
}

// AddParts packs a file. It is an error if it exceeds the limit of a container, or if its name can not be
// stored: meta.smoosh separates by commas and lines.
func (w *Writer) AddParts(name string, parts []Part) error {
	if strings.ContainsAny(name, ",\r\n") {
		return fmt.Errorf("file %q: a name with a comma or a line break can not be stored in a segment", name)
	}
	var size int64
	for i := range parts {
		size += parts[i].size()
	}
	if size > w.limit {
		return fmt.Errorf("file %q has %d bytes, more than the %d that fit into a container", name, size, w.limit)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return fmt.Errorf("file %q: %w", name, w.broken)
	}
	if w.names[name] {
		return fmt.Errorf("file %q is there already", name)
	}
	if err := w.write(size, parts); err != nil {
		w.broken = err
		return fmt.Errorf("file %q: %w", name, err)
	}
	w.names[name] = true
	w.entries = append(w.entries, Entry{Name: name, Chunk: len(w.chunks) - 1, Start: w.offset - size, End: w.offset})
	return nil
}

func (w *Writer) write(size int64, parts []Part) error {
	if len(w.chunks) == 0 || w.offset+size > w.limit {
		if err := w.flush(); err != nil {
			return err
		}
		path := filepath.Join(w.dir, ChunkName(len(w.chunks)))
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err != nil {
			return err
		}
		w.chunks = append(w.chunks, f)
		w.out = bufio.NewWriterSize(f, 1<<16)
		w.offset = 0
	}
	for i := range parts {
		p := &parts[i]
		if p.Write == nil {
			if _, err := w.out.Write(p.Bytes); err != nil {
				return err
			}
			continue
		}
		out := &counter{out: w.out}
		if err := p.Write(out); err != nil {
			return err
		}
		if out.n != p.Size {
			return fmt.Errorf("%d bytes were written, and %d announced", out.n, p.Size)
		}
	}
	w.offset += size
	return nil
}

// counter counts what is written through it.
type counter struct {
	out *bufio.Writer
	n   int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.out.Write(b)
	c.n += int64(n)
	return n, err
}

func (w *Writer) flush() error {
	if w.out == nil {
		return nil
	}
	return w.out.Flush()
}

// Finish closes the containers and returns what meta.smoosh has to hold. With sync, the containers are on disk when it
// returns nil; their names in the folder are not, until the folder is synced.
func (w *Writer) Finish(sync bool) (meta []byte, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken == nil {
		w.broken = w.flush()
	}
	if w.broken != nil {
		return nil, errors.Join(w.broken, w.close())
	}
	if sync {
		for _, f := range w.chunks {
			if err := f.Sync(); err != nil {
				return nil, errors.Join(err, w.close())
			}
		}
	}
	if err := w.close(); err != nil {
		return nil, err
	}
	return appendMeta(nil, len(w.chunks), w.entries), nil
}

// Abort closes the containers and leaves them where they are.
func (w *Writer) Abort() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken == nil {
		w.broken = errors.New("writing was given up")
	}
	return w.close()
}

func (w *Writer) close() error {
	var errs []error
	for _, f := range w.chunks {
		if err := f.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// appendMeta appends the text of meta.smoosh, the entries in Java's order of their names, as Druid has them.
func appendMeta(dst []byte, chunks int, entries []Entry) []byte {
	sorted := slices.Clone(entries)
	slices.SortFunc(sorted, func(a, b Entry) int { return utf16.Compare([]byte(a.Name), []byte(b.Name)) })
	dst = fmt.Appendf(dst, "v1,%d,%d\n", MaxChunk, chunks)
	for _, e := range sorted {
		dst = fmt.Appendf(dst, "%s,%d,%d,%d\n", e.Name, e.Chunk, e.Start, e.End)
	}
	return dst
}

package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"ovate/segment/smoosh"
)

// Names and contents of the files that all segments have in common.
const (
	versionName = "version.bin"
	factoryName = "factory.json"
	factoryText = `{"type":"mMapSegmentFactory"}`
	version     = 9

	// TimeColumn is the column that holds the rows' times, in milliseconds.
	TimeColumn = "__time"
	indexFile  = "index.drd"
	metaFile   = "metadata.drd"
)

// Writer writes one segment. Its columns can be opened, filled and closed in any order and by several goroutines at
// the same time, each column by one.
type Writer struct {
	dir     string
	options Options
	layout  layout
	files   *smoosh.Writer

	mu   sync.Mutex
	rows map[string]int // by column; -1 while it is being written
	null []string       // the columns without a value
}

// Create begins a segment in the folder dir, which is made if it is not there and must be empty. An indexSpec that can
// not be written is refused here.
//
// Until Finish has returned nil, what a crash leaves in dir is of no use.
func Create(dir string, o Options) (*Writer, error) {
	l, err := o.Spec.layout()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("segment: %w", err)
	}
	if entries, err := os.ReadDir(dir); err != nil {
		return nil, fmt.Errorf("segment: %w", err)
	} else if len(entries) > 0 {
		return nil, fmt.Errorf("segment: the folder %s is not empty, it holds %s", dir, entries[0].Name())
	}
	if o.Buffers == nil {
		o.Buffers = new(Buffers)
	}
	if o.MaxChunk <= 0 {
		o.MaxChunk = smoosh.MaxChunk
	}
	return &Writer{dir: dir, options: o, layout: l, files: smoosh.NewWriter(dir, o.MaxChunk), rows: make(map[string]int)}, nil
}

// begin registers a column.
func (w *Writer) begin(name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.rows[name]; ok {
		return fmt.Errorf("column %q is written twice", name)
	}
	w.rows[name] = -1
	return nil
}

// add packs a column: its descriptor, a JSON object, then its parts.
func (w *Writer) add(name, descriptor string, rows int, parts [][]byte) error {
	return w.addParts(name, descriptor, rows, appendPieces(nil, parts))
}

// appendPieces appends pieces of memory to the parts of a file.
func appendPieces(parts []smoosh.Part, pieces [][]byte) []smoosh.Part {
	for _, p := range pieces {
		parts = append(parts, smoosh.Part{Bytes: p})
	}
	return parts
}

// addParts is add for parts of which not all are in memory.
func (w *Writer) addParts(name, descriptor string, rows int, parts []smoosh.Part) error {
	head := binary.BigEndian.AppendUint32(nil, uint32(len(descriptor)))
	head = append(head, descriptor...)
	if err := w.files.AddParts(name, append([]smoosh.Part{{Bytes: head}}, parts...)); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rows[name] = rows
	return nil
}

// NullColumn writes a string dimension without a single value. Such a column stands apart in a segment's lists of
// columns.
func (w *Writer) NullColumn(name string, rows int) error {
	if err := w.begin(name); err != nil {
		return err
	}
	descriptor := fmt.Sprintf(`{"valueType":"STRING","hasMultipleValues":false,"parts":[{"type":"null","numRows":%d,"bitmapSerdeFactory":{"type":"roaring"}}]}`, rows)
	if err := w.add(name, descriptor, rows, nil); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.null = append(w.null, name)
	return nil
}

// Finish writes what describes the segment as a whole, after all columns have been closed. It returns the sum of the
// sizes of the segment's files in bytes, which is what Druid calls the segment's size.
//
// When it returns nil, all of the segment is on disk, the names in its folder included, so that no crash can take it
// (unless it is Temporary); the name of the folder itself is up to the caller. After an error the
// folder is of no use: Abort.
func (w *Writer) Finish(index Index) (size int64, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("segment in %s: %w", w.dir, err)
		}
	}()
	if err := w.check(index); err != nil {
		return 0, err
	}
	drd, err := appendIndex(nil, index, w.null, w.options.Interval)
	if err != nil {
		return 0, err
	}
	if err := w.files.Add(indexFile, drd); err != nil {
		return 0, err
	}
	if err := w.files.Add(metaFile, index.Metadata.sorted().AppendJSON(nil)); err != nil {
		return 0, err
	}
	return w.seal()
}

// check makes sure that index lists the columns there are, and that they are equally long.
func (w *Writer) check(index Index) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	rows, ok := w.rows[TimeColumn]
	if !ok {
		return fmt.Errorf("there is no column %s", TimeColumn)
	}
	listed := 1
	for _, names := range [][]string{index.Dimensions, index.Metrics} {
		for _, name := range names {
			listed++
			if _, ok := w.rows[name]; !ok {
				return fmt.Errorf("column %q is listed and was not written", name)
			}
		}
	}
	if listed != len(w.rows) {
		return fmt.Errorf("%d columns are listed and %d were written", listed, len(w.rows))
	}
	for name, n := range w.rows {
		if n < 0 {
			return fmt.Errorf("column %q was not closed", name)
		}
		if n != rows {
			return fmt.Errorf("column %q has %d rows and %s has %d", name, n, TimeColumn, rows)
		}
	}
	return nil
}

// seal writes the small files beside the containers and makes everything durable.
func (w *Writer) seal() (size int64, err error) {
	durable := !w.options.Temporary
	meta, err := w.files.Finish(durable)
	if err != nil {
		return 0, err
	}
	small := []struct {
		name    string
		content []byte
	}{
		{smoosh.MetaName, meta},
		{versionName, binary.BigEndian.AppendUint32(nil, version)},
		{factoryName, []byte(factoryText)},
	}
	for _, f := range small {
		if err := writeFile(filepath.Join(w.dir, f.name), f.content, durable); err != nil {
			return 0, err
		}
	}
	if durable {
		if err := syncFolder(w.dir); err != nil {
			return 0, err
		}
	}
	return folderSize(w.dir)
}

// Abort gives the segment up and removes its folder. It must not follow a Finish that has returned nil.
func (w *Writer) Abort() error {
	if err := errors.Join(w.files.Abort(), os.RemoveAll(w.dir)); err != nil {
		return fmt.Errorf("giving up the segment in %s: %w", w.dir, err)
	}
	return nil
}

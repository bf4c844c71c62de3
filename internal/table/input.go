package table

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"ovate/internal/checksum"
)

// Input is a file, or what stands for one.
type Input struct {
	Name        string // for people: as it was given, with the member of an archive behind it
	Label       string // for notes: the last part of Name, if that says which of the inputs it is, else Name
	Path        string // absolute, of a regular file that Druid's local source could read; otherwise empty
	Size        int64  // bytes as they are stored; of the member of an archive, those that it holds
	Compression string // .gz, .zst, .bz2 or .xz, told by its content; otherwise empty
	Dialect     Dialect

	ctx      context.Context // ends what look reads and writes; nil behind that, as Scan has one of its own
	columns  []int32         // index of Table.Columns by field
	spools   []io.Closer     // files without a name
	looked   *looking        // while it is looked at
	rows     bool            // there may be rows in it
	info     os.FileInfo
	consumed atomic.Int64
	sum      checksum.Sum                  // of what is stored, once a Scan has read it
	open     func() (io.ReadCloser, error) // what is stored

	mu    sync.Mutex
	odd   string            // why it is not plain
	notes map[string]*tally // what was found while its rows were read
	tail  tail

	gaps    []tally // blank lines at the ends of batches
	lastRow int64   // line of a row, the last so far

	escaped escapeTallies
	effects effects

	marked tally // rows that begin with the mark of comments
	all    int64 // rows, where they may be marked
}

// tail is the last row of an input, as far as it has been read.
type tail struct {
	seq  int
	line int64
	sum  string // by which it seems to be the sum of the others
}

// Sum is the line of the last row, if that seems to be the sum of the others, and the text by which it does; otherwise 0. It is to be
// called after a Scan.
func (in *Input) Sum() (line int64, text string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.tail.sum == "" {
		return 0, ""
	}
	return in.tail.line, in.tail.sum
}

// tellTail notes the last row of a batch.
func (in *Input) tellTail(seq int, line int64, sum string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if seq >= in.tail.seq {
		in.tail = tail{seq, line, sum}
	}
}

// tally counts lines that have something in common.
type tally struct {
	count, line int64 // line is the first
}

func (t *tally) add(line int64) { t.merge(&tally{1, line}) }

func (t *tally) merge(o *tally) {
	if t.count == 0 || o.count > 0 && o.line < t.line {
		t.line = o.line
	}
	t.count += o.count
}

// lines says which: line 3, or each of 2 lines.
func (t *tally) lines() string {
	if t.count > 1 {
		return fmt.Sprintf("each of %d lines, the first of them line %d,", t.count, t.line)
	}
	return fmt.Sprintf("line %d", t.line)
}

// tell notes that a line has something that people may want to know of.
func (in *Input) tell(line int64, why string) { in.tellAll(&tally{1, line}, why) }

// tellAll notes it of several lines.
func (in *Input) tellAll(lines *tally, why string) {
	if lines.count == 0 {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.notes == nil {
		in.notes = map[string]*tally{}
	}
	n := in.notes[why]
	if n == nil {
		n = &tally{}
		in.notes[why] = n
	}
	n.merge(lines)
}

// tellShort notes rows that lack their last fields.
func (in *Input) tellShort(lines *tally) {
	in.tellAll(lines, "has fewer fields than there are columns, and null in the last ones; «--no-fill» takes none of these for a row")
}

// tellMarked notes rows of a batch that begin with the mark of comments, and how many rows there are.
func (in *Input) tellMarked(lines *tally, rows int) {
	if !in.Dialect.Comments {
		return
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.marked.merge(lines)
	in.all += int64(rows)
}

// notPlain notes why Druid's reader would read something else. The reason that sorts first counts, so that it does not depend on
// which worker found one.
func (in *Input) notPlain(why string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.odd == "" || why < in.odd {
		in.odd = why
	}
}

// Plain tells whether Druid's own reader reads the rows of this input to the same texts, judged over all of it. If not, it says
// why. It is to be called after a Scan. How the header is read is told by Dialect.HeaderPlain.
func (in *Input) Plain() (plain bool, why string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if why = in.odd; why == "" {
		why = in.oddDialect()
	}
	return why == "", why
}

// oddDialect says why Druid's reader does not know this dialect.
func (in *Input) oddDialect() string {
	d := &in.Dialect
	switch {
	case in.Path == "":
		return "is not a file that Druid could open itself"
	case extension(in.Path) != in.Compression:
		return "is compressed otherwise than its name says"
	case d.Encoding != utf8Name:
		return "is not UTF-8"
	case d.Format == "json" && (d.Layout != Lines || d.Mark || d.Skip > 0):
		return "is not one JSON object a line"
	case d.Format == "json":
		return ""
	case d.Mark && !d.Header:
		return "begins with a byte order mark"
	case len(d.omitted) > 0:
		return "has lines that are left out"
	case d.Break != '\n':
		return "has lines that end in a carriage return alone"
	case d.Format == "csv" && d.Quote != 0 && d.Quote != '"':
		return "has other quotes"
	case d.Delimiter == "" || d.Trim || d.Trailing || d.frame != nil:
		return "has blanks or delimiters that do not count"
	}
	return ""
}

// Package preview shows what would be stored of some input before it is: which columns there are, the first rows as a task would store them, what does not parse, and,
// of an upload, the task that ingests it. It asks the same pieces as `ovate ingest` and as tasks do, and stores nothing that a query sees.
package preview

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"ovate/internal/disk"
	"ovate/internal/ingest"
	"ovate/internal/ingest/format"
	"ovate/internal/ingest/row"
	"ovate/internal/quantity"
	"ovate/internal/task"
	"ovate/internal/upload"
	"ovate/segment"
)

// Preview is what would be stored.
type Preview struct {
	// Format is how the input is written, in words.
	Format string `json:"format"`
	// Fields are the columns of the file of an upload, in its order; none of a task's input.
	Fields []Field `json:"fields,omitempty"`
	// Time is where the time of rows comes from.
	Time Time `json:"time"`
	// Columns and Rows are those that would be stored, ordered by time: what the first rows of the input make, with rollup if the task rolls up. Each row is an object
	// with all columns.
	Columns []Column          `json:"columns"`
	Rows    []json.RawMessage `json:"rows"`
	Read    Read              `json:"read"`
	// Unparseable are rows that would be left out, or not be stored as they are, and why: the first of each kind of an upload, the first rows of a task's input.
	Unparseable []Fault `json:"unparseable"`
	// Notes are whole sentences on what may surprise.
	Notes []string `json:"notes"`
	// Task is what ingests the input, for people to read and change.
	Task json.RawMessage `json:"task"`
}

// Field is a column of a file.
type Field struct {
	Name string `json:"name"` // as Choices call it
	// Type is string, long or double; empty of one that is no column of what is stored: the time, and what is left out.
	Type string `json:"type,omitempty"`
	Kept bool   `json:"kept"`
	// As is its name in what is stored, if that is another one.
	As string `json:"as,omitempty"`
}

// Time is where the time of rows comes from.
type Time struct {
	Column   string `json:"column,omitempty"`   // of the input; absent where all rows have the same
	Format   string `json:"format,omitempty"`   // as in a timestampSpec, or in words
	Constant string `json:"constant,omitempty"` // of all rows
}

// Column is one that is stored.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"` // LONG, FLOAT, DOUBLE or STRING
}

// Read is how much of the input has been looked at.
type Read struct {
	Rows        int64 `json:"rows"` // that the rows shown come of
	Unparseable int64 `json:"unparseable"`
	ThrownAway  int64 `json:"thrownAway"` // outside of the intervals of the task
	// InFile is how many rows an upload has, which has been read as a whole; absent of a task's input.
	InFile int64 `json:"inFile,omitempty"`
}

// Fault is what is wrong with one row, or with several.
type Fault struct {
	Rows   int64  `json:"rows"`
	Line   int64  `json:"line,omitempty"`
	Column string `json:"column,omitempty"`
	Input  string `json:"input,omitempty"` // the value, or the row
	Why    string `json:"why"`
}

// Options are by what a Maker works.
type Options struct {
	Uploads *upload.Store
	Kit     *task.Kit
	// Places are where tasks run: one that reads an upload has to run in this process.
	Places task.Places
}

// Maker makes previews. It may be called from many goroutines.
type Maker struct {
	Options
	turns turns
}

// What a preview takes at most.
const (
	MostRows  = 1000 // of the input
	UsualRows = 100
	atATime   = 2 // previews
	limit     = 30 * time.Second
	patience  = 40 * time.Second // more than one may take
	mostBytes = 16 << 20         // of the input that rows are taken of
	mostShown = 1 << 20          // bytes of rows
	longest   = 10_000           // bytes of a text that is shown
	keptFault = 20
)

// New makes a Maker.
func New(o Options) *Maker { return &Maker{Options: o} }

// Errors, for errors.Is.
var (
	// ErrBusy: others are made already, of other users or of this one; one may come again in some seconds.
	ErrBusy = errors.New("other previews are being made: try again in some seconds")
	// ErrSlow: the input takes too long to be looked at.
	ErrSlow = fmt.Errorf("the input takes longer than %v to be looked at, which is as long as a preview may take: `ovate ingest FILE --dry-run` looks at files of any size", limit)
)

// errLong is of a row that is longer than those that previews read.
var errLong = fmt.Errorf("the row is longer than %d MB, which is the most that a preview reads of one: is it text with line ends?", task.LongestSampled>>20)

// RefusedError is that nothing can be shown of the input, and why.
type RefusedError struct{ err error }

func (e *RefusedError) Error() string { return e.err.Error() }

// Unwrap is what is wrong.
func (e *RefusedError) Unwrap() error { return e.err }

// refused is an error of reading the input, which is the input's fault unless the server lacks room.
func refused(err error) error {
	if disk.Full(err) || disk.OutOfFiles(err) {
		return err
	}
	return &RefusedError{err}
}

// bounded makes a preview while others may, within the time that it has.
func (m *Maker) bounded(ctx context.Context, look func(context.Context) (*Preview, error)) (*Preview, error) {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	over, err := m.turns.take(waiting)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, ErrBusy
	}
	defer over()
	within, end := context.WithTimeoutCause(ctx, limit, ErrSlow)
	defer end()
	p, err := look(within)
	if cause := context.Cause(within); err != nil && cause != nil {
		return nil, cause
	}
	return p, err
}

// OfTask shows what a task makes of the first rows of its input, which it must be allowed to read. The error is a RefusedError, ErrBusy, ErrSlow, or a fault of the
// server.
func (m *Maker) OfTask(ctx context.Context, t task.Task, document []byte, rows int) (*Preview, error) {
	return m.bounded(ctx, func(ctx context.Context) (*Preview, error) {
		p := &Preview{Task: document, Notes: []string{}}
		p.Format, p.Time = described(document)
		s, err := m.sample(ctx, t, rows, p)
		if err != nil {
			return nil, err
		}
		p.Unparseable = faultsOf(s.Read.BuildFaults)
		return p, nil
	})
}

// described is what a task says itself of its input.
func described(document []byte) (format string, t Time) {
	var of struct {
		Spec struct {
			DataSchema struct {
				TimestampSpec struct{ Column, Format, MissingValue string } `json:"timestampSpec"`
			} `json:"dataSchema"`
			IOConfig struct {
				InputFormat struct{ Type string } `json:"inputFormat"`
			} `json:"ioConfig"`
		} `json:"spec"`
	}
	if json.Unmarshal(document, &of) != nil { // it was decoded already: only forms that Druid allows besides are not read here
		return "", Time{}
	}
	s := of.Spec.DataSchema.TimestampSpec
	return of.Spec.IOConfig.InputFormat.Type, Time{Column: s.Column, Format: s.Format, Constant: s.MissingValue}
}

// faultsOf are rows that did not parse, the first ones first.
func faultsOf(newest []row.Fault) []Fault {
	faults := make([]Fault, 0, len(newest))
	for i := len(newest) - 1; i >= 0; i-- {
		f := Fault{Rows: 1, Line: newest[i].Line, Input: cut(newest[i].Input, 1000)}
		for _, detail := range newest[i].Details {
			if f.Why != "" {
				f.Why += "\n"
			}
			f.Why += cut(detail, 1000)
		}
		faults = append(faults, f)
	}
	return faults
}

// cut is the beginning of a text.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && text[most]&0xC0 == 0x80 {
		most--
	}
	return text[:most] + "…"
}

// sample has the task ingest the first rows of its input, and reads what it would store.
func (m *Maker) sample(ctx context.Context, t task.Task, rows int, p *Preview) (_ *task.Sample, err error) {
	scratch, err := m.Uploads.Scratch()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	s, err := m.Kit.Sample(ctx, t, scratch, ingest.Limit{Rows: rows, Bytes: mostBytes}, keptFault)
	if long, is := errors.AsType[*format.LongLineError](err); is {
		return nil, &RefusedError{fmt.Errorf("%s, line %d: %w", long.Input, long.Line, errLong)}
	}
	if err != nil {
		return nil, refused(err)
	}
	read := s.Read.Build
	p.Read.Rows, p.Read.Unparseable, p.Read.ThrownAway = read.Processed+read.ProcessedWithError, read.Unparseable, read.ThrownAway
	p.Columns, p.Rows = []Column{}, []json.RawMessage{}
	shown := 0
	for _, built := range s.Segments {
		if err := p.show(built.Dir, &shown); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// show adds the rows of a segment, until enough is shown.
func (p *Preview) show(dir string, shown *int) (err error) {
	s, err := segment.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	known := map[string]bool{}
	for _, c := range p.Columns {
		known[c.Name] = true
	}
	for _, c := range s.Columns() {
		if !known[c.Name] {
			p.Columns = append(p.Columns, Column{c.Name, c.Type})
		}
	}
	rows, err := s.RowReader()
	if err != nil {
		return err
	}
	rows.Shorten(longest)
	for n := 0; n < s.Rows() && *shown < mostShown; n++ {
		text, err := rows.AppendJSON(nil, n)
		if err != nil {
			return err
		}
		*shown += len(text)
		p.Rows = append(p.Rows, text)
	}
	if rows.Shortened() {
		p.Notes = append(p.Notes, fmt.Sprintf("Texts of more than %s bytes are shown without their ends, as …; all of them is stored.", quantity.Count(longest)))
	}
	return nil
}

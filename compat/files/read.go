package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"ovate/segment"
)

// rows is what one reader found in a file: columns by name and a list of values a row. A value is nil, a json.Number, a
// string, or a []any of those.
type rows struct {
	columns []string
	types   []string // DuckDB's
	values  [][]any
	millis  [][]*int64 // DuckDB's dates and times; nil where a file has none
}

// duckDBScript reads a file with DuckDB.
//
//go:embed rows.py
var duckDBScript string

// refusal is what a reader says of a file that it does not read.
type refusal struct{ text string }

func (r *refusal) Error() string { return r.text }

// readDuckDB returns a refusal if DuckDB does not read the file. list is the path to the rows within a JSON object, "" if those stand for themselves.
func (j *judge) readDuckDB(ctx context.Context, path, list string) (*rows, error) {
	command := exec.CommandContext(ctx, j.python, "-c", duckDBScript, path, list)
	var failure bytes.Buffer
	command.Stderr = &failure
	out, err := command.Output()
	if err != nil {
		return nil, &refusal{lastLine(failure.String())}
	}
	decoder := json.NewDecoder(bytes.NewReader(out))
	decoder.UseNumber()
	var header struct{ Columns, Types []string }
	if err := decoder.Decode(&header); err != nil {
		return nil, err
	}
	r := &rows{columns: header.Columns, types: header.Types}
	for {
		var row struct {
			Texts  []any
			Millis []*int64
		}
		switch err := decoder.Decode(&row); {
		case errors.Is(err, io.EOF):
			return r, nil
		case err != nil:
			return nil, err
		}
		r.values = append(r.values, row.Texts)
		r.millis = append(r.millis, row.Millis)
	}
}

// readOvate ingests the file into a fresh data folder and reads the segments back. notes is what the command said.
func (j *judge) readOvate(ctx context.Context, path, id string) (r *rows, notes string, err error) {
	data := filepath.Join(j.work, id)
	defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	command := exec.CommandContext(ctx, j.binary, "ingest", path, "--datasource", "t", "--data", data)
	var said bytes.Buffer
	command.Stderr = &said
	if err := command.Run(); err != nil {
		return nil, "", &refusal{strings.TrimSpace(said.String())}
	}
	r = &rows{}
	at := map[string]int{}
	err = filepath.WalkDir(filepath.Join(data, "segments"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != "version.bin" {
			return err
		}
		return r.addSegment(filepath.Dir(path), at)
	})
	return r, said.String(), err
}

// addSegment adds the rows of a segment; at is where columns are.
func (r *rows) addSegment(dir string, at map[string]int) (err error) {
	s, err := segment.Open(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	reader, err := s.RowReader()
	if err != nil {
		return err
	}
	var line []byte
	for n := range s.Rows() {
		if line, err = reader.AppendJSON(line[:0], n); err != nil {
			return err
		}
		if err := r.addObject(line, at); err != nil {
			return err
		}
	}
	return nil
}

func (r *rows) addObject(line []byte, at map[string]int) error {
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return fmt.Errorf("%s: %w", line, err)
	}
	names, err := keys(line)
	if err != nil {
		return err
	}
	row := make([]any, len(r.columns), len(names))
	for _, name := range names {
		i, known := at[name]
		if !known {
			i = len(r.columns)
			at[name] = i
			r.columns = append(r.columns, name)
		}
		for len(row) <= i {
			row = append(row, nil)
		}
		row[i] = object[name]
	}
	r.values = append(r.values, row)
	return nil
}

// keys are the names of an object's fields in their order.
func keys(line []byte) (names []string, err error) {
	decoder := json.NewDecoder(bytes.NewReader(line))
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		names = append(names, fmt.Sprint(name))
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, err
		}
	}
	return names, nil
}

func lastLine(text string) string {
	last := ""
	for scanner := bufio.NewScanner(strings.NewReader(text)); scanner.Scan(); {
		if line := strings.TrimSpace(scanner.Text()); strings.Contains(line, "Error") || last == "" {
			last = line
		}
	}
	return last
}

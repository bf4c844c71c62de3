package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// lab is where the measuring takes place: folders, the binary, and what was measured so far.
type lab struct {
	options
	cache    string // kept between runs: data, DuckDB
	dir      string // of this run alone; on the same file system as cache
	binary   string
	progress io.Writer
	results  *results
	java     *target // a cluster that several benchmarks share, or nil
	site     *site   // of the benchmark cluster, or nil
}

// benchmark measures some figures, each run on one side.
type benchmark struct {
	name, about string
	group       string // by which it can be selected along with others; empty if it has none
	// ovateOnly is set where a real Druid cannot take part.
	ovateOnly bool
	// fresh is set where each run needs a Druid of its own, because the run before would make it slower. ovate gets a
	// new process and a new folder for each run anyway.
	fresh bool
	// ownServers is set where measure starts the servers itself: then the trial's target has a side alone.
	ownServers bool
	// fill, if there is one, puts tasks into the metadata beforehand.
	fill *tasks
	// measure does one run on r.target.
	measure func(ctx context.Context, r *trial) error
}

// trial is one run of one benchmark on one side.
type trial struct {
	*lab
	*target
}

// record adds a measurement to a figure.
func (r *trial) record(f figure, value float64) { r.results.record(f, r.side, value) }

// note keeps a sentence to be printed below the table.
func (r *trial) note(text string) { r.results.note(text) }

// openLab makes the folders and builds the binary.
func openLab(ctx context.Context, o options, progress io.Writer) (_ *lab, err error) {
	cache, err := cacheFolder()
	if err != nil {
		return nil, err
	}
	l := &lab{options: o, cache: cache, progress: progress, results: &results{}}
	if l.dir, err = os.MkdirTemp(l.cache, "run-"); err != nil {
		return nil, err
	}
	// Druid's folders shall be on the same disk as ours: the temporary folder of the system may be in memory.
	if err := os.Setenv("TMPDIR", l.dir); err != nil {
		return nil, err
	}
	l.binary = filepath.Join(l.dir, "ovate")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", l.binary, "ovate/cmd/ovate")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("go build: %w\n%s", err, out), l.close())
	}
	return l, nil
}

// cacheFolder is the folder for what is kept between runs. It exists.
func cacheFolder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("where to keep data: %w", err)
	}
	cache = filepath.Join(cache, "ovate-bench")
	return cache, os.MkdirAll(cache, 0o755)
}

// close ends what still runs and removes the folder of this run.
func (l *lab) close() error {
	err := l.dropJava()
	if l.site != nil {
		err = errors.Join(err, l.site.close())
	}
	return errors.Join(err, os.RemoveAll(l.dir))
}

func (l *lab) jsonPath() string {
	if l.json != "" {
		return l.json
	}
	return filepath.Join(l.cache, "results.json")
}

func (l *lab) runAll(ctx context.Context) error {
	for _, b := range benchmarks() {
		if !l.selects(b) {
			continue
		}
		if err := l.runOne(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
	}
	return nil
}

// selects tells whether a benchmark is to be run, by its own name or that of its group.
func (o options) selects(b benchmark) bool {
	return len(o.only) == 0 || slices.Contains(o.only, b.name) || b.group != "" && slices.Contains(o.only, b.group)
}

// runOne lets both sides take turns; who begins alternates.
func (l *lab) runOne(ctx context.Context, b benchmark) error {
	if b.fresh || b.ovateOnly || b.ownServers {
		if err := l.dropJava(); err != nil {
			return err
		}
	}
	sides := []side{java, ours}
	if l.noJava || b.ovateOnly {
		sides = []side{ours}
	}
	for i := range l.runs {
		for _, s := range sides {
			began := time.Now()
			if err := l.runSide(ctx, b, s); err != nil {
				return fmt.Errorf("run %d of %s: %w", i+1, s, err)
			}
			fmt.Fprintf(l.progress, "%s: run %d of %d, %s: %.1f s\n", b.name, i+1, l.runs, s, time.Since(began).Seconds())
		}
		slices.Reverse(sides)
	}
	return nil
}

func (l *lab) runSide(ctx context.Context, b benchmark, s side) (err error) {
	if b.ownServers {
		return b.measure(ctx, &trial{l, &target{side: s}})
	}
	var t *target
	switch {
	case s == ours:
		t, err = l.startOvate(ctx, b.fill)
	case b.fresh:
		t, err = l.startJava(ctx, b.fill)
	default:
		t, err = l.sharedJava(ctx)
	}
	if err != nil {
		return err
	}
	err = b.measure(ctx, &trial{l, t})
	if t != l.java {
		err = errors.Join(err, t.stop())
	}
	return err
}

// sharedJava is the cluster of the benchmarks that leave nothing behind which slows the next.
func (l *lab) sharedJava(ctx context.Context) (t *target, err error) {
	if l.java == nil {
		l.java, err = l.startJava(ctx, nil)
	}
	return l.java, err
}

func (l *lab) dropJava() error {
	if l.java == nil {
		return nil
	}
	err := l.java.stop()
	l.java = nil
	return err
}

package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// duckDBPackage is the version that is measured.
const duckDBPackage = "duckdb==2.0.0"

// duckDBScript does with DuckDB what an ingestion does.
//
//go:embed duckdb_parquet.py
var duckDBScript string

// duckDB records the best of three tries in one process as one measurement. A machine where DuckDB cannot be installed
// goes without.
func (r *trial) duckDB(ctx context.Context, i ingestion, dir string) error {
	python, err := r.installDuckDB(ctx)
	if err != nil {
		r.note(fmt.Sprintf("DuckDB could not be installed: %v", err))
		return nil
	}
	out, err := exec.CommandContext(ctx, python, "-c", duckDBScript, dir, i.spec, filepath.Join(r.dir, "rows.parquet")).Output()
	if err != nil {
		return fmt.Errorf("DuckDB: %w", err)
	}
	var seconds []float64
	for _, word := range strings.Fields(string(out)) {
		s, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return fmt.Errorf("DuckDB: %w", err)
		}
		seconds = append(seconds, s)
	}
	r.results.record(i.wall(), duckDB, slices.Min(seconds))
	return nil
}

// installDuckDB makes a Python environment with DuckDB in the cache folder the first time, and returns its interpreter.
func (l *lab) installDuckDB(ctx context.Context) (python string, err error) {
	env := filepath.Join(l.cache, "python")
	python = filepath.Join(env, "bin", "python")
	if exec.CommandContext(ctx, python, "-c", "import duckdb").Run() == nil {
		return python, nil
	}
	if err := os.RemoveAll(env); err != nil {
		return "", err
	}
	for _, command := range [][]string{{"python3", "-m", "venv", env}, {python, "-m", "pip", "install", "--quiet", duckDBPackage}} {
		if out, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, out)
		}
	}
	return python, nil
}

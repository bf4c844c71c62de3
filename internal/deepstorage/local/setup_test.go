package local_test

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ovate/druid"
	"ovate/internal/deepstorage/local"
)

func limitFiles(t *testing.T, size uint64) {
	t.Helper()
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: size, Max: unix.RLIM_INFINITY}); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, o local.Options) *local.Storage {
	t.Helper()
	storage, err := local.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := storage.Close(); err != nil {
			t.Error(err)
		}
	})
	return storage
}

func segment(partition int) druid.DataSegment {
	return druid.DataSegment{DataSource: "wiki", Version: "v", ShardSpec: druid.Numbered(partition, 1)}
}

// build makes a folder with one file.
func build(t *testing.T, parent string) string {
	t.Helper()
	dir, err := os.MkdirTemp(parent, "built")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "version.bin"), "x")
	return dir
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func loadSpec(path string) json.RawMessage {
	return append(druid.AppendString([]byte(`{"type":"local","path":`), path), '}')
}

// fetch reads a segment as Druid's puller does: a folder or a zip.
func fetch(t *testing.T, loadSpec json.RawMessage) map[string]string {
	t.Helper()
	var spec struct{ Path string }
	if err := json.Unmarshal(loadSpec, &spec); err != nil {
		t.Fatal(err)
	}
	var files fs.FS = os.DirFS(spec.Path)
	if strings.HasSuffix(spec.Path, ".zip") {
		archive, err := zip.OpenReader(spec.Path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			t.Fatal(err)
		}
		defer archive.Close()
		files = archive
	}
	entries, err := fs.ReadDir(files, ".")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	contents := map[string]string{}
	for _, entry := range entries {
		f, err := files.Open(entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(f)
		if err = errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		contents[entry.Name()] = string(content)
	}
	return contents
}

// leaves lists the files and the empty folders under dir, those of staging excepted unless dir is within it.
func leaves(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && path == dir {
			return fs.SkipAll
		}
		if err != nil {
			return err
		}
		if entry.Name() == "intermediate_pushes" {
			return fs.SkipDir
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if children, err := os.ReadDir(path); err != nil || len(children) > 0 || path == dir {
				return err
			}
		}
		names = append(names, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func checkNames(t *testing.T, dir string, want map[string]bool) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !want[entry.Name()] {
			t.Errorf("%s holds %s", dir, entry.Name())
		}
	}
	if len(entries) != len(want) {
		t.Errorf("%s holds %d folders, want %v", dir, len(entries), want)
	}
}

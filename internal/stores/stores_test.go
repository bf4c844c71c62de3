package stores_test

import (
	"errors"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ovate/internal/config"
	"ovate/internal/deepstorage"
	"ovate/internal/runs"
	"ovate/internal/stores"
)

func configure(t *testing.T) *config.Config {
	t.Helper()
	c, err := config.Load(config.Sources{Flags: []config.Setting{{Key: "ovate.data", Value: t.TempDir()}}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What cannot be opened is an error and nothing else, and what is there is found again by whoever only reads.
func TestOpen(t *testing.T) {
	t.Parallel()
	c, log := configure(t), slog.New(slog.DiscardHandler)
	if store, err := stores.ReadMetadata(t.Context(), c); store != nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before anything was stored: %v, %v", store, err)
	}
	store, err := stores.Metadata(t.Context(), c, log, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	reader, err := stores.ReadMetadata(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
	segments, err := stores.DeepStorage(c, deepstorage.Owner{})
	if err != nil {
		t.Fatal(err)
	}
	if err := segments.Close(); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(c.Metadata.Path, []byte(strings.Repeat("rubbish ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if store, err := stores.Metadata(t.Context(), c, log, nil, nil); store != nil || err == nil {
		t.Errorf("rubbish: %v, %v", store, err)
	}
	directory := c.TaskLogs.Directory
	c.DeepStorage.Directory, c.TaskLogs.Directory = c.Metadata.Path, c.Metadata.Path
	if segments, err := stores.DeepStorage(c, deepstorage.Owner{}); segments != nil || err == nil || !strings.HasPrefix(err.Error(), "druid.storage.storageDirectory (default) must be a folder") {
		t.Errorf("deep storage in a file: %v, %v", segments, err)
	}
	if logs, err := stores.TaskLogs(c, log); logs != nil || err == nil || !strings.HasPrefix(err.Error(), "druid.indexer.logs.directory (default) must be a folder") {
		t.Errorf("task logs in a file: %v, %v", logs, err)
	}
	c.TaskLogs.Directory = directory
	c.Metadata.Type, c.DeepStorage.Type, c.TaskLogs.Type = "a", "b", "c"
	if logs, err := stores.TaskLogs(c, log); logs != nil || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("task logs of another type: %v, %v", logs, err)
	}
	if store, err := stores.Metadata(t.Context(), c, log, nil, nil); store != nil || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("metadata of another type: %v, %v", store, err)
	}
	if segments, err := stores.DeepStorage(c, deepstorage.Owner{}); segments != nil || !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("deep storage of another type: %v, %v", segments, err)
	}
}

// A folder that is there, with all that a server makes in it at its start, is refused all the same if nothing more can be made in it.
func TestOpenFolderOfOthers(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 {
		t.Skip("root may write anywhere")
	}
	c, log := configure(t), slog.New(slog.DiscardHandler)
	segments, err := stores.DeepStorage(c, deepstorage.Owner{})
	if err != nil {
		t.Fatal(err)
	}
	logs, err := stores.TaskLogs(c, log)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(segments.Close(), logs.Close()); err != nil {
		t.Fatal(err)
	}
	allow := func(mode os.FileMode) {
		if err := errors.Join(os.Chmod(c.DeepStorage.Directory, mode), os.Chmod(c.TaskLogs.Directory, mode)); err != nil {
			t.Error(err)
		}
	}
	allow(0o500)
	defer allow(0o700)
	if segments, err := stores.DeepStorage(c, deepstorage.Owner{}); segments != nil || !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), c.DeepStorage.Directory) {
		t.Errorf("deep storage: %v, %v", segments, err)
	}
	if logs, err := stores.TaskLogs(c, log); logs != nil || !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), c.TaskLogs.Directory) {
		t.Errorf("task logs: %v, %v", logs, err)
	}
}

// What is in a bucket is opened without asking it, and leaves nothing behind.
func TestOpenS3(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, err := config.Load(config.Sources{Flags: []config.Setting{
		{Key: "ovate.data", Value: dir}, {Key: "druid.storage.type", Value: "s3"}, {Key: "druid.storage.bucket", Value: "deep"},
		{Key: "druid.indexer.logs.type", Value: "s3"}, {Key: "druid.indexer.logs.s3Bucket", Value: "deep"}, {Key: "druid.indexer.logs.s3Prefix", Value: "logs"},
		{Key: "druid.s3.endpoint.url", Value: "http://127.0.0.1:1"}, {Key: "druid.s3.accessKey", Value: "a"}, {Key: "druid.s3.secretKey", Value: "b"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	segments, err := stores.DeepStorage(c, deepstorage.Owner{})
	if err != nil {
		t.Fatal(err)
	}
	logs, err := stores.TaskLogs(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	reader, err := stores.ReadSegments(c)
	if err != nil || reader == nil || reader.Near() || segments.Near() {
		t.Fatalf("reader %v, %v", reader, err)
	}
	if err := errors.Join(segments.Close(), logs.Close(), reader.Close()); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(filepath.Join(dir, "staging")); err != nil || len(left) > 0 {
		t.Errorf("left in staging: %v, %v", left, err)
	}
	if reader, err := stores.ReadSegments(configure(t)); reader != nil || err != nil {
		t.Errorf("without a bucket: %v, %v", reader, err)
	}
}

// Implementations are imported here and in tests alone, and in the benchmarks, which fill a database.
func TestOnePlaceNamesImplementations(t *testing.T) {
	t.Parallel()
	imports := 0
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			name := strings.Trim(spec.Path.Value, `"`)
			parent := filepath.Base(filepath.Dir(name))
			if !strings.HasPrefix(name, "ovate/") || !slices.Contains([]string{"metadata", "deepstorage"}, parent) || strings.HasSuffix(name, "test") {
				continue
			}
			imports++
			test := strings.HasSuffix(path, "_test.go") || strings.HasSuffix(filepath.Dir(path), "test")
			if filepath.Dir(path) != "../../internal/stores" && filepath.Dir(path) != "../../bench" && !test {
				t.Errorf("%s imports %s", path, name)
			}
		}
		return nil
	})
	if err != nil || imports == 0 {
		t.Errorf("%d imports of implementations, %v", imports, err)
	}
}

// TestEmptiedDatabase: a database that was cut off to nothing is not begun anew, and one that is missing not without a word.
func TestEmptiedDatabase(t *testing.T) {
	t.Parallel()
	c, told := configure(t), new(strings.Builder)
	begin := func() error {
		t.Helper()
		told.Reset()
		store, err := stores.Metadata(t.Context(), c, slog.New(slog.NewTextHandler(told, nil)), nil, nil)
		if err != nil {
			return err
		}
		return store.Close()
	}
	if err := os.WriteFile(c.Metadata.Path, nil, 0o600); err != nil { // which a crash of the first start leaves
		t.Fatal(err)
	}
	if err := begin(); err != nil || told.Len() > 0 {
		t.Errorf("the first start: %v\n%s", err, told)
	}
	if err := os.WriteFile(filepath.Join(c.Folder(), runs.File), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := begin(); err != nil || told.Len() > 0 {
		t.Errorf("the next start: %v\n%s", err, told)
	}
	if err := os.Truncate(c.Metadata.Path, 0); err != nil {
		t.Fatal(err)
	}
	if err := begin(); err == nil || !strings.Contains(err.Error(), c.Metadata.Path+": it is empty although a server has worked here before") {
		t.Errorf("cut off: %v", err)
	}
	if info, err := os.Stat(c.Metadata.Path); err != nil || info.Size() > 0 {
		t.Errorf("it was changed: %v, %v", info, err)
	}
	if err := os.Remove(c.Metadata.Path); err != nil {
		t.Fatal(err)
	}
	if err := begin(); err != nil || !strings.Contains(told.String(), "the database is missing although a server has worked here before") {
		t.Errorf("removed: %v\n%s", err, told)
	}
}

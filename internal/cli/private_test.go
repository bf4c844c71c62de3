package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFilesArePrivate looks at everything that an ingestion leaves: metadata, logs, reports, segments, locks.
func TestFilesArePrivate(t *testing.T) {
	t.Parallel()
	const task = `{"type":"index_parallel","id":"i","spec":{"dataSchema":{"dataSource":"a","timestampSpec":{"column":"t"},"dimensionsSpec":{}},
		"ioConfig":{"type":"index_parallel","inputSource":{"type":"inline","data":"{\"t\":1,\"x\":\"y\"}"},"inputFormat":{"type":"json"}}}}`
	for umask, most := range map[string]fs.FileMode{"": 0o700, "0027": 0o750} {
		data := filepath.Join(t.TempDir(), "data")
		args := []string{"serve", "--listen", "127.0.0.1:0", "--data", data}
		if umask != "" {
			args = append(args, "-D", "ovate.umask="+umask)
		}
		server := serving(t, command(t, args...))
		cmd := command(t, "submit", "-", "--wait", "--url", server.url)
		cmd.Stdin = strings.NewReader(task)
		finish(t, cmd).expect(t, 0, "SUCCESS")
		if files, shared := private(t, data, most); files < 10 || (shared > 0) != (umask == "0027") {
			t.Errorf("umask %q: %d files and folders, %d segment files for the group", umask, files, shared)
		}
		server.end(t, syscall.SIGTERM)
	}
}

// TestRowsFolderIsNotOverwritten: the copy of --rows is kept, and the task that was printed reads it: the next ingestion with the same folder is refused.
func TestRowsFolderIsNotOverwritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rows := filepath.Join(dir, "rows")
	run(t, "ingest", salesFile(t), "-d", "sales", "--dry-run", "--rows", rows).expect(t, 0)
	files, err := filepath.Glob(filepath.Join(rows, "*.json"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	kept := files[0]
	before, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other.csv")
	if err := os.WriteFile(other, []byte("time;a\n01.02.2024 10:00;3,50\n02.02.2024 10:00;4,25\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	second := run(t, "ingest", other, "-d", "other", "--dry-run", "--rows", rows)
	if after, err := os.ReadFile(kept); err != nil || string(after) != string(before) || second.code != 2 {
		t.Errorf("exit code %d, and the rows of sales are now %q, %v", second.code, after, err)
	}
}

// TestIngestedFilesArePrivate: where no server runs, the data folder is made before one begins, for a copy of the rows, and whatever the shell says.
func TestIngestedFilesArePrivate(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	run(t, "ingest", salesFile(t), "-d", "sales", "--data", data).expect(t, 0)
	if files, _ := private(t, data, 0o700); files < 10 {
		t.Errorf("there are %d files and folders only", files)
	}
}

// private looks at all that is in a folder, and at the folder: how many there are, and how many parts of segments the group may read.
func private(t *testing.T, data string, most fs.FileMode) (files, shared int) {
	t.Helper()
	err := filepath.WalkDir(data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&^most != 0 {
			t.Errorf("%s is %v, and may be %v", path, info.Mode(), most)
		}
		if strings.HasSuffix(path, ".smoosh") && info.Mode().Perm()&0o040 != 0 {
			shared++
		}
		files++
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return files, shared
}

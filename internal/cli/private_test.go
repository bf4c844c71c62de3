package cli

import (
	"io/fs"
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
		files, shared := 0, 0
		err := filepath.WalkDir(data, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err != nil {
				return err
			}
			if info.Mode().Perm()&^most != 0 {
				t.Errorf("%s is %v with umask %q", path, info.Mode(), umask)
			}
			if strings.HasSuffix(path, ".smoosh") && info.Mode().Perm()&0o040 != 0 {
				shared++
			}
			files++
			return nil
		})
		if err != nil || files < 10 || (shared > 0) != (umask == "0027") {
			t.Errorf("umask %q: %d files and folders, %d segment files for the group, %v", umask, files, shared, err)
		}
		server.end(t, syscall.SIGTERM)
	}
}

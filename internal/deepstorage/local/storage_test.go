package local_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"ovate/druid"
	"ovate/internal/datadir"
	"ovate/internal/deepstorage"
	"ovate/internal/deepstorage/deepstoragetest"
	"ovate/internal/deepstorage/local"
)

func TestStorage(t *testing.T) {
	t.Parallel()
	for _, zipped := range []bool{false, true} {
		t.Run(fmt.Sprint("zip=", zipped), func(t *testing.T) {
			t.Parallel()
			deepstoragetest.Exercise(t, func(t *testing.T) deepstoragetest.Harness {
				outside := filepath.Join(t.TempDir(), "a", "b", "c", "d", "index")
				if err := os.MkdirAll(outside, 0o700); err != nil {
					t.Fatal(err)
				}
				write(t, filepath.Join(outside, "version.bin"), "x")
				return deepstoragetest.Harness{
					Storage: open(t, local.Options{Directory: filepath.Join(t.TempDir(), "segments"), Zip: zipped}),
					Fetch:   fetch,
					Foreign: loadSpec(outside + "/"),
				}
			})
		})
	}
}

func TestLayout(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		zip  bool
		want string
	}{{false, "index/"}, {true, "index.zip"}} {
		dir := t.TempDir()
		storage := open(t, local.Options{Directory: dir, Zip: test.zip})
		interval := "2026-01-01T00:00:00.000-08:00_2026-01-02T00:00:00.000-08:00"
		got, err := storage.Push(t.Context(), build(t, storage.Staging()), segment(3), interval)
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf(`^{"type":"local","path":"%s/wiki/%s/v/3/[0-9a-f-]{36}/%s"}$`, regexp.QuoteMeta(dir), regexp.QuoteMeta(interval), regexp.QuoteMeta(test.want))
		if !regexp.MustCompile(want).Match(got) {
			t.Errorf("load spec %s, want %s", got, want)
		}
	}
}

// TestDeleteLeavesNoEmptyFolders deletes one of two segments, then the other.
func TestDeleteLeavesNoEmptyFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	storage := open(t, local.Options{Directory: dir})
	var specs []json.RawMessage
	for partition := range 2 {
		spec, err := storage.Push(t.Context(), build(t, storage.Staging()), segment(partition), "a_b")
		if err != nil {
			t.Fatal(err)
		}
		specs = append(specs, spec)
	}
	var second struct{ Path string }
	if err := json.Unmarshal(specs[1], &second); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{strings.TrimPrefix(second.Path, dir+"/") + "version.bin", ""} {
		if err := storage.Delete(t.Context(), specs[i]); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(leaves(t, dir), " "); got != want {
			t.Errorf("left: %q, want %q", got, want)
		}
	}
}

// What is left of a deletion that was cut off is no segment any more.
func TestDeleteThatWasCutOff(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	storage := open(t, local.Options{Directory: dir})
	loadSpec, err := storage.Push(t.Context(), build(t, storage.Staging()), segment(3), "x_y")
	if err != nil {
		t.Fatal(err)
	}
	path, _, err := deepstorage.LocalPath(loadSpec)
	if err != nil {
		t.Fatal(err)
	}
	if there, err := storage.Exists(t.Context(), loadSpec); err != nil || !there {
		t.Errorf("exists before: %v, %v", there, err)
	}
	if err := os.Remove(filepath.Join(path, "version.bin")); err != nil { // which goes first
		t.Fatal(err)
	}
	write(t, filepath.Join(path, "00000.smoosh"), "x")
	if there, err := storage.Exists(t.Context(), loadSpec); err != nil || there {
		t.Errorf("exists afterwards: %v, %v", there, err)
	}
	if err := storage.Delete(t.Context(), loadSpec); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("what was left is still there: %v", err)
	}
}

func TestDeleteRefusesPaths(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	storage := open(t, local.Options{Directory: filepath.Join(dir, "segments")})
	outside := filepath.Join(dir, "outside", "a", "b", "c", "index")
	if err := os.MkdirAll(outside, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "outside"), filepath.Join(dir, "segments", "link")); err != nil {
		t.Fatal(err)
	}
	if _, err := storage.Push(t.Context(), build(t, storage.Staging()), segment(0), "a_b"); err != nil {
		t.Fatal(err)
	}
	before := leaves(t, dir)
	for _, path := range []string{
		"", "/", "segments/wiki/a_b/v/0/index", dir, dir + "/segments", dir + "/segments/wiki", dir + "/segments/wiki/a_b/v/0", dir + "/segments/wiki/index",
		dir + "/segments/wiki/a_b/v/0/../../../../../outside/a/b/c/index", dir + "/segments-other/wiki/a_b/v/0/index",
		dir + "/segments/link/a/b/c/index", outside, "\x00", dir + "/segments/wiki/a_b/v/0/index/version.bin",
	} {
		if err := storage.Delete(t.Context(), loadSpec(path)); err == nil {
			t.Errorf("%s was not refused", path)
		}
	}
	if after := leaves(t, dir); strings.Join(after, " ") != strings.Join(before, " ") {
		t.Errorf("left: %q, want %q", after, before)
	}
}

// TestAbandonedStaging clears a storage on which a process crashed, another one while it cleared away, one is at work, and a Java
// process is at work. To open it takes nothing away, however much there is; clearing ends with its context.
func TestAbandonedStaging(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	staging := filepath.Join(dir, "intermediate_pushes")
	for _, name := range []string{"ovate-crashed", "ovate-half-removed", "ovate-working", "java"} {
		if err := os.MkdirAll(filepath.Join(staging, name, "task"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(staging, "ovate-crashed", datadir.LockFile), "1\n")
	lock, err := datadir.Acquire(filepath.Join(staging, "ovate-working"))
	if err != nil {
		t.Fatal(err)
	}
	storage, err := local.Open(local.Options{Directory: dir})
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Base(storage.Staging())
	want := map[string]bool{"ovate-working": true, "java": true, "ovate-crashed": true, "ovate-half-removed": true, own: true}
	checkNames(t, staging, want)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := storage.ClearStaging(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("cleared for nobody: %v", err)
	}
	checkNames(t, staging, want)
	if err := storage.ClearStaging(t.Context()); err != nil {
		t.Error(err)
	}
	delete(want, "ovate-crashed")
	delete(want, "ovate-half-removed")
	checkNames(t, staging, want)
	if err := errors.Join(storage.Close(), lock.Release()); err != nil {
		t.Fatal(err)
	}
	delete(want, own)
	checkNames(t, staging, want)
}

// TestFullDisk copies and zips a segment under a limit on the size of files, which stands for a full disk and holds
// for a whole process; so it is one of its own.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if os.Getenv("OVATE_FULL_DISK") == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFullDisk$")
		cmd.Env = append(os.Environ(), "OVATE_FULL_DISK=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	random := make([]byte, 100_000)
	for i := range random {
		random[i] = byte(i * i * i >> 3)
	}
	for _, zipped := range []bool{false, true} {
		dir := t.TempDir()
		storage := open(t, local.Options{Directory: dir, Zip: zipped})
		elsewhere := build(t, t.TempDir())
		write(t, filepath.Join(elsewhere, "00000.smoosh"), string(random))
		limitFiles(t, 1000)
		if _, err := storage.Push(t.Context(), elsewhere, segment(0), "a_b"); err == nil {
			t.Errorf("zip=%v: no error", zipped)
		}
		limitFiles(t, unix.RLIM_INFINITY)
		if got := leaves(t, filepath.Join(dir, "wiki")); len(got) > 0 {
			t.Errorf("zip=%v: %q can be seen", zipped, got)
		}
		if got := leaves(t, storage.Staging()); len(got) != 1 || got[0] != datadir.LockFile {
			t.Errorf("zip=%v: %q is left in staging", zipped, got)
		}
		spec, err := storage.Push(t.Context(), elsewhere, segment(0), "a_b")
		if err != nil {
			t.Fatalf("after the disk has room again: %v", err)
		}
		if got := fetch(t, spec)["00000.smoosh"]; got != string(random) {
			t.Errorf("zip=%v: the segment has %d bytes", zipped, len(got))
		}
	}
}

// A push makes its folders again that another process, which removes the last segment beside it, takes away at that moment.
func TestPushBesideDeleteOfAnotherProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, err := local.Open(local.Options{Directory: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := local.Open(local.Options{Directory: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	pushed := segment(0)
	specs := make(chan json.RawMessage, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for s := range specs {
			if err := b.Delete(t.Context(), s); err != nil {
				t.Error(err)
			}
		}
	}()
	failed, n := 0, 60
	var first error
	for i := range n {
		from := filepath.Join(a.Staging(), "s"+strconv.Itoa(i))
		if err := os.Mkdir(from, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(from, "x"), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		spec, err := a.Push(t.Context(), from, pushed, "i")
		if err != nil {
			if failed++; first == nil {
				first = err
			}
			continue
		}
		specs <- spec
	}
	close(specs)
	<-done
	if failed > 0 {
		t.Errorf("%d of %d pushes failed: %v", failed, n, first)
	}
}

// What this storage and Druid's push is where it may be; CheckPushed refuses all else.
func TestCheckPushed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	storage := open(t, local.Options{Directory: dir})
	pushed := segment(3)
	const interval = "2026-01-01T00:00:00.000-08:00_2026-01-02T00:00:00.000-08:00"
	pushed.Interval.Start, pushed.Interval.End = 1_767_254_400_000, 1_767_340_800_000
	var err error
	if pushed.LoadSpec, err = storage.Push(t.Context(), build(t, storage.Staging()), pushed, interval); err != nil {
		t.Fatal(err)
	}
	if err := storage.CheckPushed(&pushed); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(s *druid.DataSegment){
		"data source": func(s *druid.DataSegment) { s.DataSource = "other" },
		"interval":    func(s *druid.DataSegment) { s.Interval.End++ },
		"version":     func(s *druid.DataSegment) { s.Version = "w" },
		"partition":   func(s *druid.DataSegment) { s.ShardSpec = druid.Numbered(4, 0) },
		"path": func(s *druid.DataSegment) {
			s.LoadSpec = []byte(`{"type":"local","path":"` + dir + `/other/index","Path":"/nowhere/index"}`)
		},
	} {
		other := pushed
		if change(&other); storage.CheckPushed(&other) == nil {
			t.Errorf("another %s may have these files", name)
		}
	}
	recordings, err := filepath.Glob("../../../druid/testdata/segments/*.json")
	if err != nil || len(recordings) == 0 {
		t.Fatal(recordings, err)
	}
	for _, path := range recordings {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var segments []druid.DataSegment
		if err := json.Unmarshal([]byte(strings.ReplaceAll(string(text), "${DEEP}", dir)), &segments); err != nil {
			t.Fatal(err)
		}
		for i := range segments {
			if err := storage.CheckPushed(&segments[i]); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

// TestFolderByAnotherName: a load spec from when the folder had another name, or was elsewhere, stands for the same place in it, and nothing
// outside of it is looked at or removed.
func TestFolderByAnotherName(t *testing.T) {
	t.Parallel()
	above := t.TempDir()
	root := filepath.Join(above, "segments")
	storage := open(t, local.Options{Directory: root})
	push := func(partition int) json.RawMessage {
		spec, err := storage.Push(t.Context(), build(t, storage.Staging()), segment(partition), "a_b")
		if err != nil {
			t.Fatal(err)
		}
		return spec
	}
	moved := func(spec json.RawMessage, to string) json.RawMessage {
		return json.RawMessage(strings.Replace(string(spec), root, to, 1))
	}
	link, copied := filepath.Join(above, "link"), filepath.Join(above, "copied")
	if err := os.Symlink(root, link); err != nil {
		t.Fatal(err)
	}
	const interval = "2026-01-01T00:00:00.000Z_2026-01-02T00:00:00.000Z"
	pushed := segment(1)
	pushed.Interval.Start, pushed.Interval.End = 1_767_225_600_000, 1_767_312_000_000
	spec, err := storage.Push(t.Context(), build(t, storage.Staging()), pushed, interval)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(copied, os.DirFS(root)); err != nil { // what the folder was copied from
		t.Fatal(err)
	}
	want, err := storage.Path(spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{link, copied, filepath.Join(above, "gone")} {
		there, existsErr := storage.Exists(t.Context(), moved(spec, name))
		if got, err := storage.Path(moved(spec, name)); got != want || err != nil || !there || existsErr != nil {
			t.Errorf("%s: %q, %v, %v, %v", name, got, err, there, existsErr)
		}
	}
	for name, wrong := range map[string]bool{link: false, copied: true, filepath.Join(above, "gone"): true} {
		if pushed.LoadSpec = moved(spec, name); (storage.CheckPushed(&pushed) != nil) != wrong {
			t.Errorf("%s: publishing it is %v", name, storage.CheckPushed(&pushed))
		}
	}
	if err := storage.Delete(t.Context(), moved(spec, copied)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(want); err == nil {
		t.Error("the files in the folder stay")
	}
	if _, err := os.Stat(strings.Replace(want, root, copied, 1)); err != nil {
		t.Errorf("the files outside of the folder: %v", err)
	}
	for spec, gone := range map[string]bool{string(moved(spec, copied)): true, string(moved(push(2), "/elsewhere")): true} {
		if err := storage.Delete(t.Context(), json.RawMessage(spec)); gone && !errors.Is(err, deepstorage.ErrElsewhere) {
			t.Errorf("%s: %v", spec, err)
		}
	}
}

// Package deepstoragetest is the suite that every deepstorage.Storage must pass.
package deepstoragetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/druid"
	"ovate/internal/deepstorage"
)

// Harness is a storage under test, and the means to look into it as a Historical does.
type Harness struct {
	Storage deepstorage.Storage
	// Fetch returns the files of the segment that the load spec tells of by name, or nil if there is none.
	Fetch func(t *testing.T, loadSpec json.RawMessage) map[string]string
	// Foreign is a load spec of the same kind that leads out of the storage, to something that is there.
	Foreign json.RawMessage
}

// Exercise runs the suite. open returns an empty storage.
func Exercise(t *testing.T, open func(t *testing.T) Harness) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *bench){
		"a pushed segment can be fetched":          testPush,
		"a folder from elsewhere is pushed too":    testPushFromElsewhere,
		"no two pushes meet":                       testPushAgain,
		"a push that fails leaves nothing":         testFailingPush,
		"a push that is cancelled changes nothing": testCancelledPush,
		"segments do not disturb each other":       testNeighbours,
		"deleting is final, and may be repeated":   testDelete,
		"a load spec that leads out is refused":    testForeign,
		"pushes and deletions at the same time":    testConcurrency,
		"names that no path can hold are refused":  testNames,
		"what the segment's texts hold is no path": testOddTexts,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, &bench{open(t)})
		})
	}
}

type bench struct{ Harness }

const interval = "2026-01-01T00:00:00.000Z_2026-01-02T00:00:00.000Z"

func segment(dataSource, version string, partition int) druid.DataSegment {
	return druid.DataSegment{
		DataSource: dataSource, Interval: druid.Interval{Start: 1_767_225_600_000, End: 1_767_312_000_000},
		Version: version, ShardSpec: druid.Numbered(partition, 1),
	}
}

// files are those of a segment whose content tells which it is.
func files(content string) map[string]string {
	return map[string]string{
		"00000.smoosh": strings.Repeat(content, 10_000), "factory.json": "{}", "meta.smoosh": content + "\n", "version.bin": "\x00\x00\x00\x09",
	}
}

// build writes the files to a new folder within parent.
func build(t *testing.T, parent string, files map[string]string) string {
	t.Helper()
	dir, err := os.MkdirTemp(parent, "built")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func (b *bench) push(t *testing.T, s druid.DataSegment, content string) json.RawMessage {
	t.Helper()
	dir := build(t, b.Storage.Staging(), files(content))
	loadSpec, err := b.Storage.Push(t.Context(), dir, s, interval)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder that was pushed is still there: %v", err)
	}
	return loadSpec
}

func (b *bench) holds(t *testing.T, loadSpec json.RawMessage, content string) {
	t.Helper()
	var want map[string]string
	if content != "" {
		want = files(content)
	}
	if there, err := b.Storage.Exists(t.Context(), loadSpec); err != nil || there != (content != "") {
		t.Errorf("segment at %s exists: %v, %v", loadSpec, there, err)
	}
	if diff := cmp.Diff(want, b.Fetch(t, loadSpec)); diff != "" {
		t.Errorf("segment at %s differs (-want +got):\n%.2000s", loadSpec, diff)
	}
}

func testPush(t *testing.T, b *bench) {
	b.holds(t, b.push(t, segment("wiki", "v", 0), "a"), "a")
}

func testPushFromElsewhere(t *testing.T, b *bench) {
	dir := build(t, t.TempDir(), files("a"))
	loadSpec, err := b.Storage.Push(t.Context(), dir, segment("wiki", "v", 0), interval)
	if err != nil {
		t.Fatal(err)
	}
	b.holds(t, loadSpec, "a")
}

func testPushAgain(t *testing.T, b *bench) {
	first := b.push(t, segment("wiki", "v", 0), "a")
	second := b.push(t, segment("wiki", "v", 0), "b")
	b.holds(t, first, "a")
	b.holds(t, second, "b")
	if err := b.Storage.Delete(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	b.holds(t, first, "")
	b.holds(t, second, "b")
}

func testFailingPush(t *testing.T, b *bench) {
	loadSpec := b.push(t, segment("wiki", "v", 0), "a")
	_, err := b.Storage.Push(t.Context(), filepath.Join(t.TempDir(), "missing"), segment("wiki", "v", 0), interval)
	if err == nil {
		t.Fatal("a folder that is not there was pushed")
	}
	b.holds(t, loadSpec, "a")
}

// A task that was shut down must not put its files in the place of those that another task has been given the id for since.
func testCancelledPush(t *testing.T, b *bench) {
	loadSpec := b.push(t, segment("wiki", "v", 0), "a")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Storage.Push(ctx, build(t, b.Storage.Staging(), files("b")), segment("wiki", "v", 0), interval); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	b.holds(t, loadSpec, "a")
}

func testNeighbours(t *testing.T, b *bench) {
	loadSpecs := map[string]json.RawMessage{}
	for _, s := range []druid.DataSegment{segment("wiki", "v", 0), segment("wiki", "v", 1), segment("wiki", "w", 0), segment("other", "v", 0)} {
		loadSpecs[s.ID().String()] = b.push(t, s, s.ID().String())
	}
	for id, loadSpec := range loadSpecs {
		b.holds(t, loadSpec, id)
	}
	for id, loadSpec := range loadSpecs {
		if err := b.Storage.Delete(t.Context(), loadSpec); err != nil {
			t.Fatal(err)
		}
		b.holds(t, loadSpec, "")
		delete(loadSpecs, id)
		for id, loadSpec := range loadSpecs {
			b.holds(t, loadSpec, id)
		}
	}
}

func testDelete(t *testing.T, b *bench) {
	loadSpec := b.push(t, segment("wiki", "v", 0), "a")
	for range 2 {
		if err := errors.Join(b.Storage.Keeps(loadSpec), b.Storage.Delete(t.Context(), loadSpec)); err != nil {
			t.Fatal(err)
		}
		b.holds(t, loadSpec, "")
	}
	b.holds(t, b.push(t, segment("wiki", "v", 0), "b"), "b")
}

func testForeign(t *testing.T, b *bench) {
	for _, loadSpec := range []string{string(b.Foreign), `{"type":"elsewhere","path":"x"}`, `{}`, `null`, `[]`, `{`, ``} {
		if err := b.Storage.Delete(t.Context(), json.RawMessage(loadSpec)); !errors.Is(err, deepstorage.ErrElsewhere) {
			t.Errorf("%s was not refused: %v", loadSpec, err)
		}
		if err := b.Storage.Keeps(json.RawMessage(loadSpec)); !errors.Is(err, deepstorage.ErrElsewhere) {
			t.Errorf("%s is said to be kept here: %v", loadSpec, err)
		}
		if _, err := b.Storage.Exists(t.Context(), json.RawMessage(loadSpec)); !errors.Is(err, deepstorage.ErrElsewhere) {
			t.Errorf("it is told whether %s exists: %v", loadSpec, err)
		}
	}
	if b.Fetch(t, b.Foreign) == nil {
		t.Error("what lies outside of the storage is gone")
	}
}

// testConcurrency pushes and deletes segments whose folders have the same parents.
func testConcurrency(t *testing.T, b *bench) {
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			for r := range 8 {
				content := fmt.Sprint(w, ".", r)
				dir := build(t, b.Storage.Staging(), files(content))
				loadSpec, err := b.Storage.Push(t.Context(), dir, segment("wiki", "v", w), interval)
				if err != nil {
					t.Error(err)
					return
				}
				b.holds(t, loadSpec, content)
				if err := b.Storage.Delete(t.Context(), loadSpec); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

func testNames(t *testing.T, b *bench) {
	for _, s := range []druid.DataSegment{segment("..", "v", 0), segment("wiki", "..", 0), segment("a/b", "v", 0), segment("", "v", 0), segment("wiki", "", 0)} {
		if _, err := b.Storage.Push(t.Context(), build(t, b.Storage.Staging(), files("a")), s, interval); err == nil {
			t.Errorf("%q, version %q was not refused", s.DataSource, s.Version)
		}
	}
	if _, err := b.Storage.Push(t.Context(), build(t, b.Storage.Staging(), files("a")), segment("wiki", "v", 0), "../.."); err == nil {
		t.Error(`interval "../.." was not refused`)
	}
}

func testOddTexts(t *testing.T, b *bench) {
	for _, s := range []druid.DataSegment{segment(`wiki "ü" %2F\ a`, "2026-01-01T00:00:00.000Z", 7), segment("...", "v w", 0)} {
		loadSpec := b.push(t, s, "a")
		b.holds(t, loadSpec, "a")
		if err := b.Storage.Delete(t.Context(), loadSpec); err != nil {
			t.Error(err)
		}
		b.holds(t, loadSpec, "")
	}
}

package cli

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/detect"
)

// TestAttemptsOfOthersAtWork: an attempt is found once its process is gone, by who does the same at the same server, or at the same metadata by another address.
func TestAttemptsOfOthersAtWork(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "attempts") // made when it is needed, and gone when it is empty
	first := &handedIn{dir: dir, server: "here"}
	found := func(server, dataSource string) string {
		t.Helper()
		h := &handedIn{dir: dir, server: server}
		attempts, files, err := h.left(&attempt{DataSource: dataSource})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, a := range attempts {
			ids = append(ids, a.Task)
		}
		if err := closeAll(files); err != nil {
			t.Error(err)
		}
		return strings.Join(ids, " ")
	}
	begin := func(task string) {
		t.Helper()
		if err := first.begin(&attempt{DataSource: "d"}, task); err != nil {
			t.Fatal(err)
		}
	}
	begin("one")
	begin("two") // of the same run
	if got := found("here", "d"); got != "" {
		t.Errorf("at work: %s", got)
	}
	if err := first.end(false); err != nil {
		t.Fatal(err)
	}
	for place, want := range map[[2]string]string{{"here", "d"}: "two", {"there", "d"}: "", {"here", "e"}: ""} {
		if got := found(place[0], place[1]); got != want {
			t.Errorf("left at %v: %s, want %s", place, got, want)
		}
	}
	byStore := &handedIn{dir: dir, server: "elsewhere", store: "m"}
	if byStore.holds(&attempt{Server: "here"}) || byStore.holds(&attempt{Server: "here", Store: "n"}) || !byStore.holds(&attempt{Server: "here", Store: "m"}) {
		t.Error("the metadata are not told from others")
	}
	first = &handedIn{dir: dir, server: "here"}
	begin("two") // again, under the same id
	if err := first.end(true); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{handedInPrefix + "y", handedInPrefix + "z" + handedInUnmade} {
		old := filepath.Join(dir, name)
		if err := os.WriteFile(old, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		then := time.Now().Add(-longAgo - time.Hour)
		if err := os.Chtimes(old, then, then); err != nil {
			t.Fatal(err)
		}
	}
	if got := found("here", "d"); got != "" {
		t.Errorf("long ago: %s", got)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left behind from long ago: %v, %v", entries, err)
	}
	path := filepath.Join(dir, handedInPrefix+"x")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := first.left(&attempt{DataSource: "d"}); exitCode(err) != exitBadInput || !strings.Contains(err.Error(), path+", where an earlier ovate ingest left") {
		t.Errorf("one that cannot be read: %v", err)
	}
}

// TestTaskOnItsWay: a task of which the server knew nothing when it was asked, and which comes after all, is there once.
func TestTaskOnItsWay(t *testing.T) {
	t.Parallel()
	server, err := embed(t.Context(), t.TempDir(), "127.0.0.1:0", &Streams{Err: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.stop(); err != nil {
			t.Error(err)
		}
	}()
	notes, this := &handedIn{dir: filepath.Join(t.TempDir(), "attempts"), server: "here"}, &attempt{DataSource: "d", Spec: "s"}
	if err := notes.begin(this, "killed"); err != nil {
		t.Fatal(err)
	}
	if err := notes.end(false); err != nil {
		t.Fatal(err)
	}
	notes = &handedIn{dir: notes.dir, server: "here"}
	done, again, err := notes.settle(t.Context(), server.Client, this, true, io.Discard)
	if done || again != "killed" || err != nil {
		t.Fatalf("%v, %q, %v", done, again, err)
	}
	if _, err := server.Submit(t.Context(), []byte(`{"type":"noop","id":"killed","runTime":0}`)); err != nil { // as if that had been the earlier run
		t.Fatal(err)
	}
	run := &ingestRun{flags: &ingest{Datasource: "d"}, found: &detect.Table{}, notes: io.Discard}
	h := &handing{ingestRun: run, overlord: server.Client, handedIn: notes, this: this, id: again}
	ended, err := h.run(t.Context(), []byte(`{"type":"noop"}`))
	if err != nil || ended.status.ID != "killed" || ended.status.State != druid.Success {
		t.Errorf("%+v, %v", ended, err)
	}
	if err := notes.end(true); err != nil {
		t.Error(err)
	}
	if list, err := server.Tasks(t.Context(), client.Filter{}); err != nil || len(list) != 1 {
		t.Errorf("%d tasks, %v", len(list), err)
	}
}

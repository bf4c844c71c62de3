//go:build peer

package peer

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ovate/client"
	"ovate/druid"
	"ovate/internal/metadata/sqlite/sqlite3"
)

// recording is what a real Druid once made of an input, and where ovate has put its own segments of the same input.
type recording struct {
	name       string // of its folder
	dir        string
	dataSource string
	segments   []ovateSegment
}

// ovateSegment is a row of ovate's metadata: the payload as it is, and some of what is in it.
type ovateSegment struct {
	payload json.RawMessage
	druid.DataSegment
	folder string // with the segment's files
}

// rows is the file with the recorded rows of the same segment. It has the names of the folders in deep storage,
// .../interval/version/partition/unique/index.
func (s ovateSegment) rows(r recording) string {
	partition := filepath.Dir(filepath.Dir(s.folder))
	interval := filepath.Base(filepath.Dir(filepath.Dir(partition)))
	return filepath.Join(r.dir, "rows", interval+"_"+filepath.Base(partition)+".jsonl")
}

// recordings has ovate, built from this tree, ingest all recorded inputs as the recorded specs say.
func recordings(ctx context.Context, t *testing.T) []recording {
	t.Helper()
	began := time.Now()
	data := t.TempDir()
	server := serve(ctx, t, data)
	dirs, err := filepath.Glob("../testdata/segments/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	var all []recording
	for _, dir := range dirs {
		if dir, err = filepath.Abs(dir); err != nil {
			t.Fatal(err)
		}
		dataSource, err := ingest(ctx, server, dir)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, recording{name: filepath.Base(dir), dir: dir, dataSource: dataSource})
	}
	conn, err := sqlite3.Open(filepath.Join(data, "metadata.db"), sqlite3.ReadOnly)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for i := range all {
		if all[i].segments, err = segmentsOf(conn, all[i].dataSource); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("ovate ingested %d recorded inputs in %.1f s", len(all), time.Since(began).Seconds())
	return all
}

// serve runs the built binary until the test ends. Properties are NAME=VALUE.
func serve(ctx context.Context, t *testing.T, data string, properties ...string) *client.Client {
	t.Helper()
	c, _ := launch(ctx, t, data, properties...)
	return c
}

// launch is serve for whoever ends the process earlier.
func launch(ctx context.Context, t *testing.T, data string, properties ...string) (*client.Client, *process) {
	t.Helper()
	return launchBuilt(ctx, t, build(ctx, t), data, properties...)
}

var otherBinary = flag.String("ovate", "", "a binary of ovate that is tested in the place of that of this tree")

// build is the built binary, until the test ends.
func build(ctx context.Context, t *testing.T) (binary string) {
	t.Helper()
	if *otherBinary != "" {
		return *otherBinary
	}
	binary = filepath.Join(t.TempDir(), "ovate")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "ovate/cmd/ovate").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

// launchBuilt is launch of a binary that was built before.
func launchBuilt(ctx context.Context, t *testing.T, binary, data string, properties ...string) (*client.Client, *process) {
	t.Helper()
	args := []string{"serve", "--listen", "127.0.0.1:0", "--data", data}
	for _, p := range properties {
		args = append(args, "-D", p)
	}
	p, err := startProcess("ovate", filepath.Join(t.TempDir(), "log"), data, binary, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("ovate said:\n%s", p.tail(8000))
		}
	})
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	var url string
	err = Poll(ctx, func() (listens bool, err error) {
		if err := p.lives(); err != nil {
			return false, err
		}
		_, after, _ := strings.Cut(p.tail(4000), "listening on ")
		url, _, listens = strings.Cut(after, "\n")
		return listens, nil
	})
	if err != nil {
		t.Fatalf("ovate does not say where it listens: %v; it said:\n%s", err, p.tail(4000))
	}
	c, err := client.New(url)
	if err != nil {
		t.Fatal(err)
	}
	return c, p
}

// ingest runs the spec of a recording, and returns its data source.
func ingest(ctx context.Context, c *client.Client, dir string) (dataSource string, err error) {
	text, err := os.ReadFile(filepath.Join(dir, "spec.json"))
	if err != nil {
		return "", err
	}
	spec := strings.ReplaceAll(string(text), "${DATA}", filepath.Join(dir, "data"))
	id, err := c.Submit(ctx, []byte(spec))
	if err != nil {
		return "", fmt.Errorf("submitting %s: %w", dir, err)
	}
	status, err := c.Wait(ctx, id)
	if err != nil {
		return "", fmt.Errorf("ingesting %s: %w", dir, err)
	}
	if status.State != druid.Success {
		return "", fmt.Errorf("ingesting %s: %s: %s", dir, status.State, status.ErrorMsg)
	}
	return status.DataSource, nil
}

func segmentsOf(conn *sqlite3.Conn, dataSource string) (segments []ovateSegment, err error) {
	err = conn.Query("SELECT payload FROM druid_segments WHERE used AND dataSource = ? ORDER BY id", func(row *sqlite3.Stmt) error {
		var s ovateSegment
		var load struct{ Path string }
		s.payload = row.AppendColumn(nil, 0)
		if err := errors.Join(json.Unmarshal(s.payload, &s.DataSegment), json.Unmarshal(s.LoadSpec, &load)); err != nil {
			return err
		}
		s.folder = filepath.Clean(load.Path)
		segments = append(segments, s)
		return nil
	}, dataSource)
	if err == nil && len(segments) == 0 {
		err = errors.New("there are none")
	}
	if err != nil {
		return nil, fmt.Errorf("segments of %s: %w", dataSource, err)
	}
	return segments, nil
}

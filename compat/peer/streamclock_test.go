//go:build peer

package peer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestStreamClock: the clock of ovate's machine leaps by hours, forward and back, while rows flow, and is put right. Every row is there once. A supervisor
// that comes then throws away no record of now, though it takes none that is older than an hour.
func TestStreamClock(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes minutes")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	requireStreams(ctx, t)
	s := newStreamSite(ctx, t, "ovate")
	clock := filepath.Join(t.TempDir(), "ahead")
	t.Setenv(aheadVariable, clock)
	s.binary = buildWithClock(ctx, t)
	s.killAndStart("leader")
	const name = "leaps"
	f := s.flowInto(name, 2)
	stop := f.run(100)
	s.supervise(supervision{dataSource: name, topic: name})
	s.awaitMoreRows(name, 100)
	for _, ahead := range []time.Duration{3 * time.Hour, 0, -3 * time.Hour, 0} {
		if err := errors.Join(os.WriteFile(clock+".next", []byte(strconv.Itoa(int(ahead.Seconds()))), 0o644), os.Rename(clock+".next", clock)); err != nil {
			t.Fatal(err)
		}
		s.awaitMoreRows(name, f.acknowledged()+2000)
	}
	stop()
	s.awaitRows(name, f.acknowledged())
	s.suspend(name)
	s.checkAll(name, f)

	const fresh = "fresh"
	f = s.flowInto(fresh, 1)
	for id := range 20 {
		f.sendText(0, fmt.Appendf(nil, `{"t":%q,"id":%d}`, time.Now().UTC().Format(time.RFC3339), id))
	}
	s.supervise(supervision{dataSource: fresh, topic: fresh, io: map[string]any{"lateMessageRejectionPeriod": "PT1H"}})
	s.awaitRows(fresh, 20)
	s.suspend(fresh)
	s.checkOffsets(fresh, f)
}

// aheadVariable names the file which tells by how many seconds the clock of a binary is ahead that buildWithClock has made.
const aheadVariable = "OVATE_TEST_CLOCK"

// aheadSource is part of its package time. What goes by the time since the machine's start is as it was, as when a real clock is set. The runtime asks for
// the time where nothing may ask the kernel, so the file is read beside.
const aheadSource = `package time

import (
	"sync/atomic"
	"syscall"
)

var ahead atomic.Int64

func init() {
	path, _ := syscall.Getenv("` + aheadVariable + `")
	go func() {
		for ; ; Sleep(100 * Millisecond) {
			ahead.Store(readAhead(path))
		}
	}()
}

func readAhead(path string) (seconds int64) {
	fd, err := open(path)
	if err != nil {
		return 0
	}
	defer closefd(fd)
	text := make([]byte, 20)
	n, _ := read(fd, text)
	whole, _ := atoi(text[:n])
	return int64(whole)
}
`

// buildWithClock is build with a clock that a test may set. libfaketime would not do: Go's programs ask the kernel themselves.
func buildWithClock(ctx context.Context, t *testing.T) (binary string) {
	t.Helper()
	dir := t.TempDir()
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	of := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	text, err := os.ReadFile(filepath.Join(of, "time.go"))
	if err != nil {
		t.Fatal(err)
	}
	const asks = "sec, nsec, mono := runtimeNow()\n"
	if strings.Count(string(text), asks) < 1 {
		t.Fatalf("package time does not have %q any more", asks)
	}
	replaced := map[string]string{}
	for name, content := range map[string]string{"time.go": strings.Replace(string(text), asks, asks+"\tsec += ahead.Load()\n", 1), "ahead.go": aheadSource} {
		replaced[filepath.Join(of, name)] = filepath.Join(dir, name)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	binary = filepath.Join(dir, "ovate")
	if out, err := exec.CommandContext(ctx, "go", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", binary, "ovate/cmd/ovate").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return binary
}

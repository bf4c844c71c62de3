//go:build unix

package zookeeper_test

import (
	"bufio"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ovate/internal/cluster/zookeeper"
)

// leadUntilLost is a process that leads and, once it does not any more, says when it has last found that it did, in nanoseconds of Unix.
func leadUntilLost(t *testing.T, servers string) {
	c, err := zookeeper.ParseConfig(func(name string) (string, bool) { return servers, name == "druid.zk.service.host" })
	if err != nil {
		t.Fatal(err)
	}
	c.SessionTimeout = time.Second
	client, err := zookeeper.Open(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	lead, err := client.OverlordLatch(first).Gain(t.Context(), func() {})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("leads")
	var last int64
	for {
		now := time.Now().UnixNano()
		if lead.Lasts.Err() != nil {
			break
		}
		last = now
		time.Sleep(100 * time.Microsecond)
	}
	fmt.Println("lost", last)
}

// A process that leads is stopped for longer than its session lasts, as by a debugger, or by swapping. From when another leads it never
// finds that it does.
func TestLatchProcessFrozen(t *testing.T) {
	if servers := os.Getenv("OVATE_TEST_LEAD"); servers != "" {
		leadUntilLost(t, servers)
		return
	}
	t.Parallel()
	c := config(t, shared.Start(t).Address())
	process := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLatchProcessFrozen$")
	process.Env = append(os.Environ(), "OVATE_TEST_LEAD="+c.Hosts[0]+c.Chroot)
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	defer process.Wait() //nolint:errcheck // how it ends is no matter
	defer process.Process.Kill()
	lines := bufio.NewScanner(out)
	says := func(what string) string {
		for lines.Scan() {
			if rest, found := strings.CutPrefix(lines.Text(), what); found {
				return rest
			}
		}
		t.Fatalf("the process ends without saying %q", what)
		return ""
	}
	says("leads")
	if err := process.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	lead, err := candidate(t, c, second).Gain(t.Context(), func() {})
	if err != nil {
		t.Fatal(err)
	}
	gained := time.Now().UnixNano()
	if err := process.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	last, err := strconv.ParseInt(strings.TrimSpace(says("lost")), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if last >= gained {
		t.Errorf("%v after another led the process still found that it did", time.Duration(last-gained))
	}
	lead.Resign()
}

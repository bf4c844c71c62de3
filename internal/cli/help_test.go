package cli

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/alecthomas/kong"

	"ovate/internal/quantity"
)

func TestEveryCommandTeaches(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&commands{})
	if err != nil {
		t.Fatal(err)
	}
	for _, leaf := range parser.Model.Leaves(true) {
		t.Run(leaf.Path(), func(t *testing.T) {
			t.Parallel()
			args := append(strings.Fields(leaf.FullPath())[1:], "--help")
			got := run(t, args...)
			got.expect(t, 0, "Examples:", "ovate "+strings.Join(args[:len(args)-1], " "))
			for _, flag := range leaf.Flags {
				if flag.Help == "" {
					t.Errorf("--%s has no help", flag.Name)
				}
			}
		})
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	run(t).expect(t, 0, "Usage: ovate", "quickstart", "Exit codes")
	run(t, "--help").expect(t, 0, "ovate quickstart")
	run(t, "frobnicate").expect(t, 2, "frobnicate", "See `ovate --help`")
	run(t, "statsu").expect(t, 2, "did you mean", "status")
	run(t, "tasks", "--sate", "complete").expect(t, 2, "did you mean", "--state")
	run(t, "status").expect(t, 2, "<id>", "See `ovate status --help`")
	run(t, "help", "tasks").expect(t, 0, "Usage: ovate tasks")
	run(t, "--version").expect(t, 0, "Druid 33.0.0")
	run(t, "segment", "info", "none").expect(t, 2, "none", "version.bin", "index.zip")
	run(t, "version").expect(t, 0, "Druid 33.0.0")
}

func TestAdvice(t *testing.T) {
	t.Parallel()
	denied := &fs.PathError{Op: "mkdir", Path: "/var/x", Err: syscall.EACCES}
	for err, want := range map[error]string{
		fmt.Errorf("make folder: %w", denied): "--data DIR",
		&inputError{denied}:                   "",
		&net.OpError{Op: "listen", Err: os.NewSyscallError("bind", syscall.EADDRINUSE)}: "--listen HOST:PORT",
	} {
		if got := advise(err); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%v: %s", err, got)
		}
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567"} {
		if got := quantity.Count(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 9999: "10 kB", 656_678: "657 kB", 999_600: "1.0 MB", 2_481_495: "2.5 MB", 5e15: "5.0 PB"} {
		if got := size(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

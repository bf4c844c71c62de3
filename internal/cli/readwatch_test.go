package cli

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// terminal is a pseudo-terminal of some width, with the end that a program writes to.
func terminal(t *testing.T, width uint16) (screen, program *os.File) {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { _ = screen.Close() })
	n, err := unix.IoctlGetInt(int(screen.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(int(screen.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(int(screen.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: width}); err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return screen, program
}

// On a terminal of 50 columns how far the reading is stands in one line that does not wrap, and nothing is left of it.
func TestReadingIsShownInOneLine(t *testing.T) {
	t.Parallel()
	screen, program := terminal(t, 50)
	var read atomic.Int64
	shown, halfway := make(chan string, 1), make(chan struct{})
	go func() {
		var text strings.Builder
		buffer := make([]byte, 4096)
		for { // until the other end is closed, which is an error here
			n, err := screen.Read(buffer)
			text.Write(buffer[:n])
			if read.Load() < 480_000_000 && strings.Contains(text.String(), "120 MB of 480 MB") {
				read.Store(480_000_000)
				close(halfway)
			}
			if err != nil {
				shown <- text.String()
				return
			}
		}
	}()
	read.Store(120_000_000)
	done := watchReading(program)("checking", func() (int64, int64) { return read.Load(), 480_000_000 })
	<-halfway
	done()
	fmt.Fprint(program, "found")
	if err := program.Close(); err != nil {
		t.Fatal(err)
	}
	text := <-shown
	lines := strings.FieldsFunc(regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`).ReplaceAllString(text, "\n"), func(r rune) bool { return r == '\r' || r == '\n' })
	for _, line := range lines {
		if utf8.RuneCountInString(line) > 50 {
			t.Errorf("%q is too long", line)
		}
	}
	if !regexp.MustCompile(`checking +120 MB of 480 MB  ~\d+s left  \d+ MB/s`).MatchString(strings.Join(lines, "\n")) {
		t.Errorf("%q", text)
	}
	if !strings.HasSuffix(text, "\x1b[Jfound") && !strings.HasSuffix(text, "\x1b[J\rfound") {
		t.Errorf("what is told next does not stand on a line of its own: %q", text)
	}
}

// Elsewhere a line is printed after 2, 4, 8 … seconds, and none for what is fast.
func TestReadingIsToldInLines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var (
			mu    sync.Mutex
			lines strings.Builder
		)
		shown := func() string {
			mu.Lock()
			defer mu.Unlock()
			return lines.String()
		}
		out := writerFunc(func(line []byte) (int, error) {
			mu.Lock()
			defer mu.Unlock()
			return lines.Write(line)
		})
		begun := time.Now()
		done := watchReading(out)("copying", func() (int64, int64) { return int64(time.Since(begun).Seconds() * 1e6), 100_000_000 })
		time.Sleep(1900 * time.Millisecond)
		if text := shown(); text != "" {
			t.Errorf("so soon: %s", text)
		}
		time.Sleep(9 * time.Second)
		done()
		got := strings.Split(strings.TrimSpace(shown()), "\n")
		if len(got) != 3 || got[1] != "copying        4s  4.0 MB of 100 MB  ~1m36s left  1.0 MB/s" {
			t.Errorf("%q", got)
		}
	})
}

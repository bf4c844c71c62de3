// Package machine tells what this process may take of its machine.
package machine

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Memory is how many bytes of memory the process may have: those of the machine, or fewer where a control group of Linux, such as a container, bounds them. 0 if
// that cannot be told.
func Memory() int64 { return memory("/proc", "/sys/fs/cgroup") }

func memory(proc, groups string) (least int64) {
	take := func(n int64) {
		if n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	take(total(filepath.Join(proc, "meminfo")))
	text, _ := os.ReadFile(filepath.Join(proc, "self", "cgroup")) // a system without has no such bounds
	for line := range bytes.Lines(text) {
		// 0::/a/b of version 2, and 4:memory:/a/b of version 1, both of which bound by what is above, too.
		parts := strings.SplitN(strings.TrimSpace(string(line)), ":", 3)
		if len(parts) < 3 {
			continue
		}
		root, file := groups, "memory.max"
		switch {
		case parts[0] == "0" && parts[1] == "":
		case strings.Contains(","+parts[1]+",", ",memory,"):
			root, file = filepath.Join(groups, "memory"), "memory.limit_in_bytes"
		default:
			continue
		}
		for group := filepath.Clean("/" + parts[2]); ; group = filepath.Dir(group) {
			text, _ := os.ReadFile(filepath.Join(root, group, file)) // a container may not see all of its path
			n, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
			take(n) // "max" is none
			if group == "/" {
				break
			}
		}
	}
	return least
}

// total is the MemTotal of a file as /proc/meminfo is; 0 if it does not tell.
func total(meminfo string) int64 {
	f, err := os.Open(meminfo)
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) > 1 && fields[0] == "MemTotal:" {
			kB, _ := strconv.ParseInt(fields[1], 10, 64) // 0 is what is not told
			return kB << 10
		}
	}
	return 0
}

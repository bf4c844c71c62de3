package machine

import (
	"os"
	"path/filepath"
	"testing"
)

// The least of what bounds the process counts, whichever version of control groups that is, and also above its own group.
func TestMemory(t *testing.T) {
	t.Parallel()
	const meminfo = "MemTotal:       1000 kB\nMemFree:        10 kB\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"nothing":     {nil, 0},
		"the machine": {map[string]string{"proc/meminfo": meminfo}, 1000 << 10},
		"version 2":   {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a/b\n", "groups/a/b/memory.max": "5000\n"}, 5000},
		"above":       {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a/b\n", "groups/a/b/memory.max": "max\n", "groups/a/memory.max": "7000\n"}, 7000},
		"a container": {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/system.slice/docker-1.scope\n", "groups/memory.max": "9000\n"}, 9000},
		"version 1":   {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "4:cpu,memory:/x\n3:pids:/y\n", "groups/memory/x/memory.limit_in_bytes": "8000\n"}, 8000},
		"no bound":    {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "4:memory:/\n", "groups/memory/memory.limit_in_bytes": "9223372036854771712\n"}, 1000 << 10},
		"odd":         {map[string]string{"proc/meminfo": "x\nMemTotal:\n", "proc/self/cgroup": "x\n0:\n\n"}, 0},
	} {
		dir := t.TempDir()
		for path, text := range c.files {
			path = filepath.Join(dir, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := memory(filepath.Join(dir, "proc"), filepath.Join(dir, "groups")); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if n := Memory(); n < 64<<20 {
		t.Errorf("this process may have %d bytes", n)
	}
}

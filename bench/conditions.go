package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"ovate/compat/peer"
)

// conditions are what a measurement means nothing without.
type conditions struct {
	Date       time.Time `json:"date"`
	Command    string    `json:"command"`
	Commit     string    `json:"commit"` // with a plus if files were changed
	CPU        string    `json:"cpu"`
	Cores      int       `json:"cores"`
	MemoryGB   float64   `json:"memoryGB"`
	System     string    `json:"system"`
	FileSystem string    `json:"fileSystem"`
	Go         string    `json:"go"`
	Java       string    `json:"java,omitempty"`
	Druid      string    `json:"druid,omitempty"`
	Runs       int       `json:"runs"`
	LoadBefore string    `json:"loadBefore"` // of one, five and fifteen minutes
	LoadAfter  string    `json:"loadAfter"`
	Seconds    float64   `json:"seconds"`
}

// observe looks around. What cannot be found out stays empty.
func observe(ctx context.Context, l *lab) *conditions {
	c := &conditions{
		Date: time.Now().UTC().Truncate(time.Second), Command: "go run ./bench " + strings.Join(os.Args[1:], " "),
		Commit: firstLine(ctx, "git", "rev-parse", "--short", "HEAD"), Cores: runtime.NumCPU(), CPU: procLine("/proc/cpuinfo", "model name"),
		System: firstLine(ctx, "uname", "-sr"), FileSystem: firstLine(ctx, "stat", "-f", "-c", "%T", l.dir),
		Go: runtime.Version(), Runs: l.runs, LoadBefore: loadAverage(),
	}
	if firstLine(ctx, "git", "status", "--porcelain", "--untracked-files=no") != "" {
		c.Commit += "+"
	}
	var kilobytes float64
	if _, err := fmt.Sscan(procLine("/proc/meminfo", "MemTotal"), &kilobytes); err == nil {
		c.MemoryGB = float64(int(kilobytes/(1<<20)*10)) / 10
	}
	if !l.noJava {
		c.Java, c.Druid = firstLine(ctx, "java", "-version"), peer.Version
	}
	return c
}

// finish notes how the machine was at the end.
func (c *conditions) finish() {
	c.LoadAfter = loadAverage()
	c.Seconds = time.Since(c.Date).Round(time.Second).Seconds()
}

func (c *conditions) String() string {
	text := fmt.Sprintf("`%s` at commit %s on %s: %d runs in %.0f s; %s, %d cores, %.1f GB, %s, %s; %s",
		c.Command, c.Commit, c.Date.Format(time.DateTime), c.Runs, c.Seconds, c.CPU, c.Cores, c.MemoryGB, c.System, c.FileSystem, c.Go)
	if c.Druid != "" {
		text += fmt.Sprintf("; Druid %s on %s", c.Druid, c.Java)
	}
	return text + fmt.Sprintf("; load average %s before, %s after.", c.LoadBefore, c.LoadAfter)
}

func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	return strings.Join(strings.Fields(string(text))[:3], " ")
}

// procLine is the value of the first line of a file that begins with key.
func procLine(path, key string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	_, rest, _ := bytes.Cut(text, []byte(key))
	_, rest, _ = bytes.Cut(rest, []byte(":"))
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	return string(bytes.TrimSpace(line))
}

// firstLine is what a command says first, or nothing.
func firstLine(ctx context.Context, command string, args ...string) string {
	out, err := exec.CommandContext(ctx, command, args...).CombinedOutput()
	if err != nil {
		return ""
	}
	line, _, _ := bytes.Cut(out, []byte("\n"))
	return string(bytes.TrimSpace(line))
}

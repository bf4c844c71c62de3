package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// rss is the resident memory of the Overlord's processes, in bytes.
func (t *target) rss() (int64, error) { return t.memory("VmRSS:") }

// peakRSS is the most memory that was ever resident, in bytes.
func (t *target) peakRSS() (int64, error) { return t.memory("VmHWM:") }

// anonymous is the resident memory that is no part of a file, in bytes: what the process holds by itself.
func (t *target) anonymous() (int64, error) { return t.memory("RssAnon:") }

func (t *target) memory(field string) (sum int64, err error) {
	pids, err := t.pids()
	if err != nil {
		return 0, err
	}
	for _, pid := range pids {
		n, err := procField(pid, field)
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// procField reads one of the kernel's figures of a process's memory, in bytes.
func procField(pid int, field string) (int64, error) {
	path := fmt.Sprintf("/proc/%d/status", pid)
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, fmt.Errorf("memory of a process: %w", err)
	}
	_, rest, found := bytes.Cut(text, []byte(field))
	fields := bytes.Fields(rest)
	if !found || len(fields) == 0 {
		return 0, fmt.Errorf("memory of a process: %s has no %s", path, field)
	}
	kilobytes, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("memory of a process: %s in %s: %w", field, path, err)
	}
	return kilobytes << 10, nil
}

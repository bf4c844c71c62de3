package disk

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// TestSyncerServesOnce: whoever serves others leaves those who come meanwhile to one of them, and returns.
func TestSyncerServesOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := NewSyncer(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	slow := filepath.Join(dir, "slow") // to open it takes until somebody writes to it
	if err := unix.Mkfifo(slow, 0o600); err != nil {
		t.Fatal(err)
	}
	first := make(chan error)
	go func() { first <- s.Sync(slow) }()
	serves := func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.busy && len(s.waiting) == 0
	}
	for !serves() {
		runtime.Gosched()
	}
	late := &syncing{[]string{dir}, make(chan error, 1), make(chan struct{}, 1)}
	s.mu.Lock()
	s.waiting = append(s.waiting, late)
	s.mu.Unlock()
	writer, err := os.OpenFile(slow, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	if err := <-first; err == nil {
		t.Error("a pipe is synced")
	}
	select {
	case <-late.leads:
	default:
		t.Fatal("nobody serves the next one")
	}
	next := make(chan error)
	go func() { next <- s.Sync(dir) }()
	s.lead()
	if err := <-late.done; err != nil {
		t.Error(err)
	}
	if err := <-next; err != nil { // served with the late one, or by itself
		t.Error(err)
	}
}

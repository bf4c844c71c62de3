package datadir

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// File is a word for a file, by whatever name, that no other has which is there now: who sees the same file gets the same word, also from
// within a container on the machine, and who sees another one does not, even on another machine. It is another one after the next start of the machine.
func File(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	file, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", fmt.Errorf("%s: %w", path, errors.ErrUnsupported)
	}
	machine, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if errors.Is(err, fs.ErrNotExist) { // where the system has none
		var name string
		name, err = os.Hostname()
		machine = []byte(name)
	}
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d", bytes.TrimSpace(machine), file.Dev, file.Ino))
	return hex.EncodeToString(sum[:16]), nil
}

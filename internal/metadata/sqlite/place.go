package sqlite

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// machineID is where a machine keeps its number (machine-id(5)).
const machineID = "/etc/machine-id"

// place is what tells the file of a database from copies of it, and stays while the file is there and the machine runs, however often it starts.
// Fresh file systems give the same numbers to their files, and images of a disk have all of it in common that is on the disk.
type place struct {
	inode      uint64
	born       string // when the file was made; empty if that is not to be had
	filesystem string // the number that the file system has of itself; may be zeros
	device     uint64
	machine    string // empty in most containers
}

// placeOf looks where an open file is.
func placeOf(file *os.File) (place, error) {
	var stat unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &stat); err != nil {
		return place{}, fmt.Errorf("look at %s: %w", file.Name(), err)
	}
	p := place{inode: uint64(stat.Ino), device: uint64(stat.Dev)}
	if err := p.lookCloser(file); err != nil {
		return place{}, err
	}
	if id, err := os.ReadFile(machineID); err == nil { // one that has no number, or hides it, is told by the rest
		p.machine = string(bytes.TrimSpace(id))
	}
	return p, nil
}

// word is the same for the same place only. The machine's number is not to be read from it, as machine-id(5) asks for.
func (p place) word() string {
	if p.born != "" && unix.Major(p.device) == 0 {
		p.device = 0 // of no disk: drawn anew whenever the file system is mounted
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %q %q %d %q", p.inode, p.born, p.filesystem, p.device, p.machine))
	return hex.EncodeToString(sum[:16])
}

// Identity implements metadata.Store. The file of a copy is another one, and one that was moved within its file system is the same.
func (s *Store) Identity() string { return s.place.word() }

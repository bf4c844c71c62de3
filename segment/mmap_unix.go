//go:build unix

package segment

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// mappings are files mapped into memory: what is not looked at is not read, and the system takes the memory back when
// it needs it.
type mappings [][]byte

func (m *mappings) open(path string) (_ []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return nil, err
	}
	if size := info.Size(); size != int64(int(size)) {
		return nil, fmt.Errorf("%s has %d bytes, more than fit into the address space", path, size)
	}
	data, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("mapping %s into memory: %w", path, err)
	}
	*m = append(*m, data)
	return data, nil
}

// forget gives the pages that were looked at back to the system, which has them at hand when they are looked at again.
func (m *mappings) forget() error {
	var errs []error
	for _, data := range *m {
		errs = append(errs, unix.Madvise(data, unix.MADV_DONTNEED))
	}
	return errors.Join(errs...)
}

// Close unmaps the files.
func (m *mappings) Close() error {
	var errs []error
	for _, data := range *m {
		errs = append(errs, unix.Munmap(data))
	}
	*m = nil
	return errors.Join(errs...)
}

//go:build unix

package segment

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mappings are files mapped into memory: what is not looked at is not read, and the system takes the memory back when
// it needs it.
type mappings []mapping

type mapping struct {
	path string
	data []byte
}

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
	*m = append(*m, mapping{path, data})
	return data, nil
}

// forget gives the pages that were looked at back to the system, which has them at hand when they are looked at again.
func (m *mappings) forget() error {
	var errs []error
	for _, f := range *m {
		errs = append(errs, unix.Madvise(f.data, unix.MADV_DONTNEED))
	}
	return errors.Join(errs...)
}

// find returns the file that is mapped at an address, and its size when it was.
func (m *mappings) find(address uintptr) (path string, size int64, ok bool) {
	for _, f := range *m {
		if start := uintptr(unsafe.Pointer(unsafe.SliceData(f.data))); address-start < uintptr(len(f.data)) {
			return f.path, int64(len(f.data)), true
		}
	}
	return "", 0, false
}

// Close unmaps the files.
func (m *mappings) Close() error {
	var errs []error
	for _, f := range *m {
		errs = append(errs, unix.Munmap(f.data))
	}
	*m = nil
	return errors.Join(errs...)
}

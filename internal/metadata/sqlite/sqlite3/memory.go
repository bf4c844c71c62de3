package sqlite3

import (
	"fmt"
	"strings"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
)

// alloc is memory outside of Go's heap, which SQLite may hold on to.
func (c *Conn) alloc(n int) (uintptr, error) {
	p := libc.Xmalloc(c.tls, types.Size_t(n))
	if p == 0 {
		return 0, &Error{Code: NoMem}
	}
	return p, nil
}

func (c *Conn) free(p uintptr) { libc.Xfree(c.tls, p) }

// freeFunction is a pointer, as C has them, to what frees memory of alloc.
func freeFunction() uintptr {
	f := libc.Xfree
	return *(*uintptr)(unsafe.Pointer(&f))
}

// cString is a copy of s that ends in a NUL.
func (c *Conn) cString(s string) (uintptr, error) {
	if strings.ContainsRune(s, 0) {
		return 0, fmt.Errorf("%q holds a NUL", s)
	}
	p, err := c.alloc(len(s) + 1)
	if err != nil {
		return 0, err
	}
	memory := bytesAt(p, len(s)+1)
	memory[copy(memory, s)] = 0
	return p, nil
}

// bytesAt is memory outside of Go's heap, as long as it is there.
func bytesAt(p uintptr, n int) []byte {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(pointer(p)), n)
}

// pointer is the address p, which is none of Go's heap.
func pointer(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

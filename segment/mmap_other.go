//go:build !unix

package segment

import "os"

// mappings are files read into memory, where they can not be mapped.
type mappings struct{}

func (*mappings) open(path string) ([]byte, error) { return os.ReadFile(path) }

func (*mappings) forget() error { return nil }

// find finds nothing: what is in memory can be read.
func (*mappings) find(uintptr) (path string, size int64, ok bool) { return "", 0, false }

// Close has nothing to do.
func (*mappings) Close() error { return nil }

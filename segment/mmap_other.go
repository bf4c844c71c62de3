//go:build !unix

package segment

import "os"

// mappings are files read into memory, where they can not be mapped.
type mappings struct{}

func (*mappings) open(path string) ([]byte, error) { return os.ReadFile(path) }

func (*mappings) forget() error { return nil }

// Close has nothing to do.
func (*mappings) Close() error { return nil }

package metadata

import (
	"crypto/sha1" //nolint:gosec // Druid's own.
	"fmt"
)

// CommitKey is what Druid compares to find out whether commit metadata has changed: the SHA-1 of its bytes.
func CommitKey(payload []byte) string { return fmt.Sprintf("%X", sha1.Sum(payload)) } //nolint:gosec // Druid's own.

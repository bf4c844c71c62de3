//go:build peer

package peer

import (
	"flag"
	"math/rand/v2"
	"testing"
)

var seedFlag = flag.Uint64("seed", 0, "what the tests draw by that kill and freeze; 0 draws one")

// drawn is what a test draws by, which its log tells.
func drawn(t *testing.T) uint64 {
	t.Helper()
	seed := *seedFlag
	for seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-seed %d", seed)
	return seed
}

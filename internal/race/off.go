//go:build !race

// Package race tells tests whether the race detector is at work, which makes what they do ten times slower and finds in a part of it what it finds in
// all of it.
package race

// Enabled is whether the race detector is at work.
const Enabled = false

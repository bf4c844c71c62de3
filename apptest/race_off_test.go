//go:build !race

package apptest

// underRace tells that the race detector is at work.
const underRace = false

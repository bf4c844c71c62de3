//go:build race

package apptest

// underRace tells that the race detector is at work, which makes a crowd ten times slower and finds in it what it finds in a tenth of it.
const underRace = true

//go:build !race

package sqlite_test

// mostSegments is how many segments are there at most where costs are counted.
const mostSegments = 2500

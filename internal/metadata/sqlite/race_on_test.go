//go:build race

package sqlite_test

// mostSegments is fewer under the race detector, which makes each slower, while what is counted is the same.
const mostSegments = 500

//go:build !race

package remote_test

// mostSteps is how many things happen in a run at most.
const mostSteps = 40

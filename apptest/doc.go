// Package apptest tests the built binary from outside, over HTTP and by what it leaves on disk, on its bad days: killed at
// any moment, without room on the disk, with input that is no data, with a clock that was moved.
//
// docs/promises.md says what each test shows. Three environment variables make the tests do more than by default:
//
//	OVATE_KILLS=1000    rounds of TestKilledUnderLoad
//	OVATE_SEED=7        the seed of everything random
//	OVATE_BUILD=-race   flags for building the binary
package apptest

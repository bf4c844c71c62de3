// Package compat holds ovate against what a real Druid 33.0.0 answered: testdata/api has the recorded conversations.
// The tests replay them against the built binary. Every place where ovate answers otherwise is in the table of
// differences.go, which docs/differences.md repeats for readers.
package compat

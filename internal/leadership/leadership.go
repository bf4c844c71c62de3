// Package leadership holds the ways in which servers agree on which of them leads. leadershiptest fixes what each must do.
package leadership

import "context"

// Leadership is a way to agree.
type Leadership interface {
	// Gain takes part in the election until this server has the lead, or ctx ends. If another has the lead, waits is called before that is
	// waited for.
	Gain(ctx context.Context, waits func()) (*Lead, error)
	// Leader is the address of the server that has the lead, as far as is known here; empty if none has.
	Leader() string
}

// Lead is the lead as one server has it, from the time that it gains it until it loses it or gives it back.
type Lead struct {
	// Lasts ends when the lead is lost, which is before another server has it, as far as clocks and networks allow: a server that was
	// stopped for a while may find out late. That is what the epoch is for.
	Lasts context.Context
	// Epoch is greater than that of every lead before, whoever had it; 0 of an election that remembers none. The metadata store, which
	// begins a term with it, then draws a number, and the term that began last counts.
	Epoch int64
	// Resign gives the lead back. It may be called after it is lost, too, and twice.
	Resign func()
}

package sqldb

import (
	"fmt"

	"ovate/druid"
	"ovate/internal/metadata"
)

// kind is what an error of the database means for whoever gets it.
type kind int

const (
	// other is of what somebody has to mend, or mends already: a password that is changed, a table or a right that is missing, also for as long as
	// a failover takes. Nothing that is accepted comes to its end by it.
	other kind = iota
	// conflict: another transaction was in the way; the same one succeeds later.
	conflict
	// taken: a row with the same key is there.
	taken
	// busy: the server refuses for now: it has no room, too many connections, or it starts.
	busy
	// unreachable: the connection broke, or there was none.
	unreachable
	// refused: the database does not take the data, for a column, a rule or a trigger.
	refused
)

// fault is an error of the database. answered tells that the server told it, so that a COMMIT that met it has not happened.
type fault struct {
	kind     kind
	answered bool
}

// untold is for errors that no server told. Whatever the driver calls them, they are of the way to the server, nearly always: nothing is
// given up for one.
var untold = fault{kind: unreachable}

// typed gives an error the type that tells callers whether trying again may help.
func (s *Store) typed(err error) error {
	switch s.dialect.fault(err).kind {
	case refused:
		return &metadata.PermanentError{Err: druid.InvalidInput("%s cannot store it: %v", s.dialect.name, err)}
	case taken:
		return err
	default:
		return &metadata.TransientError{Err: fmt.Errorf("%s at %s: %w", s.dialect.name, s.where, err)}
	}
}

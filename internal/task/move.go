package task

import (
	"ovate/druid"
	"ovate/internal/spec"
)

// moveKind is that of tasks which move the files of unused segments: `move`, `archive` and `restore`.
func moveKind(typ string) Kind {
	return Kind{
		Type: typ, TakesLocks: true,
		check:   (*spec.Document).CheckMove,
		outline: outlineOfInterval(func(*druid.Context) druid.LockType { return druid.Exclusive }),
	}
}

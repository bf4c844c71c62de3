package task

import "ovate/druid"

// moveKind is that of tasks which move the files of unused segments: `move`, `archive` and `restore`.
func moveKind(typ string) Kind {
	return Kind{Type: typ, TakesLocks: true, outline: outlineOfInterval(func(*druid.Context) druid.LockType { return druid.Exclusive })}
}

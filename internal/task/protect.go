package task

import (
	"fmt"
	"runtime/debug"
)

// PanicError is a panic in the work for one task.
type PanicError struct {
	Value any
	Stack string
}

// Error is what the task's status says; the stack is for logs.
func (e *PanicError) Error() string {
	return fmt.Sprintf("the task failed through a fault of the server: %v", e.Value)
}

// Protect runs a part of the work for one task. A panic in it is a fault of the server, which costs this task its run but must
// not end the process: it becomes a *PanicError. A goroutine that works for a task begins with it.
func Protect(fn func() error) (err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = &PanicError{problem, string(debug.Stack())}
		}
	}()
	return fn()
}

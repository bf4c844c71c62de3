package stream

// MissingError means that there is no such stream, or no such partition in it.
type MissingError struct{ What string }

func (e *MissingError) Error() string { return e.What + " is not there" }

// DeniedError means that the stream does not let this client in, or see something, or is not the one that the client trusts. Asking again does not help
// until someone has changed rights or settings.
type DeniedError struct{ What, Why string }

func (e *DeniedError) Error() string { return e.What + " may not be asked: " + e.Why }

// UnreachableError means that nobody could answer. That may pass by itself.
type UnreachableError struct{ What, Why string }

func (e *UnreachableError) Error() string { return e.What + " cannot be asked now: " + e.Why }

package supervisor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"ovate/internal/metadata"
)

// SuspendAll has all supervisors rest, or go on. The error is as Each tells.
func (m *Manager) SuspendAll(ctx context.Context, suspended bool) error {
	return Each(m.All(), func(one *Supervisor) error { return SuspendUnless(ctx, m, one, suspended) })
}

// TerminateAll ends all supervisors, those that cannot be read, too. The error is as Each tells.
func (m *Manager) TerminateAll(ctx context.Context) error {
	return Each(m.All(), func(one *Supervisor) error { return m.Terminate(ctx, one.ID) })
}

// Suspender has a supervisor rest, or go on.
type Suspender interface {
	Suspend(ctx context.Context, id string, suspended bool) (*Supervisor, error)
}

// SuspendUnless has a supervisor rest, or go on, unless it does, also since somebody else has said so.
func SuspendUnless(ctx context.Context, by Suspender, one *Supervisor, suspended bool) error {
	readable := one.Spec != nil
	if readable && one.Suspended == suspended {
		return nil
	}
	_, err := by.Suspend(ctx, one.ID, suspended)
	if already := (*Refusal)(nil); readable && errors.As(err, &already) {
		return nil
	}
	return err
}

// toldOf is how many supervisors the error of Each tells of.
const toldOf = 10

// Each does something with supervisors, whatever became of those before; only the end of the term ends it. One that is gone meanwhile does not matter. The error
// tells with which it could not be done, and why; it is a *Refusal if all of these were refused.
func Each(all []*Supervisor, do func(*Supervisor) error) error {
	var failure error // the first that is no refusal
	var failed []string
	for _, one := range all {
		err := do(one)
		if err == nil || errors.Is(err, metadata.ErrNotFound) {
			continue
		}
		if errors.Is(err, metadata.ErrTermOver) {
			return err
		}
		failed = append(failed, fmt.Sprintf("supervisor[%s]: %v", one.ID, err))
		if refused := (*Refusal)(nil); failure == nil && !errors.As(err, &refused) {
			failure = err
		}
	}
	if len(failed) == 0 {
		return nil
	}
	told := strings.Join(failed[:min(len(failed), toldOf)], " ")
	if more := len(failed) - toldOf; more > 0 {
		told += fmt.Sprintf(" And %d more.", more)
	}
	told = fmt.Sprintf("%d of %d supervisors could not be changed, the others are as they were asked to be: %s", len(failed), len(all), told)
	if failure == nil {
		return refuse("%s", told)
	}
	return &partly{told, failure}
}

// partly is a failure with some supervisors, of the kind of the first.
type partly struct {
	told  string
	first error
}

func (p *partly) Error() string { return p.told }
func (p *partly) Unwrap() error { return p.first }

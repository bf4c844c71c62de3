package supervisor

import (
	"bytes"
	"cmp"
	"context"
	"errors"

	"ovate/druid"
	"ovate/internal/auth"
	"ovate/internal/metadata"
	"ovate/internal/secret"
	taskspec "ovate/internal/spec"
	"ovate/internal/supervisor/document"
)

// UnknownType is that of a spec of which nobody here knows what it is.
type UnknownType struct{ Type string }

// Error names it.
func (u *UnknownType) Error() string { return "no supervisors are of type " + u.Type }

// Submit has a supervisor run by a spec, in the place of the one that there is of its id. With unlessSame it does nothing if that has this spec. When it
// returns nil the spec is stored, and the one before it holds no more. The error is an *UnknownType or a *Refusal if the
// spec cannot be, and a *druid.Error if there is no room for it.
func (m *Manager) Submit(ctx context.Context, document []byte, unlessSame bool) (*Supervisor, error) {
	by := asked{uri: path}
	if unlessSame {
		by.query = "skipRestartIfUnmodified=true"
	}
	return m.submit(ctx, document, unlessSame, by)
}

// Keep is a Submit unless the supervisor has this spec, for a request to another path than that of supervisors.
func (m *Manager) Keep(ctx context.Context, document []byte, uri string) (*Supervisor, error) {
	return m.submit(ctx, document, true, asked{uri: uri})
}

// path is where supervisors are submitted.
const path = "/druid/indexer/v1/supervisor"

// asked is the request by which a spec was submitted.
type asked struct{ uri, query string }

func (m *Manager) submit(ctx context.Context, document []byte, unlessSame bool, by asked) (*Supervisor, error) {
	spec, k, err := m.read(ctx, bytes.Clone(bytes.TrimSpace(document)))
	if err != nil {
		return nil, err
	}
	c, err := m.change(ctx, spec.ID)
	if err != nil {
		return nil, err
	}
	defer c.finish()
	payload := spec.Payload
	if old := m.find(spec.ID); old != nil && old.spec != nil && same(old.spec, spec) {
		if unlessSame {
			return old.shown(), nil
		}
		payload, spec = nil, old.spec
	}
	next := newMember(spec, k, m.host)
	if k.Run != nil && !next.shown().Runs() {
		return nil, refuse("%s", next.rests.Why)
	}
	next.by = auth.From(ctx).Name
	if err := c.claim(next); err != nil {
		return nil, err
	}
	if err := c.store(ctx, payload, submitted(ctx, spec, by, m.options.Now()), next); err != nil {
		return nil, err
	}
	return next.shown(), nil
}

// MostSpec is how many bytes a spec has at most that is submitted. Each version is kept, and is in the memory of who leads and of whoever is shown it; what has more
// has data in it, which belongs into a file.
const MostSpec = 8 << 20

// read reads a spec that is submitted.
func (m *Manager) read(ctx context.Context, text []byte) (*Spec, *Kind, error) {
	if len(text) > MostSpec {
		return nil, nil, refuse("The spec has %d bytes, but must have at most %d. Data that is in it belongs into a file, which the spec names.", len(text), MostSpec)
	}
	typ, err := metadata.DecodeSupervisor(text)
	if err != nil {
		return nil, nil, refuse("The spec of a supervisor cannot be read: %w.", err)
	}
	if at := secret.Placeholder(text); at != "" {
		return nil, nil, refuse("Field [%s] has the *** that is shown in the place of a secret. Send the secret itself, or where it is found, such as "+
			`{"type":"environment","variable":"NAME"}: what is stored is not put into a spec that somebody else may have changed.`, at)
	}
	k, known := kindOf(typ, m.kinds)
	if !known {
		return nil, nil, &UnknownType{typ}
	}
	spec, root, err := k.parse(text)
	if err != nil {
		return nil, nil, &Refusal{err}
	}
	if k.Target != nil && spec.DataSource == "" {
		if spec.DataSource, err = k.Target(ctx, spec); err != nil {
			return nil, nil, err
		}
		spec.asked = true
		spec.Payload = withMember(spec.Payload, "dataSource", druid.AppendString(nil, spec.DataSource))
	}
	if k.Type != ended {
		if err := k.name(spec, root); err != nil {
			return nil, nil, err
		}
	}
	if k.Check != nil {
		if err := k.Check(spec); err != nil {
			return nil, nil, refused(err)
		}
	}
	spec.show()
	return spec, k, nil
}

// refused is a Refusal for what is wrong with a spec.
func refused(err error) error {
	if already := (*Refusal)(nil); errors.As(err, &already) {
		return err
	}
	return &Refusal{err}
}

// name gives the supervisor of a spec that is submitted its id.
func (k *Kind) name(spec *Spec, root document.Value) error {
	place := cmp.Or(k.place, "dataSource")
	if spec.DataSource == "" {
		return RefuseField(place, "is missing: it must name the data source that the supervisor writes to.")
	}
	if err := druid.ValidateID(place, spec.DataSource); err != nil {
		return &Refusal{err}
	}
	if n := len(spec.DataSource); n > taskspec.MaxDataSource {
		return refuse("Field [%s] has %d bytes, but must have at most %d, as the data source of a task.", place, n, taskspec.MaxDataSource)
	}
	if spec.ID = spec.DataSource; k.identify != nil {
		if err := k.identify(spec, root); err != nil {
			return err
		}
	}
	if err := druid.ValidateID("id", spec.ID); err != nil {
		return &Refusal{err}
	}
	return nil
}

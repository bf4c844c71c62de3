package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/metadata"
)

// Own is the source that a server without a Coordinator keeps itself, in rows of druid_config. Rows of a Coordinator that are there take their place.
type Own struct {
	Store metadata.Store
	Rows  Rows
	// Passwords of the users that there are from the beginning, by authenticator and user. A user who is there keeps the password.
	Passwords map[string]map[string]string
	// Iterations are by authenticator.
	Iterations map[string]int
	Now        func() druid.Instant

	begun sync.Map // names of rows that have what there is from the beginning: as in Druid it is added once in the life of a server, and not to what is changed then
}

// Users whom a server has from the beginning: the first person, and other servers. Druid calls them so, too.
const (
	Admin    = "admin"
	Internal = "druid_system"
)

// Errors of changes, which Druid answers with status 400.
var (
	// ErrNone is that there is no such user, role, authenticator or authorizer.
	ErrNone = errors.New("does not exist")
	// ErrExists is that it is there already.
	ErrExists = errors.New("already exists")
	// ErrElsewhere is that a Coordinator keeps the users.
	ErrElsewhere = errors.New("users, roles and permissions are kept by the Coordinator, which is to be asked: its rows are in this database")
)

func usersRow(authenticator string) string { return "ovate.authenticator." + authenticator + ".users" }
func grantsRow(authorizer string) string   { return "ovate.authorizer." + authorizer + ".grants" }

// Users reads the users, and adds those that there are from the beginning.
func (o *Own) Users(ctx context.Context, authenticator string) (map[string]*Credentials, error) {
	users, err := o.Rows.Users(ctx, authenticator)
	if !errors.Is(err, metadata.ErrNotFound) {
		return users, err
	}
	row := usersRow(authenticator)
	if err := o.begin(ctx, row, func(stored []byte) ([]byte, error) {
		users, missing := map[string]*Credentials{}, false
		if stored != nil {
			if users, err = ReadUsers(stored); err != nil {
				return nil, err
			}
		}
		for _, name := range slices.Sorted(maps.Keys(o.Passwords[authenticator])) {
			if _, there := users[name]; there {
				continue
			}
			missing = true
			if users[name], err = NewCredentials(o.Passwords[authenticator][name], o.Iterations[authenticator]); err != nil {
				return nil, err
			}
		}
		if !missing {
			return nil, nil
		}
		return writeUsers(users)
	}); err != nil {
		return nil, err
	}
	stored, err := o.Store.Config(ctx, row)
	if errors.Is(err, metadata.ErrNotFound) {
		return nil, fmt.Errorf("nobody can log in, as there are no users: druid.auth.authenticator.%s.initialAdminPassword makes the first one", authenticator)
	}
	if err != nil {
		return nil, err
	}
	return ReadUsers(stored)
}

// Grants reads what there is; in the beginning the two users of the beginning may do everything.
func (o *Own) Grants(ctx context.Context, authorizer string) (*Grants, error) {
	grants, err := o.Rows.Grants(ctx, authorizer)
	if !errors.Is(err, metadata.ErrNotFound) {
		return grants, err
	}
	row := grantsRow(authorizer)
	if err := o.begin(ctx, row, func(stored []byte) ([]byte, error) {
		if stored == nil {
			return nil, nil // it is stored when something of it is changed
		}
		grants, err := ReadGrants(stored)
		if err != nil || !grants.begin() {
			return nil, err
		}
		return json.Marshal(grants)
	}); err != nil {
		return nil, err
	}
	stored, err := o.Store.Config(ctx, row)
	if errors.Is(err, metadata.ErrNotFound) {
		return beginning(), nil
	}
	if err != nil {
		return nil, err
	}
	return ReadGrants(stored)
}

// begin adds to a row what there is from the beginning, unless this server has done so.
func (o *Own) begin(ctx context.Context, row string, edit func(stored []byte) ([]byte, error)) error {
	if _, done := o.begun.Load(row); done {
		return nil
	}
	err := o.swap(ctx, row, "", edit)
	if err == nil {
		o.begun.Store(row, true)
	}
	return err
}

// beginning is what an authorizer knows in the beginning.
func beginning() *Grants {
	g := &Grants{Users: map[string]Granted{}, Roles: map[string]Role{}}
	g.begin()
	return g
}

// begin adds the users of the beginning and their roles where they are missing, as Druid does, and tells whether any were. Who has lost the role as
// it was removed has it again, which in Druid nobody could give anybody any more.
func (g *Grants) begin() (missing bool) {
	for _, name := range []string{Admin, Internal} {
		_, role := g.Roles[name]
		user, there := g.Users[name]
		if !role {
			g.Roles[name] = everything(name)
		}
		if !role || !there {
			g.Users[name], missing = Granted{Name: name, Roles: append(user.Roles, name)}, true
		}
	}
	return missing
}

// Types are those that Druid's resources have.
func Types() []string {
	return []string{TypeDataSource, "VIEW", TypeConfig, TypeState, TypeExternal, "SYSTEM_TABLE", "QUERY_CONTEXT"}
}

// everything is a role that permits all that there is.
func everything(name string) Role {
	role := Role{Name: name}
	for _, kind := range Types() {
		role.Permissions = append(role.Permissions, Permit(Read, kind, ".*"), Permit(Write, kind, ".*"))
	}
	return role
}

// ChangeUsers stores what edit makes of the users of an authenticator. What tells the audit history what was done.
func (o *Own) ChangeUsers(ctx context.Context, authenticator, what string, edit func(map[string]*Credentials) error) error {
	if _, err := o.Rows.Users(ctx, authenticator); !errors.Is(err, metadata.ErrNotFound) {
		return errors.Join(err, ErrElsewhere)
	}
	return o.swap(ctx, usersRow(authenticator), what, func(stored []byte) (text []byte, err error) {
		users := map[string]*Credentials{}
		if stored != nil {
			if users, err = ReadUsers(stored); err != nil {
				return nil, err
			}
		}
		if err := edit(users); err != nil {
			return nil, err
		}
		return writeUsers(users)
	})
}

// ChangeGrants is the same for an authorizer.
func (o *Own) ChangeGrants(ctx context.Context, authorizer, what string, edit func(*Grants) error) error {
	if _, err := o.Rows.Grants(ctx, authorizer); !errors.Is(err, metadata.ErrNotFound) {
		return errors.Join(err, ErrElsewhere)
	}
	return o.swap(ctx, grantsRow(authorizer), what, func(stored []byte) (text []byte, err error) {
		grants := beginning()
		if stored != nil {
			if grants, err = ReadGrants(stored); err != nil {
				return nil, err
			}
		}
		if err := edit(grants); err != nil {
			return nil, err
		}
		return json.Marshal(grants)
	})
}

// swap stores what edit makes of a row, unless that is nil, with an entry in the audit history, which tells nothing of what the row has.
func (o *Own) swap(ctx context.Context, name, what string, edit func(stored []byte) ([]byte, error)) error {
	for {
		stored, err := o.Store.Config(ctx, name)
		if errors.Is(err, metadata.ErrNotFound) {
			stored, err = nil, nil
		}
		if err != nil {
			return err
		}
		text, err := edit(stored)
		if err != nil || text == nil {
			return err
		}
		err = o.Store.Update(ctx, func(tx metadata.Tx) error {
			if err := tx.SwapConfig(name, stored, text); err != nil || what == "" {
				return err
			}
			return tx.InsertAudit(audit.Entry{Key: name, Type: "security", Payload: druid.AppendString(nil, what), Time: o.Now()}.Row(ctx))
		})
		if errors.Is(err, metadata.ErrChanged) && ctx.Err() == nil {
			continue
		}
		if err != nil {
			return fmt.Errorf("config %s of the metadata: %w", name, err)
		}
		return nil
	}
}

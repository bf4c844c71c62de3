package client

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
)

// Permission lets a role do something to the resources of a type whose names match a pattern.
type Permission struct {
	Action  string // READ or WRITE
	Type    string // DATASOURCE, STATE, CONFIG or EXTERNAL, or another of Druid's
	Pattern string // a regular expression of the whole name
}

// MarshalJSON writes it as Druid does.
func (p Permission) MarshalJSON() ([]byte, error) { return json.Marshal(p.wire()) }

// UnmarshalJSON reads what Druid writes.
func (p *Permission) UnmarshalJSON(text []byte) error {
	var w, stored permissionOnWire
	var within struct {
		Within *permissionOnWire `json:"resourceAction"`
	}
	within.Within = &stored
	if err := errors.Join(json.Unmarshal(text, &w), json.Unmarshal(text, &within)); err != nil {
		return err
	}
	if stored.Action != "" {
		w = stored
	}
	*p = Permission{w.Action, w.Resource.Type, w.Resource.Name}
	return nil
}

type permissionOnWire struct {
	Resource struct {
		Name string `json:"name"`
		Type string `json:"type"`
	} `json:"resource"`
	Action string `json:"action"`
}

func (p Permission) wire() (w permissionOnWire) {
	w.Action, w.Resource.Type, w.Resource.Name = p.Action, p.Type, p.Pattern
	return w
}

// Security is the users, roles and permissions that a server keeps, or a Coordinator of Druid with its druid-basic-security.
type Security struct {
	c                         *Client
	authenticator, authorizer string
}

// Security is about an authenticator and an authorizer of the type basic, by the names that the properties of the server give them.
func (c *Client) Security(authenticator, authorizer string) *Security {
	return &Security{c, authenticator, authorizer}
}

// Users are the names of those who can log in.
func (s *Security) Users(ctx context.Context) (names []string, err error) {
	err = s.c.call(ctx, http.MethodGet, s.logins(), nil, &names)
	return names, err
}

// AddUser adds a user, who can log in once there is a password, and may do nothing before there is a role.
func (s *Security) AddUser(ctx context.Context, name string) error {
	if err := s.change(ctx, http.MethodPost, s.login(name), nil); err != nil {
		return err
	}
	return s.change(ctx, http.MethodPost, s.user(name), nil)
}

// RemoveUser removes a user.
func (s *Security) RemoveUser(ctx context.Context, name string) error {
	if err := s.change(ctx, http.MethodDelete, s.login(name), nil); err != nil {
		return err
	}
	return s.change(ctx, http.MethodDelete, s.user(name), nil)
}

// SetPassword gives a user another password.
func (s *Security) SetPassword(ctx context.Context, name, password string) error {
	return s.change(ctx, http.MethodPost, s.login(name)+"/credentials", map[string]string{"password": password})
}

// RolesOf are the roles of a user.
func (s *Security) RolesOf(ctx context.Context, name string) ([]string, error) {
	var user struct {
		Roles []string `json:"roles"`
	}
	err := s.c.call(ctx, http.MethodGet, s.user(name), nil, &user)
	return user.Roles, err
}

// Grant gives a user a role.
func (s *Security) Grant(ctx context.Context, name, role string) error {
	return s.change(ctx, http.MethodPost, s.user(name)+"/roles/"+url.PathEscape(role), nil)
}

// Revoke takes a role from a user.
func (s *Security) Revoke(ctx context.Context, name, role string) error {
	return s.change(ctx, http.MethodDelete, s.user(name)+"/roles/"+url.PathEscape(role), nil)
}

// Roles are the names of the roles.
func (s *Security) Roles(ctx context.Context) (names []string, err error) {
	err = s.c.call(ctx, http.MethodGet, s.roles(), nil, &names)
	return names, err
}

// AddRole adds a role without permissions.
func (s *Security) AddRole(ctx context.Context, name string) error {
	return s.change(ctx, http.MethodPost, s.role(name), nil)
}

// RemoveRole removes a role, also from its users.
func (s *Security) RemoveRole(ctx context.Context, name string) error {
	return s.change(ctx, http.MethodDelete, s.role(name), nil)
}

// Permissions are those of a role.
func (s *Security) Permissions(ctx context.Context, role string) (all []Permission, err error) {
	err = s.c.call(ctx, http.MethodGet, s.role(role)+"/permissions", nil, &all)
	return all, err
}

// SetPermissions takes the place of all permissions that a role has.
func (s *Security) SetPermissions(ctx context.Context, role string, all []Permission) error {
	return s.change(ctx, http.MethodPost, s.role(role)+"/permissions", append([]Permission{}, all...))
}

const security = "/druid-ext/basic-security"

func (s *Security) logins() string {
	return security + "/authentication/db/" + url.PathEscape(s.authenticator) + "/users"
}
func (s *Security) login(name string) string { return s.logins() + "/" + url.PathEscape(name) }

func (s *Security) granted() string {
	return security + "/authorization/db/" + url.PathEscape(s.authorizer)
}
func (s *Security) user(name string) string { return s.granted() + "/users/" + url.PathEscape(name) }
func (s *Security) roles() string           { return s.granted() + "/roles" }
func (s *Security) role(name string) string { return s.roles() + "/" + url.PathEscape(name) }

func (s *Security) change(ctx context.Context, method, path string, body any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	answer, err := s.c.open(ctx, method, path, text)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

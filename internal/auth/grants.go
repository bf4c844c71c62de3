package auth

import (
	"fmt"
	"net/http"
	"slices"
)

// This file is the part of Handler that is about what users may do.

// grants reads what an authorizer knows.
func (h *Handler) grants(r *http.Request) (*Grants, error) {
	own, err := h.keepsGrants(r)
	if err != nil {
		return nil, err
	}
	return own.Grants(r.Context(), r.PathValue("name"))
}

func (h *Handler) listGranted(r *http.Request) (any, error) {
	g, err := h.grants(r)
	if err != nil {
		return nil, err
	}
	return names(g.Users), nil
}

// showGranted is a user with the names of the roles.
func (h *Handler) showGranted(r *http.Request) (any, error) {
	g, err := h.grants(r)
	if err != nil {
		return nil, err
	}
	user, there := g.Users[r.PathValue("user")]
	if !there {
		return nil, noGranted(r.PathValue("user"))
	}
	return user, nil
}

func (h *Handler) listRoles(r *http.Request) (any, error) {
	g, err := h.grants(r)
	if err != nil {
		return nil, err
	}
	return names(g.Roles), nil
}

func (h *Handler) showPermissions(r *http.Request) (any, error) {
	g, err := h.grants(r)
	if err != nil {
		return nil, err
	}
	role, there := g.Roles[r.PathValue("role")]
	if !there {
		return nil, noRole(r.PathValue("role"))
	}
	return append([]ResourceAction{}, role.Permissions...), nil
}

// setPermissions takes the place of all permissions that a role has.
func (h *Handler) setPermissions(r *http.Request) (any, error) {
	var given []ResourceAction
	if err := body(r, &given); err != nil {
		return nil, err
	}
	for i, p := range given {
		if p.Action != Read && p.Action != Write {
			return nil, &badRequest{fmt.Errorf("[%d].action is [%s], and must be READ or WRITE", i, p.Action)}
		}
		if p.Resource.Type == "" || p.Resource.Name == "" {
			return nil, &badRequest{fmt.Errorf("[%d].resource must have a type, such as DATASOURCE, and a name, which is a regular expression", i)}
		}
		if _, err := p.compile(); err != nil {
			return nil, &badRequest{fmt.Errorf("[%d].resource.name is [%s], and must be a regular expression that can be told here: %w", i, p.Resource.Name, err)}
		}
	}
	return h.changeGrants("got other permissions", func(g *Grants, _, role string) error {
		if _, there := g.Roles[role]; !there {
			return noRole(role)
		}
		g.Roles[role] = Role{role, given}
		return nil
	})(r)
}

// changeGrants is an endpoint that changes what an authorizer knows of a user, a role, or both.
func (h *Handler) changeGrants(done string, edit func(g *Grants, user, role string) error) endpoint {
	return func(r *http.Request) (any, error) {
		own, err := h.keepsGrants(r)
		if err != nil {
			return nil, err
		}
		user, role := r.PathValue("user"), r.PathValue("role")
		what := ""
		if user != "" {
			what += fmt.Sprintf("user[%s] ", user)
		}
		if role != "" {
			what += fmt.Sprintf("role[%s] ", role)
		}
		err = own.ChangeGrants(r.Context(), r.PathValue("name"), what+done, func(g *Grants) error { return edit(g, user, role) })
		return nil, h.changed(r, err)
	}
}

func noGranted(user string) error { return fmt.Errorf("user[%s] %w", user, ErrNone) }
func noRole(role string) error    { return fmt.Errorf("role[%s] %w", role, ErrNone) }

func addGranted(g *Grants, user, _ string) error {
	if _, there := g.Users[user]; there {
		return fmt.Errorf("user[%s] %w", user, ErrExists)
	}
	g.Users[user] = Granted{Name: user, Roles: []string{}}
	return nil
}

func removeGranted(g *Grants, user, _ string) error {
	if _, there := g.Users[user]; !there {
		return noGranted(user)
	}
	delete(g.Users, user)
	return nil
}

func addRole(g *Grants, _, role string) error {
	if _, there := g.Roles[role]; there {
		return fmt.Errorf("role[%s] %w", role, ErrExists)
	}
	g.Roles[role] = Role{role, []ResourceAction{}}
	return nil
}

// removeRole takes it from the users, too.
func removeRole(g *Grants, _, role string) error {
	if _, there := g.Roles[role]; !there {
		return noRole(role)
	}
	delete(g.Roles, role)
	for name, user := range g.Users {
		user.Roles = slices.DeleteFunc(user.Roles, func(of string) bool { return of == role })
		g.Users[name] = user
	}
	return nil
}

func addRoleOf(g *Grants, name, role string) error {
	user, there := g.Users[name]
	if !there {
		return noGranted(name)
	}
	if _, there := g.Roles[role]; !there {
		return noRole(role)
	}
	if slices.Contains(user.Roles, role) {
		return fmt.Errorf("user[%s] with role[%s] %w", name, role, ErrExists)
	}
	user.Roles = append(user.Roles, role)
	g.Users[name] = user
	return nil
}

func removeRoleOf(g *Grants, name, role string) error {
	user, there := g.Users[name]
	if !there {
		return noGranted(name)
	}
	at := slices.Index(user.Roles, role)
	if at < 0 {
		return fmt.Errorf("user[%s] with role[%s] %w", name, role, ErrNone)
	}
	user.Roles = slices.Delete(user.Roles, at, at+1)
	g.Users[name] = user
	return nil
}

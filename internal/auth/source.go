package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"ovate/internal/metadata"
)

// extension is where Druid's basic security is on every server.
const extension = "/druid-ext/basic-security"

// Asked is the source that the Coordinator of a cluster is.
type Asked struct {
	// Get is the Coordinator's answer to GET of a path.
	Get func(ctx context.Context, path string) (status int, body []byte, err error)
}

// Users asks for the user map.
func (a Asked) Users(ctx context.Context, authenticator string) (map[string]*Credentials, error) {
	body, err := a.ask(ctx, "authentication", authenticator)
	if err != nil {
		return nil, err
	}
	return ReadUsers(body)
}

// Grants asks for the user map and the role map.
func (a Asked) Grants(ctx context.Context, authorizer string) (*Grants, error) {
	body, err := a.ask(ctx, "authorization", authorizer)
	if err != nil {
		return nil, err
	}
	return ReadGrants(body)
}

func (a Asked) ask(ctx context.Context, area, name string) ([]byte, error) {
	path := extension + "/" + area + "/db/" + url.PathEscape(name) + "/cachedSerializedUserMap"
	status, body, err := a.Get(ctx, path)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("the Coordinator answers GET %s with status %d; its druid.auth.* and druid.escalator.* must fit those of this server", path, status)
	}
	return body, err
}

// Rows is the source that the rows of druid_config are, which a Coordinator keeps on the same database. They may be missing: metadata.ErrNotFound.
type Rows struct{ Store metadata.Reader }

// Users reads the user map.
func (r Rows) Users(ctx context.Context, authenticator string) (map[string]*Credentials, error) {
	text, err := r.Store.Config(ctx, "basic_authentication_"+authenticator+"_users")
	if err != nil {
		return nil, err
	}
	return ReadUsers(text)
}

// Grants reads the user map and the role map.
func (r Rows) Grants(ctx context.Context, authorizer string) (*Grants, error) {
	g := new(Grants)
	for _, part := range []struct {
		name string
		into any
	}{{"users", &g.Users}, {"roles", &g.Roles}} {
		name := "basic_authorization_" + authorizer + "_" + part.name
		text, err := r.Store.Config(ctx, name)
		if err != nil {
			return nil, err
		}
		if err := readMap(text, part.into); err != nil {
			return nil, fmt.Errorf("config %s of the metadata: %w", name, err)
		}
	}
	return g, nil
}

// Cluster is the source in a cluster: the Coordinator, or, where it does not answer, the rows that it keeps, if they are on the same database.
type Cluster struct {
	Asked Asked
	Rows  Rows
}

// Users are those of the first that tells.
func (c Cluster) Users(ctx context.Context, authenticator string) (map[string]*Credentials, error) {
	return first(ctx, authenticator, c.Asked.Users, c.Rows.Users)
}

// Grants are those of the first that tells.
func (c Cluster) Grants(ctx context.Context, authorizer string) (*Grants, error) {
	return first(ctx, authorizer, c.Asked.Grants, c.Rows.Grants)
}

func first[T any](ctx context.Context, name string, ask, otherwise func(context.Context, string) (T, error)) (T, error) {
	found, err := ask(ctx, name)
	if err == nil {
		return found, nil
	}
	found, second := otherwise(ctx, name)
	if errors.Is(second, metadata.ErrNotFound) {
		return found, err
	}
	if second != nil {
		second = errors.Join(err, second)
	}
	return found, second
}

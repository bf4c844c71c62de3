// Package auth is who asks, and what they may: authenticators find out by whom a request is sent, and authorizers know what that identity may do.
// Names and meanings are those of Druid and of its druid-basic-security.
package auth

import (
	"context"
	"net/http"
)

// Action is what is done to a resource.
type Action string

// The actions.
const (
	Read  Action = "READ"
	Write Action = "WRITE"
)

// ActionOf is the action of a request by its verb.
func ActionOf(method string) Action {
	if method == http.MethodGet || method == http.MethodHead {
		return Read
	}
	return Write
}

// Types of resources. There are more, such as VIEW, of which only other servers of a cluster ask.
const (
	TypeDataSource = "DATASOURCE"
	TypeState      = "STATE"
	TypeConfig     = "CONFIG"
	TypeExternal   = "EXTERNAL"
)

// Resource is what something is done to.
type Resource struct{ Type, Name string }

// DataSource is a data source.
func DataSource(name string) Resource { return Resource{TypeDataSource, name} }

// State is how the server and its tasks are.
func State() Resource { return Resource{TypeState, "STATE"} }

// Config is how the server is set up.
func Config() Resource { return Resource{TypeConfig, "CONFIG"} }

// Security is who may do what.
func Security() Resource { return Resource{TypeConfig, "security"} }

// External is what tasks read through input sources of a type, such as http.
func External(inputSource string) Resource { return Resource{TypeExternal, inputSource} }

// Authorizer knows what identities may do. It may be asked by many goroutines.
type Authorizer interface {
	May(identity string, a Action, r Resource) bool
	// Ready fails as long as the authorizer does not know yet what anybody may do.
	Ready() error
}

// NameAllowAll is what the authenticator and the authorizer are called that ask nothing, and whoever comes through them.
const NameAllowAll = "allowAll"

// AllowAll lets everybody do everything.
type AllowAll struct{}

// May is true.
func (AllowAll) May(string, Action, Resource) bool { return true }

// Ready is nil.
func (AllowAll) Ready() error { return nil }

// Identity is who asks. The zero one may do nothing.
type Identity struct {
	Name string
	by   Authorizer
}

// NewIdentity is one of whom an authorizer knows what it may do.
func NewIdentity(name string, by Authorizer) Identity { return Identity{name, by} }

// Everybody is who asks where nobody is asked who they are.
func Everybody() Identity { return Identity{NameAllowAll, AllowAll{}} }

// IsKnown tells whether a name is of somebody who was asked who they are.
func IsKnown(name string) bool { return name != NameAllowAll }

// Taker is who is seen to take what requests take; empty where nobody is asked who they are.
func (i Identity) Taker() string {
	if IsKnown(i.Name) {
		return i.Name
	}
	return ""
}

// May tells whether the identity may do something.
func (i Identity) May(a Action, r Resource) bool { return i.by != nil && i.by.May(i.Name, a, r) }

// MaySome tells whether the identity may do something to any resource of a type; true where that is not known.
func (i Identity) MaySome(a Action, kind string) bool {
	if some, knows := i.by.(interface {
		MaySome(identity string, a Action, kind string) bool
	}); knows {
		return some.MaySome(i.Name, a, kind)
	}
	return i.by != nil
}

// MayAll tells that the identity may do everything, so that nothing has to be looked up to find out.
func (i Identity) MayAll() bool {
	_, all := i.by.(AllowAll)
	return all
}

// Reads tells of a data source whether the identity may read it; nil if it may do everything.
func (i Identity) Reads() func(dataSource string) bool {
	if i.MayAll() {
		return nil
	}
	return func(dataSource string) bool { return i.May(Read, DataSource(dataSource)) }
}

type identityKey struct{}

// With is a context of a request that an identity has sent.
func With(ctx context.Context, i Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, i)
}

// From is who has sent the request of a context, or the zero Identity.
func From(ctx context.Context) Identity {
	i, _ := ctx.Value(identityKey{}).(Identity)
	return i
}

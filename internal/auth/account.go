package auth

import (
	"bytes"
	"context"
	"net/http"
	"time"
)

// Account is what somebody is logged in by. It may be asked by many goroutines.
type Account interface {
	// Identity is who that is. The error is ErrCredentials if nobody is logged in by it any more, or tells why that cannot be found out now.
	Identity(ctx context.Context) (Identity, error)
	// Over tells, of what is known without asking anybody, that nobody is logged in by it any more.
	Over(now time.Time) bool
}

// Elsewhere is an Account that somebody has at another server, where the session goes on unless a browser ends it there.
type Elsewhere interface {
	Account
	// Leave is the URL that ends it, for the browser that has sent a request; empty if there is none.
	Leave(r *http.Request) (to string)
}

// withPassword is the account of a user for as long as the password stays the same.
type withPassword struct {
	by   *Basic
	user string
	hash []byte // of the password
}

func (b *Basic) account(user string) withPassword {
	a := withPassword{by: b, user: user}
	if credentials := (*b.users.Load())[user]; credentials != nil {
		a.hash = credentials.Hash
	}
	return a
}

// Identity implements Account.
func (a withPassword) Identity(context.Context) (Identity, error) {
	return NewIdentity(a.user, a.by.authorizer), nil
}

// Over implements Account.
func (a withPassword) Over(time.Time) bool {
	credentials := (*a.by.users.Load())[a.user]
	return credentials == nil || !bytes.Equal(credentials.Hash, a.hash)
}

package auth

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"ovate/druid"
	"ovate/internal/form"
	"ovate/internal/room"
)

// Authenticator finds out who has sent a request. It may be asked by many goroutines.
type Authenticator interface {
	// Identify is who has sent a request. It is not claimed if the request has nothing that the authenticator looks at, so that the next one is asked.
	// The error is ErrCredentials if what the request has is wrong, or tells why that cannot be found out now.
	Identify(r *http.Request) (i Identity, claimed bool, err error)
	// Challenge is the scheme by which a client may tell who it is, for WWW-Authenticate; empty if there is none.
	Challenge() string
}

// ErrCredentials is that a request has credentials, and wrong ones.
var ErrCredentials = errors.New("the user or the password is wrong")

// Chain asks authenticators, one after the other.
type Chain struct {
	authenticators []Authenticator
	open           []string
	host           func() string
}

// NewChain makes a chain. Requests to the open paths are sent by everybody; one that ends in /* is all paths below it. host is this server as
// refusals name it.
func NewChain(authenticators []Authenticator, open []string, host func() string) *Chain {
	return &Chain{authenticators, open, host}
}

// OpenToAll asks nobody.
func OpenToAll() *Chain { return NewChain([]Authenticator{Anybody{Everybody()}}, nil, nil) }

// Anybody is an authenticator for which everybody is the same identity.
type Anybody struct{ As Identity }

// Identify is that identity.
func (a Anybody) Identify(*http.Request) (Identity, bool, error) { return a.As, true, nil }

// Challenge is empty.
func (Anybody) Challenge() string { return "" }

// Admit is the request with who has sent it in its context (From), or nil and how it is refused.
func (c *Chain) Admit(r *http.Request) (*http.Request, *Refusal) {
	if c.isOpen(r.URL) {
		return r.WithContext(With(r.Context(), Everybody())), nil
	}
	for _, a := range c.authenticators {
		i, claimed, err := a.Identify(r)
		if claimed && err == nil {
			err = i.by.Ready()
		}
		switch {
		case errors.Is(err, ErrCredentials):
			return nil, c.refuse(http.StatusUnauthorized, 0, "Unauthorized request", "")
		case errors.Is(err, ErrGuesses):
			return nil, c.refuse(http.StatusTooManyRequests, 2*guessesLast, "Unauthorized request", err.Error())
		case errors.Is(err, ErrCrowd):
			return nil, c.refuse(http.StatusTooManyRequests, time.Second, "Unauthorized request", err.Error())
		case errors.As(err, new(*form.TooLargeError)), errors.Is(err, room.ErrTooLarge):
			return nil, c.refuse(http.StatusRequestEntityTooLarge, 0, "Form too large", err.Error())
		case errors.Is(err, room.ErrBusy):
			return nil, c.refuse(http.StatusTooManyRequests, 5*time.Second, "No room for the form", err.Error())
		case err != nil:
			return nil, c.refuse(http.StatusServiceUnavailable, time.Second, "Nobody can be let in now", err.Error())
		case claimed:
			return r.WithContext(withHolding(With(r.Context(), i), a, r)), nil
		}
	}
	return nil, c.refuse(http.StatusUnauthorized, 0, "Unauthorized request", "")
}

// isOpen compares paths as they are sent: one that is written otherwise, or leads up, is not open.
func (c *Chain) isOpen(u *url.URL) bool {
	if strings.Contains(u.Path+"/", "/../") {
		return false
	}
	path := u.EscapedPath()
	return slices.ContainsFunc(c.open, func(open string) bool {
		if below, all := strings.CutSuffix(open, "*"); all && strings.HasSuffix(below, "/") {
			return strings.HasPrefix(path, below) || path+"/" == below
		}
		return path == open || path == open+"/"
	})
}

// Refusal is the answer to a request that is not let in, in Druid's shape.
type Refusal struct {
	Status     int
	After      time.Duration // when the client may come again; 0 says nothing of that
	Challenges []string      // for WWW-Authenticate
	Why        string        // for people
	Body       []byte        // JSON
}

func (c *Chain) refuse(status int, after time.Duration, why, message string) *Refusal {
	refused := &Refusal{Status: status, After: after, Why: why + ": " + message}
	if status == http.StatusUnauthorized {
		refused.Why = "This takes a user and his password, or a token, that are known here."
		for _, a := range c.authenticators {
			if scheme := a.Challenge(); scheme != "" && !slices.Contains(refused.Challenges, scheme) {
				refused.Challenges = append(refused.Challenges, scheme)
			}
		}
	}
	body := append(druid.AppendString([]byte(`{"error":`), why), `,"errorMessage":`...)
	if message == "" {
		body = append(body, `null`...)
	} else {
		body = druid.AppendString(body, message)
	}
	body = append(body, `,"errorClass":null,"host":`...)
	if c.host == nil {
		body = append(body, `null`...)
	} else {
		body = druid.AppendString(body, c.host())
	}
	refused.Body = append(body, '}')
	return refused
}

package auth

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
)

// Basic is the authenticator of users with passwords, by the header Authorization: Basic.
type Basic struct {
	users      atomic.Pointer[map[string]*Credentials] // nil until they are known
	authorizer Authorizer
	skip       bool
	matches    *matches
	guesses    *guesses
	turns      *turns
	nobody     *Credentials // of users that there are not, so that it takes as long to refuse them
	iterations atomic.Int64 // of these
}

// mostMatches is how many passwords are remembered that were right.
const mostMatches = 4096

// NewBasic makes an authenticator which knows no users yet. With skip the next one in the chain is asked where a
// password is wrong.
func NewBasic(by Authorizer, skip bool) (*Basic, error) {
	nobody, err := NewCredentials("", 0)
	if err != nil {
		return nil, err
	}
	b := &Basic{
		authorizer: by, skip: skip, matches: newMatches(mostMatches), guesses: newGuesses(time.Now), nobody: nobody,
		turns: newTurns(max(1, runtime.GOMAXPROCS(0)/2)),
	}
	b.iterations.Store(Iterations)
	return b, nil
}

// LimitGuesses sets how many wrong passwords of a user are looked at within ten minutes from one address; 0: all. It is called before anybody asks.
func (b *Basic) LimitGuesses(most int) { b.guesses.most = most }

// SetUsers is called with all users whenever that is known anew, one call at a time. Who has got another password is listened to again, however many were wrong before.
func (b *Basic) SetUsers(users map[string]*Credentials) {
	most := 0
	for _, credentials := range users {
		if credentials != nil {
			most = max(most, credentials.Iterations)
		}
	}
	if most > 0 {
		b.iterations.Store(int64(most))
	}
	if before := b.users.Swap(&users); before != nil {
		b.guesses.forget(func(user string) bool {
			was, is := (*before)[user], users[user]
			return is != nil && (was == nil || !bytes.Equal(was.Hash, is.Hash))
		})
	}
}

// ErrUnknown is that nobody has told yet which users there are, or what they may.
var ErrUnknown = errors.New("the users are not known yet")

// Challenge is the scheme.
func (*Basic) Challenge() string { return "Basic" }

// Identify looks at the header Authorization.
func (b *Basic) Identify(r *http.Request) (Identity, bool, error) {
	encoded, sent := Authorization(r, b.Challenge())
	if !sent || encoded == "" {
		return Identity{}, false, nil
	}
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	user, password, parted := strings.Cut(string(decoded), ":")
	if err != nil || !parted {
		return Identity{}, false, ErrCredentials // also with skip, as in Druid
	}
	i, err := b.Login(r.Context(), r.RemoteAddr, user, password)
	if b.skip && (errors.Is(err, ErrCredentials) || errors.Is(err, ErrGuesses)) {
		return Identity{}, false, nil
	}
	return i, err == nil, err
}

// Login is the user with the password, who sends it from an address with a port. The error is ErrCredentials if one of the two is wrong, ErrGuesses, ErrCrowd,
// ErrUnknown, or that of ctx.
func (b *Basic) Login(ctx context.Context, from, user, password string) (Identity, error) {
	users := b.users.Load()
	if users == nil {
		return Identity{}, ErrUnknown
	}
	credentials := (*users)[user]
	known := credentials != nil
	if !known {
		credentials = &Credentials{Salt: b.nobody.Salt, Hash: b.nobody.Hash, Iterations: int(b.iterations.Load())}
	}
	mark := b.matches.mark(user, password, credentials)
	who := guesserOf(user, from)
	for {
		if b.matches.has(mark) {
			return NewIdentity(user, b.authorizer), nil
		}
		if b.guesses.tooMany(who) {
			return Identity{}, ErrGuesses
		}
		over, err := b.turns.take(ctx, try{mark, who.from})
		if over != nil {
			err = b.look(who, mark, credentials, known, password)
			over()
		}
		if err != nil {
			return Identity{}, err
		}
	}
}

// look finds out whether a password is right, for whoever has a turn.
func (b *Basic) look(who guesser, of mark, credentials *Credentials, known bool, password string) error {
	if b.guesses.tooMany(who) { // by now, as many may come at once
		return ErrGuesses
	}
	if !credentials.Match(password) || !known {
		b.guesses.wrong(who)
		return ErrCredentials
	}
	b.matches.add(of)
	return nil
}

package auth

import (
	"errors"
	"net/netip"
	"sync"
	"time"
)

// guesses counts wrong passwords by user and address, so that nobody tries them out: whoever has sent too many is not listened to for a while. Others of
// the same name, from elsewhere, are, so that nobody keeps a user out; and so is everybody once the user has another password.
type guesses struct {
	now  func() time.Time
	most int // from which on nobody is listened to; 0: never

	mu          sync.Mutex // guards what follows
	young, aged map[guesser]int
	turned      time.Time
}

type guesser struct {
	user string
	from netip.Addr
	at   string // the hash of the password that is guessed at
}

// MostWrong is how many passwords may be wrong, unless somebody sets another number.
const MostWrong = 20

// Of a user most passwords are tried from one address in two times guessesLast at most. What is counted is forgotten sooner if mostGuessers others are.
const (
	guessesLast  = 5 * time.Minute
	mostGuessers = 10_000
)

// ErrGuesses is that too many passwords of a user were wrong, so that none is looked at now.
var ErrGuesses = errors.New("too many passwords of this user were wrong: try again in ten minutes")

func newGuesses(now func() time.Time) *guesses {
	return &guesses{now: now, most: MostWrong, young: map[guesser]int{}}
}

// guesserOf is who guesses at credentials: a network of 64 bits of IPv6 counts as one address. Names are cut, as nobody has a longer one.
func guesserOf(user, remote string, at *Credentials) guesser {
	g := guesser{user: user[:min(len(user), 256)], at: string(at.Hash)}
	if at, err := netip.ParseAddrPort(remote); err == nil {
		g.from = at.Addr().Unmap().WithZone("")
	}
	if g.from.Is6() {
		g.from = netip.PrefixFrom(g.from, 64).Masked().Addr()
	}
	return g
}

// tooMany tells whether somebody is not listened to.
func (g *guesses) tooMany(who guesser) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn()
	return g.most > 0 && g.young[who]+g.aged[who] >= g.most
}

// wrong counts a password that was wrong.
func (g *guesses) wrong(who guesser) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn()
	g.young[who]++
}

// turn forgets what was counted before the last turn, for whoever has locked it.
func (g *guesses) turn() {
	now := g.now()
	switch since := now.Sub(g.turned); {
	case since >= 2*guessesLast:
		g.young, g.aged, g.turned = map[guesser]int{}, nil, now
	case since >= guessesLast || len(g.young) >= mostGuessers/2:
		g.young, g.aged, g.turned = map[guesser]int{}, g.young, now
	}
}

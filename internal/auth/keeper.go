package auth

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// Source is where users and their roles are kept.
type Source interface {
	// Users is the user map of an authenticator.
	Users(ctx context.Context, authenticator string) (map[string]*Credentials, error)
	// Grants is what an authorizer knows.
	Grants(ctx context.Context, authorizer string) (*Grants, error)
}

// KeeperOptions are what a Keeper is made of.
type KeeperOptions struct {
	Source         Source
	Authenticators map[string]*Basic
	Authorizers    map[string]*Roles
	// Period is how often the source is asked, and MaxDelay the most that a time is put off by chance, for the sake of servers that start together.
	Period, MaxDelay time.Duration
	Log              *slog.Logger
}

// Keeper tells authenticators and authorizers of the users that there are, again and again. Make it with NewKeeper, let it run with Start, end it with Stop.
type Keeper struct {
	KeeperOptions
	end  context.CancelFunc
	work sync.WaitGroup
	wake chan struct{}
	turn sync.Mutex // held while the source is asked, so that what it told before does not come after

	mu     sync.Mutex        // guards what follows
	failed map[string]string // why, of what could not be asked the last time
}

// NewKeeper makes a Keeper that does nothing yet.
func NewKeeper(o KeeperOptions) *Keeper {
	return &Keeper{KeeperOptions: o, end: func() {}, wake: make(chan struct{}, 1), failed: map[string]string{}}
}

// retryPause is how soon the source is asked again as long as something is not known.
const retryPause = time.Second

// Start asks the source once, for as long as ctx allows, and from then on now and then.
func (k *Keeper) Start(ctx context.Context) {
	known := k.refresh(ctx)
	ctx, k.end = context.WithCancel(context.Background())
	k.work.Go(func() {
		for {
			pause := k.Period
			if k.MaxDelay > 0 {
				pause += rand.N(k.MaxDelay)
			}
			if !known {
				pause = min(pause, retryPause)
			}
			if !k.pause(ctx, pause) {
				return
			}
			known = k.refresh(ctx)
		}
	})
}

// pause waits, until Refresh is called, and is false if ctx has ended.
func (k *Keeper) pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-k.wake:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// Stop ends it.
func (k *Keeper) Stop() {
	k.end()
	k.work.Wait()
}

// Refresh has the source asked soon.
func (k *Keeper) Refresh() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// refresh asks the source of everything, and tells whether all is known by now.
func (k *Keeper) refresh(ctx context.Context) (known bool) {
	k.turn.Lock()
	defer k.turn.Unlock()
	known = true
	for name, b := range k.Authenticators {
		users, err := k.Source.Users(ctx, name)
		if err == nil {
			b.SetUsers(users)
		}
		k.note("authenticator", name, err)
		known = known && b.users.Load() != nil
	}
	for name, r := range k.Authorizers {
		grants, err := k.Source.Grants(ctx, name)
		if err == nil {
			err = r.SetGrants(grants)
		}
		k.note("authorizer", name, err)
		known = known && r.Ready() == nil
	}
	return known
}

// note logs what goes wrong, once until it is something else, and when it has passed.
func (k *Keeper) note(kind, name string, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	of, why := kind+" "+name, ""
	if err != nil && !errors.Is(err, context.Canceled) {
		why = err.Error()
	}
	switch before := k.failed[of]; {
	case why == before:
		return
	case why == "":
		k.Log.Info("users and permissions are known again", kind, name)
	default:
		k.Log.Warn("users and permissions are not all known, so that some are let in by what was known before, or not at all", kind, name, "error", err)
	}
	k.failed[of] = why
}

// SetUsers takes the user map of an authenticator that the Coordinator has sent. It is false if there is no such authenticator.
func (k *Keeper) SetUsers(authenticator string, text []byte) (known bool, err error) {
	b := k.Authenticators[authenticator]
	if b == nil {
		return false, nil
	}
	users, err := ReadUsers(text)
	if err == nil {
		b.SetUsers(users)
	}
	return true, err
}

// SetGrants takes the maps of an authorizer that the Coordinator has sent. It is false if there is no such authorizer.
func (k *Keeper) SetGrants(authorizer string, text []byte) (known bool, err error) {
	r := k.Authorizers[authorizer]
	if r == nil {
		return false, nil
	}
	grants, err := ReadGrants(text)
	if err == nil {
		k.note("authorizer", authorizer, r.SetGrants(grants))
	}
	return true, err
}

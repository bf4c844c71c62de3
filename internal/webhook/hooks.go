package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"

	"ovate/druid"
	"ovate/internal/audit"
	"ovate/internal/metadata"
	"ovate/internal/share"
	"ovate/internal/uri"
)

// Options are what hooks work with and by.
type Options struct {
	// AllowPrivate tells that hooks may be in private networks and on this machine.
	AllowPrivate bool
	// Wall is the machine's clock; druid.Now if nil.
	Wall func() druid.Instant
	Log  *slog.Logger
}

// Hooks are those of a term of leadership, and what they are told. Make them with New, let them run with Start, end them with Stop: once each, in any order.
type Hooks struct {
	Options
	store  metadata.Store
	client *http.Client
	hooks  atomic.Pointer[[]*Hook]
	seq    atomic.Int64

	lasts context.Context
	end   context.CancelFunc
	turn  sync.Mutex // held by who changes which hooks there are
	mu    sync.Mutex // guards tells, and so that nothing begins while Stop waits; never held over I/O
	tells map[string]*teller
	work  sync.WaitGroup
}

// most is how many hooks there may be.
const most = 50

// ErrTooMany is that there are as many hooks as may be.
var ErrTooMany = fmt.Errorf("there are %d webhooks, which is as many as may be: remove one", most)

// New makes hooks of which none is known yet.
func New(o Options) *Hooks {
	if o.Wall == nil {
		o.Wall = druid.Now
	}
	h := &Hooks{Options: o, client: newClient(o.AllowPrivate), tells: map[string]*teller{}}
	h.lasts, h.end = context.WithCancel(context.Background())
	return h
}

// Start reads the hooks from the store of the term, which tells them of what happens, and lets them be told what they were not told before.
func (h *Hooks) Start(ctx context.Context, store metadata.Store) error {
	h.store = store
	records, err := store.Records(ctx, metadata.RecordQuery{Kind: Kind, Max: most})
	if err != nil {
		return err
	}
	h.turn.Lock()
	defer h.turn.Unlock()
	// What happens from now on comes after what is stored, wherever the clock was.
	h.seq.Store(max(h.seq.Load(), int64(h.Wall())*1_000_000))
	var hooks []*Hook
	for _, r := range records {
		hook := new(Hook)
		if err := json.Unmarshal(r.Payload, hook); err != nil {
			return fmt.Errorf("webhook %s cannot be read: %w", r.ID, err)
		}
		hooks = append(hooks, hook)
		if err := h.pass(ctx, hook); err != nil {
			return err
		}
	}
	h.hooks.Store(&hooks)
	for _, hook := range hooks {
		h.begin(hook)
	}
	return nil
}

// pass has what a hook is told of from now on come after what is stored.
func (h *Hooks) pass(ctx context.Context, hook *Hook) error {
	q := metadata.RecordQuery{Kind: kindOpen, Prefix: hook.ID + "/", Max: 500}
	for {
		some, err := h.store.Records(ctx, q)
		if err != nil {
			return err
		}
		if len(some) > 0 {
			q.After = some[len(some)-1].ID
			var last int64
			if _, err := fmt.Sscanf(q.After[len(q.Prefix):], "%x", &last); err == nil {
				h.seq.Store(max(h.seq.Load(), last))
			}
		}
		if len(some) < q.Max {
			return nil
		}
	}
}

// Stop ends telling. What is stored is told under who leads next.
func (h *Hooks) Stop() {
	h.mu.Lock()
	h.end()
	h.mu.Unlock()
	h.work.Wait()
	h.client.CloseIdleConnections()
}

// known are the hooks that there are.
func (h *Hooks) known() []*Hook {
	if all := h.hooks.Load(); all != nil {
		return *all
	}
	return nil
}

// begin begins to tell a hook.
func (h *Hooks) begin(hook *Hook) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.lasts.Err() != nil {
		return
	}
	t := &teller{hooks: h, hook: hook, wake: make(chan struct{}, 1)}
	t.lasts, t.end = context.WithCancel(h.lasts)
	h.tells[hook.ID] = t
	h.work.Go(t.run)
}

func (h *Hooks) wakeAll() {
	if len(h.known()) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.tells {
		t.rouse()
	}
}

// Create makes a hook durable, gives it its id, and has it told of what happens from then on. Its faults were looked for before. The error may be ErrTooMany,
// or a *share.Error.
func (h *Hooks) Create(ctx context.Context, hook *Hook) error {
	h.turn.Lock()
	defer h.turn.Unlock()
	if err := h.room(hook.By); err != nil {
		return err
	}
	hook.ID, hook.Created = uuid.NewString(), h.Wall()
	payload, err := json.Marshal(hook)
	if err != nil {
		return err
	}
	if err := h.store.MakeRecords(ctx); err != nil {
		return err
	}
	err = h.store.Update(ctx, func(tx metadata.Tx) error {
		if err := tx.InsertAudit(hook.entry(ctx, http.MethodPost, "/api/v1/webhooks", h.Wall())); err != nil {
			return err
		}
		return tx.PutRecord(metadata.Record{Kind: Kind, ID: hook.ID, At: hook.Created, Payload: payload})
	})
	if err != nil {
		return err
	}
	all := append(slices.Clone(h.known()), hook)
	h.hooks.Store(&all)
	h.begin(hook)
	return nil
}

// room fails if there are too many hooks for one more that somebody makes. The caller holds turn.
func (h *Hooks) room(by string) error {
	taken := share.New("webhooks", most)
	for _, other := range h.known() {
		taken.Take(other.By, 1)
	}
	err := taken.Room(by, 1)
	if errors.Is(err, share.ErrNone) {
		return ErrTooMany
	}
	return err
}

// All are the hooks, the oldest first.
func (h *Hooks) All() []*Hook {
	all := slices.Clone(h.known())
	slices.SortFunc(all, func(a, b *Hook) int { return int(a.Created - b.Created) })
	return all
}

// Get is a hook, or ErrNotFound.
func (h *Hooks) Get(id string) (*Hook, error) {
	for _, hook := range h.known() {
		if hook.ID == id {
			return hook, nil
		}
	}
	return nil, fmt.Errorf("webhook %s: %w", id, ErrNotFound)
}

// Remove removes a hook, with what it was not told yet. The error may be ErrNotFound.
func (h *Hooks) Remove(ctx context.Context, id string) error {
	h.turn.Lock()
	defer h.turn.Unlock()
	hook, err := h.Get(id)
	if err != nil {
		return err
	}
	err = h.store.Update(ctx, func(tx metadata.Tx) error {
		if err := tx.InsertAudit(hook.entry(ctx, http.MethodDelete, "/api/v1/webhooks/"+id, h.Wall())); err != nil {
			return err
		}
		_, err := tx.DeleteRecord(Kind, id)
		return err
	})
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(slices.Clone(h.known()), func(other *Hook) bool { return other.ID == id })
	h.hooks.Store(&others)
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.tells[id]; t != nil {
		t.end()
		delete(h.tells, id)
	}
	if h.lasts.Err() == nil {
		h.work.Go(func() { h.clear(id) })
	}
	return nil
}

// clear removes what a hook was to be told that is gone. What the end of the process leaves takes room, and does nothing.
func (h *Hooks) clear(id string) {
	for _, kind := range [...]string{kindOpen, kindEnded} {
		for {
			some, err := h.store.Records(h.lasts, metadata.RecordQuery{Kind: kind, Prefix: id + "/", Max: 200})
			if err == nil && len(some) > 0 {
				err = h.store.Update(h.lasts, func(tx metadata.Tx) error {
					for _, r := range some {
						if _, err := tx.DeleteRecord(kind, r.ID); err != nil {
							return err
						}
					}
					return nil
				})
			}
			if err != nil && h.lasts.Err() == nil {
				h.Log.Warn("what a webhook was to be told that was removed stays stored", "webhook", id, "error", err)
			}
			if err != nil || len(some) == 0 {
				break
			}
		}
	}
}

// Test has a hook told of nothing but that. The error may be ErrNotFound.
func (h *Hooks) Test(ctx context.Context, id string) error {
	hook, err := h.Get(id)
	if err != nil {
		return err
	}
	err = h.store.Update(ctx, func(tx metadata.Tx) error { return h.open(tx, hook, &event{name: Test, data: struct{}{}}) })
	h.wakeAll()
	return err
}

// entry is the audit entry of what is done to a hook. It stands in the database as it is, so that what the URL may have of a token is not in it.
func (h *Hook) entry(ctx context.Context, method, path string, now druid.Instant) metadata.AuditRow {
	payload := druid.AppendString([]byte(`{"id":`), h.ID)
	payload = append(druid.AppendString(append(payload, `,"url":`...), uri.RedactIn(h.URL)), '}')
	return audit.Entry{Key: h.ID, Type: "webhook", Method: method, URI: path, Payload: payload, Time: now}.Row(ctx)
}

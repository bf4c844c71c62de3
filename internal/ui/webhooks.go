package ui

import (
	"context"

	"ovate/internal/webhook"
)

// Hooks is what is asked of the webhooks.
type Hooks interface {
	All() []*webhook.Hook
	Deliveries(ctx context.Context, id string, ended bool, after string, most int) (page []*webhook.Delivery, next string, err error)
}

// hook is a webhook with what it is still to be told, the oldest first, and what it was told, the newest first.
type hook struct {
	*webhook.Hook
	Open, Ended []*webhook.Delivery
}

// Sender is who has made it.
func (h hook) Sender() string { return knownName(h.By) }

// deliveriesShown is how many deliveries of each kind a page has of a webhook.
const deliveriesShown = 20

// listHooks is GET /webhooks.
func listHooks(c *call) (*page, error) {
	var all []hook
	reads := c.identity().Reads()
	for _, h := range c.Hooks.All() {
		one := hook{Hook: h}
		var err error
		if one.Open, _, err = c.Hooks.Deliveries(c.r.Context(), h.ID, false, "", deliveriesShown); err == nil {
			one.Ended, _, err = c.Hooks.Deliveries(c.r.Context(), h.ID, true, "", deliveriesShown)
		}
		if err != nil {
			return nil, err
		}
		one.Open, one.Ended = webhook.Readable(one.Open, reads), webhook.Readable(one.Ended, reads)
		all = append(all, one)
	}
	return &page{Title: "Webhooks", template: "webhooks", Data: all}, nil
}

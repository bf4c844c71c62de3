package v1

import (
	"context"
	"net/http"

	"ovate/druid"
	"ovate/internal/intake"
	"ovate/internal/webhook"
)

// Hooks is what is asked of the webhooks. A method about one returns webhook.ErrNotFound when there is none with that id.
type Hooks interface {
	All() []*webhook.Hook
	Get(id string) (*webhook.Hook, error)
	Create(ctx context.Context, h *webhook.Hook) error
	Remove(ctx context.Context, id string) error
	Test(ctx context.Context, id string) error
	Deliveries(ctx context.Context, id string, ended bool, after string, most int) (page []*webhook.Delivery, next string, err error)
}

// Hook is a webhook in answers: all of it but the secret.
type Hook struct {
	ID         string        `json:"id"`
	Created    druid.Instant `json:"created"`
	URL        string        `json:"url"`
	Events     []string      `json:"events,omitempty"`
	DataSource string        `json:"dataSource,omitempty"`
	Type       string        `json:"type,omitempty"`
	Labels     []string      `json:"labels,omitempty"`
	// Error is why it is told of nothing at present.
	Error string `json:"error,omitempty"`
	// By is who has made it.
	By string `json:"by,omitempty"`
}

func hookOf(h *webhook.Hook) Hook {
	return Hook{ID: h.ID, Created: h.Created, URL: h.URL, Events: h.Events, DataSource: h.DataSource, Type: h.Type, Labels: h.Labels, Error: h.Problem(), By: h.By}
}

// listHooks is GET webhooks.
func listHooks(c *call) error {
	answer := struct {
		Webhooks []Hook `json:"webhooks"`
	}{[]Hook{}}
	for _, h := range c.Hooks.All() {
		answer.Webhooks = append(answer.Webhooks, hookOf(h))
	}
	return c.json(http.StatusOK, answer)
}

// createHook is POST webhooks: 201 means that it is on disk, and hears of what happens from then on.
func createHook(c *call) error {
	var asked struct {
		URL        string   `json:"url"`
		Events     []string `json:"events"`
		DataSource string   `json:"dataSource"`
		Type       string   `json:"type"`
		Labels     []string `json:"labels"`
		Secret     string   `json:"secret"`
	}
	if err := c.read(&asked); err != nil {
		return err
	}
	h := &webhook.Hook{URL: asked.URL, Events: asked.Events, DataSource: asked.DataSource, Type: asked.Type, Labels: asked.Labels, Secret: asked.Secret, By: c.identity().Name}
	if faults := h.Faults(c.PrivateHooks); len(faults) > 0 {
		wrong := &intake.Invalid{}
		for _, f := range faults {
			wrong.Faults = append(wrong.Faults, intake.Fault{Pointer: "/" + f.Field, Detail: f.Detail})
		}
		p := problemOf(wrong)
		p.Title = "The webhook cannot be accepted"
		return p
	}
	if err := c.Hooks.Create(c.asCaller(), h); err != nil {
		return err
	}
	c.w.Header().Set("Location", Base+"/webhooks/"+h.ID)
	return c.json(http.StatusCreated, hookOf(h))
}

// oneHook is GET webhooks/{id}.
func oneHook(c *call) error {
	h, err := c.Hooks.Get(c.r.PathValue("id"))
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, hookOf(h))
}

// removeHook is DELETE webhooks/{id}: it is not told of anything any more, not of what it should have been told either.
func removeHook(c *call) error {
	if err := c.Hooks.Remove(c.asCaller(), c.r.PathValue("id")); err != nil {
		return err
	}
	c.begin(http.StatusNoContent, "")
	return nil
}

// testHook is POST webhooks/{id}/test: it is told of the event "test".
func testHook(c *call) error {
	if err := c.Hooks.Test(c.asCaller(), c.r.PathValue("id")); err != nil {
		return err
	}
	c.begin(http.StatusAccepted, "")
	return nil
}

// listDeliveries is GET webhooks/{id}/deliveries: what it is still to be told, the oldest first, or what it was told within three days, the newest first.
// What tells of a task that who asks may not see is left out.
//
//	ended    true lists those that were taken or given up
//	limit    the most of the page, 100 unless given, 1000 at most
//	cursor   the next of the page before
func listDeliveries(c *call) error {
	of, err := c.ofPage()
	if err != nil {
		return err
	}
	page, next, err := c.Hooks.Deliveries(c.r.Context(), c.r.PathValue("id"), of.ended, of.after, of.most)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, struct {
		Deliveries []*webhook.Delivery `json:"deliveries"`
		Next       string              `json:"next,omitempty"`
	}{webhook.Readable(page, c.identity().Reads()), cursor(next)})
}

package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"ovate/druid"
)

// Webhook is a server that is told of what becomes of tasks.
type Webhook struct {
	ID      string        `json:"id,omitempty"`
	Created druid.Instant `json:"created"`
	URL     string        `json:"url"`
	// Events are of task.submitted, task.succeeded and task.failed; none is all. DataSource, Type and Labels (KEY=VALUE) are those of the tasks; none is any.
	Events     []string `json:"events,omitempty"`
	DataSource string   `json:"dataSource,omitempty"`
	Type       string   `json:"type,omitempty"`
	Labels     []string `json:"labels,omitempty"`
	// Secret signs what is sent. It has to be given, and never comes back.
	Secret string `json:"secret,omitempty"`
	// Error is why it is told of nothing at present; empty if it is told.
	Error string `json:"error,omitempty"`
	// By is who has made it.
	By string `json:"by,omitempty"`
}

// Delivery is an event on its way to a webhook.
type Delivery struct {
	ID       string          `json:"id"` // comes as webhook-id
	Event    string          `json:"event"`
	Task     string          `json:"task"`
	Created  druid.Instant   `json:"created"`
	State    string          `json:"state"` // PENDING, DELIVERED or GIVEN_UP
	Attempts int             `json:"attempts"`
	Next     *druid.Instant  `json:"next"`
	Ended    *druid.Instant  `json:"ended"`
	Status   int             `json:"status"` // of the last answer
	Error    string          `json:"error"`
	Body     json.RawMessage `json:"body"`
}

// DeliveryPage is a page of deliveries.
type DeliveryPage struct {
	Deliveries []Delivery `json:"deliveries"`
	Next       string     `json:"next"` // empty on the last page
}

const webhooks = own + "/webhooks"

// CreateWebhook has a server told of what happens from now on. The id, the time, the error and the maker of w do not count.
func (c *Client) CreateWebhook(ctx context.Context, w Webhook) (*Webhook, error) {
	body, err := json.Marshal(struct {
		Webhook
		ID      string         `json:"id,omitempty"`
		Created *druid.Instant `json:"created,omitempty"`
		Error   string         `json:"error,omitempty"`
		By      string         `json:"by,omitempty"`
	}{Webhook: w})
	if err != nil {
		return nil, err
	}
	made := new(Webhook)
	err = c.call(ctx, http.MethodPost, webhooks, body, made)
	return made, c.unless(made.ID != "", err, http.MethodPost, webhooks, "it names no webhook")
}

// Webhooks are all there are, the oldest first.
func (c *Client) Webhooks(ctx context.Context) ([]Webhook, error) {
	var answer struct {
		Webhooks []Webhook `json:"webhooks"`
	}
	err := c.call(ctx, http.MethodGet, webhooks, nil, &answer)
	return answer.Webhooks, c.unless(answer.Webhooks != nil, err, http.MethodGet, webhooks, "it has no webhooks")
}

// Webhook is one of them.
func (c *Client) Webhook(ctx context.Context, id string) (*Webhook, error) {
	w, path := new(Webhook), webhookPath(id, "")
	err := c.call(ctx, http.MethodGet, path, nil, w)
	return w, c.unless(w.ID == id, err, http.MethodGet, path, "it is no webhook "+id)
}

// RemoveWebhook removes one, with what it was not told yet.
func (c *Client) RemoveWebhook(ctx context.Context, id string) error {
	return c.bare(ctx, http.MethodDelete, webhookPath(id, ""))
}

// TestWebhook has one told of the event "test".
func (c *Client) TestWebhook(ctx context.Context, id string) error {
	return c.bare(ctx, http.MethodPost, webhookPath(id, "/test"))
}

// Deliveries is a page of what a webhook is still to be told, the oldest first, or of what it was told, the newest first.
func (c *Client) Deliveries(ctx context.Context, id string, ended bool, limit int, cursor string) (*DeliveryPage, error) {
	path := webhookPath(id, "/deliveries") + pageQuery(ended, limit, cursor)
	page := new(DeliveryPage)
	err := c.call(ctx, http.MethodGet, path, nil, page)
	return page, c.unless(page.Deliveries != nil, err, http.MethodGet, path, "it has no deliveries")
}

// webhookPath is the path of something of a webhook.
func webhookPath(id, what string) string { return webhooks + "/" + url.PathEscape(id) + what }

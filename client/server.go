package client

import (
	"context"
	"io"
	"net/http"
)

// Healthy returns nil if the server answers that it is well.
func (c *Client) Healthy(ctx context.Context) error {
	return c.call(ctx, http.MethodGet, "/status/health", nil, nil)
}

// Version is the version of Druid that the server is, or speaks.
func (c *Client) Version(ctx context.Context) (string, error) {
	var answer struct {
		Version string `json:"version"`
	}
	err := c.call(ctx, http.MethodGet, "/status", nil, &answer)
	return answer.Version, err
}

// Leader is the address of the Overlord that leads. It is a text, not JSON.
func (c *Client) Leader(ctx context.Context) (string, error) {
	body, err := c.open(ctx, http.MethodGet, api+"/leader", nil)
	if err != nil {
		return "", err
	}
	defer body.Close()
	text, err := io.ReadAll(body)
	if err != nil {
		return "", c.unreachable(ctx, err)
	}
	return string(text), nil
}

// Capacity is how many tasks run at most at the same time, and how many do now.
type Capacity struct {
	Total int `json:"currentClusterCapacity"`
	Used  int `json:"usedClusterCapacity"`
}

// Capacity asks for the capacity of all workers together.
func (c *Client) Capacity(ctx context.Context) (Capacity, error) {
	var answer Capacity
	err := c.call(ctx, http.MethodGet, api+"/totalWorkerCapacity", nil, &answer)
	return answer, err
}

package client

import (
	"context"
	"encoding/json"
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

// Program is what answers at an address.
type Program struct {
	Version string // of Druid; empty if it is not Druid at all
	Own     bool   // it is ovate, and no Druid in Java
}

// Program asks what answers, whatever that is. An error means that nothing does.
func (c *Client) Program(ctx context.Context) (Program, error) {
	response, err := c.send(ctx, http.MethodGet, "/status", nil)
	if err != nil {
		return Program{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return Program{}, c.unreachable(ctx, err)
	}
	var answer struct {
		Version string          `json:"version"`
		Memory  json.RawMessage `json:"memory"`
	}
	if response.StatusCode != http.StatusOK || json.Unmarshal(text, &answer) != nil || answer.Memory == nil {
		return Program{}, nil
	}
	return Program{Version: answer.Version, Own: response.Header.Get("Server") == "ovate"}, nil
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

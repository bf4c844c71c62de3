package client

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// Healthy returns nil if the server answers that it is well.
func (c *Client) Healthy(ctx context.Context) error {
	var well bool
	err := c.call(ctx, http.MethodGet, "/status/health", nil, &well)
	return c.unless(well, err, http.MethodGet, "/status/health", "it does not say that it is well")
}

// Version is the version of Druid that the server is, or speaks.
func (c *Client) Version(ctx context.Context) (string, error) {
	var answer struct {
		Version string `json:"version"`
	}
	err := c.call(ctx, http.MethodGet, "/status", nil, &answer)
	return answer.Version, c.unless(answer.Version != "", err, http.MethodGet, "/status", "it has no version")
}

// Program is what answers at an address.
type Program struct {
	Version string // of Druid; empty if it is not Druid at all
	Own     bool   // it is ovate, and no Druid in Java
	Closed  bool   // it tells what it is to those alone whom it lets in
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
	if response.StatusCode == http.StatusUnauthorized || response.StatusCode == http.StatusForbidden {
		return Program{Closed: true}, nil
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

// Metadata tell which ones a server works on: by an ID, and, if they are in the file of a data folder of its own, by that folder as the server
// sees it and a word for the file.
type Metadata struct {
	ID     string `json:"id"`
	Folder string `json:"folder"`
	File   string `json:"file"`
}

// Metadata asks ovate which metadata it works on. An Overlord in Java does not tell (IsNotFound).
func (c *Client) Metadata(ctx context.Context) (Metadata, error) {
	var answer Metadata
	err := c.call(ctx, http.MethodGet, own+"/metadata", nil, &answer)
	return answer, err
}

// Leader is the address of the Overlord that leads. It is a text, not JSON.
func (c *Client) Leader(ctx context.Context) (string, error) {
	text, err := c.read(ctx, http.MethodGet, api+"/leader", nil, 1<<16)
	return string(text), c.unless(strings.HasPrefix(string(text), "http"), err, http.MethodGet, api+"/leader", "it is no address")
}

// Capacity is how many tasks run at most at the same time, and how many do now.
type Capacity struct {
	Total int
	Used  int
}

// Capacity asks for the capacity of all workers together.
func (c *Client) Capacity(ctx context.Context) (Capacity, error) {
	var answer struct {
		Total *int `json:"currentClusterCapacity"`
		Used  int  `json:"usedClusterCapacity"`
	}
	err := c.call(ctx, http.MethodGet, api+"/totalWorkerCapacity", nil, &answer)
	if err := c.unless(answer.Total != nil, err, http.MethodGet, api+"/totalWorkerCapacity", "it has no capacity"); err != nil {
		return Capacity{}, err
	}
	return Capacity{Total: *answer.Total, Used: answer.Used}, nil
}

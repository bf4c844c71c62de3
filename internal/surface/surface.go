// Package surface is what Druid's API, /api/v1 and the pages have in common: the server of which they are, and how it takes in what it is sent.
package surface

import (
	"context"
	"log/slog"
	"net/http"

	"ovate/internal/auth"
	"ovate/internal/front"
	"ovate/internal/task"
)

// Server is the server that a surface is of. Every field without "optional" must be set.
type Server struct {
	// Leader is the address of the server that leads, as far as is known; empty if none does.
	Leader func() string
	// URL is the address under which others reach this server, such as http://localhost:8090. It is asked for each time,
	// because a server that listens on any free port learns it late.
	URL func() string
	// Serving ends when the server is about to stop, which nobody is to hold up by waiting; optional, without it that is never.
	Serving context.Context
	// MayRead refuses tasks that ask for input which they may not read (source.Refused) or cannot have; optional.
	MayRead func(task.Task) error
	// Places are where tasks run. Druid's own workers know what kinds there are.
	Places task.Places
	// Inputs is what the sender of a task has to be allowed for what it reads.
	Inputs auth.Inputs
	// Log is where requests that fail for reasons of our own are recorded.
	Log *slog.Logger
}

// Complete sets what is optional.
func (s *Server) Complete() {
	if s.Serving == nil {
		s.Serving = context.Background()
	}
	if s.MayRead == nil {
		s.MayRead = func(task.Task) error { return nil }
	}
}

// Admit refuses a task that came with a request and may not read its input, as MayRead does.
func (s *Server) Admit(t task.Task, r *http.Request) error {
	if front.Limited(r) {
		task.SetProxied(t)
	}
	return s.MayRead(t)
}

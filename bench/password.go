package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"time"

	"ovate/bench/wire"
)

const (
	admin         = "admin"
	adminPassword = "of-the-benchmark"
	guardedPath   = api + "/leader"
	guardedAsked  = 10_000
)

// guarded has a server ask who sends a request.
func guarded() map[string]string {
	return map[string]string{
		"druid.auth.authenticatorChain":                       `["basic"]`,
		"druid.auth.authenticator.basic.type":                 "basic",
		"druid.auth.authenticator.basic.initialAdminPassword": adminPassword,
		"druid.auth.authenticator.basic.authorizerName":       "basic",
		"druid.auth.authorizers":                              `["basic"]`,
		"druid.auth.authorizer.basic.type":                    "basic",
	}
}

var (
	passwordOpen  = figure{"GET leader, nobody is asked who they are, median", "µs", goal{}}
	passwordAsked = figure{"GET leader, with user and password, median", "µs", goal{}}
	passwordAdds  = figure{"a user and a password add", "µs", goal{atMost, 50}}
)

// password compares the same request at a server that asks nobody, and at one that wants a password with each request.
var password = benchmark{
	name: "password", group: face,
	about:      "what a user and a password add to a cheap request",
	ovateOnly:  true,
	ownServers: true,
	measure: func(ctx context.Context, r *trial) (err error) {
		open, err := r.caller(ctx, nil, "")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, open.stop()) }()
		asked, err := r.caller(ctx, guarded(), "Basic "+base64.StdEncoding.EncodeToString([]byte(admin+":"+adminPassword)))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, asked.stop()) }()
		if err := asked.refuses(ctx, guardedPath); err != nil {
			return err
		}
		for range guardedAsked { // in turns, so that what else goes on at the machine falls on both
			if err := errors.Join(open.call(guardedPath), asked.call(guardedPath)); err != nil {
				return err
			}
		}
		r.record(passwordOpen, open.median())
		r.record(passwordAsked, asked.median())
		r.record(passwordAdds, max(0, asked.median()-open.median()))
		return nil
	},
}

// caller is a client with a connection to a server of its own.
type caller struct {
	*target
	conn *wire.Conn
	took []time.Duration
}

// caller starts a server with further properties, and connects to it. The authorization may be empty.
func (r *trial) caller(ctx context.Context, properties map[string]string, authorization string) (*caller, error) {
	server, err := r.startOvateWith(ctx, nil, properties)
	if err != nil {
		return nil, err
	}
	c, err := wire.Dial(ctx, server.address)
	if err != nil {
		return nil, errors.Join(err, server.stop())
	}
	if authorization != "" {
		c.SetHeader("Authorization", authorization)
	}
	return &caller{target: server, conn: c}, nil
}

// call asks for a path, and notes how long that took.
func (c *caller) call(path string) error {
	took, err := timed(c.conn, request{"GET", path, nil}, "")
	c.took = append(c.took, took)
	return err
}

// median is how long a call took, in microseconds.
func (c *caller) median() float64 {
	sorted := slices.Sorted(slices.Values(c.took))
	return 1000 * milliseconds(sorted[len(sorted)/2])
}

// refuses makes sure that the server wants to know who asks for a path.
func (c *caller) refuses(ctx context.Context, path string) error {
	nobody, err := wire.Dial(ctx, c.address)
	if err != nil {
		return err
	}
	defer nobody.Close()
	status, _, err := nobody.Get(path)
	if err == nil && status != 401 {
		err = fmt.Errorf("GET %s without a password: %d, not 401", path, status)
	}
	return err
}

// stop ends the connection and the server.
func (c *caller) stop() error { return errors.Join(c.conn.Close(), c.target.stop()) }

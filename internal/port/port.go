// Package port finds ports for programs that have to be told theirs.
package port

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports that are looked at. No system gives one of them away by itself, neither to a client nor to who listens at any: Linux begins at 32768.
const (
	first = 10_000
	count = 20_000
)

// Hold listens at a port of the loopback interface that nobody has. Once it is closed nobody gets it by chance, before the program that is told of it does.
func Hold() (net.Listener, error) {
	const tries = 100
	var err error
	for range tries {
		var held net.Listener
		if held, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(first+rand.IntN(count)))); err == nil {
			return held, nil
		}
	}
	return nil, fmt.Errorf("none of %d ports from %d on is free, it seems: %w", count, first, err)
}

package kafka

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"
)

// dialer connects to brokers.
type dialer struct {
	dial    func(ctx context.Context, network, address string) (net.Conn, error) // nil: whoever it is
	tls     *tls.Config                                                          // nil: none
	timeout time.Duration                                                        // until the connection can be used
}

// connect connects to one.
func (d *dialer) connect(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	dial := d.dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	conn, err := dial(ctx, network, address)
	if err != nil || d.tls == nil {
		return conn, err
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("broker %q: %w", address, err)
	}
	config := d.tls.Clone()
	config.ServerName = host
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, &handshakeError{address, err}
	}
	return secure, nil
}

// handshakeError is why nobody could speak TLS with a broker.
type handshakeError struct {
	address string
	err     error
}

func (e *handshakeError) Error() string { return fmt.Sprintf("TLS with %s: %v", e.address, e.err) }
func (e *handshakeError) Unwrap() error { return e.err }

package sqldb

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"testing"
)

// host is a server, or none.
type host struct{ down, replica, closed bool }

func (h *host) Connect(context.Context) (driver.Conn, error) {
	if h.down {
		return nil, errors.New("connection refused")
	}
	return hostConn{host: h}, nil
}
func (h *host) Driver() driver.Driver { return nil }

type hostConn struct {
	driver.Conn
	host *host
}

func (c hostConn) Close() error {
	c.host.closed = true
	return nil
}
func (c hostConn) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return readOnly(c.host.replica), nil
}

// readOnly has a row unless it is true.
type readOnly bool

func (r readOnly) Columns() []string { return []string{"1"} }
func (r readOnly) Close() error      { return nil }
func (r readOnly) Next([]driver.Value) error {
	if r {
		return io.EOF
	}
	return nil
}

// TestFirstHost: of several hosts that is taken which can be written to; replicas are left alone, and closed.
func TestFirstHost(t *testing.T) {
	t.Parallel()
	replica, primary := &host{replica: true}, &host{}
	made, err := firstHost{&host{down: true}, replica, primary, &host{}}.Connect(t.Context())
	if err != nil || made.(hostConn).host != primary || !replica.closed || primary.closed {
		t.Errorf("connected to %+v, %v", made, err)
	}
	_, err = firstHost{&host{down: true}, replica}.Connect(t.Context())
	if f := mysqlFault(err); f.kind != unreachable {
		t.Errorf("without a primary: %v is of kind %d", err, f.kind)
	}
}

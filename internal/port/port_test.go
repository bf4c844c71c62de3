package port_test

import (
	"net"
	"testing"

	"ovate/internal/port"
)

// A port that is held is nobody else's, and none that systems give away.
func TestHold(t *testing.T) {
	t.Parallel()
	for range 20 {
		held, err := port.Hold()
		if err != nil {
			t.Fatal(err)
		}
		defer held.Close()
		if at := held.Addr().(*net.TCPAddr); at.Port < 10_000 || at.Port >= 30_000 || !at.IP.IsLoopback() {
			t.Errorf("%v is held", at)
		}
		if other, err := net.Listen("tcp", held.Addr().String()); err == nil {
			t.Errorf("two listen at %v", other.Addr())
		}
	}
}

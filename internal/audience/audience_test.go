package audience

import (
	"errors"
	"net/http/httptest"
	"testing"

	"ovate/internal/auth"
)

func TestJoin(t *testing.T) {
	t.Parallel()
	a := New(func() int { return 4 })
	join := func(who auth.Identity, address string) (func(), error) {
		r := httptest.NewRequest("GET", "/events", nil)
		r.RemoteAddr = address
		return a.Join(r.WithContext(auth.With(r.Context(), who)))
	}
	one, other := auth.NewIdentity("one", auth.AllowAll{}), auth.NewIdentity("other", new(auth.Roles))
	leave, err := join(one, "10.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := join(one, "10.0.0.2:1"); err != nil {
		t.Fatal(err)
	}
	if _, err := join(one, "10.0.0.3:1"); !errors.Is(err, ErrFull) {
		t.Errorf("a third of one user: %v", err)
	}
	if _, err := join(auth.Everybody(), "10.0.0.1:2"); err != nil {
		t.Errorf("an address: %v", err)
	}
	if _, err := join(other, "10.0.0.1:1"); err != nil {
		t.Errorf("another user: %v", err)
	}
	if _, err := join(other, "10.0.0.1:1"); !errors.Is(err, ErrFull) {
		t.Errorf("a fifth of all: %v", err)
	}
	leave()
	leave() // once more is nothing
	if _, err := join(auth.Everybody(), "10.0.0.1:3"); err != nil {
		t.Errorf("in the place of one that has left: %v", err)
	}
	if _, err := join(other, ""); !errors.Is(err, ErrFull) {
		t.Errorf("a fifth again: %v", err)
	}
}

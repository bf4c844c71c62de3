package room

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
)

func TestRead(t *testing.T) {
	t.Parallel()
	r := New(1 << 20)
	for _, size := range []int{0, 1, 4 << 10, Free, Free + 1, 1 << 20} {
		s := r.Share("")
		got, err := s.Read(iotest{strings.NewReader(strings.Repeat("x", size))}, 1<<20)
		if err != nil || len(got) != size || s.Has() > r.Size() {
			t.Errorf("%d bytes: %d, %v, %d are held", size, len(got), err, s.Has())
		}
		s.Release()
	}
	s := r.Share("")
	if _, err := s.Read(bytes.NewReader(make([]byte, 1<<20+1)), 1<<20); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte more than there may be: %v", err)
	}
	s.Release()
	if !r.Hold("").Try(r.Size()) {
		t.Fatal("not all is given back")
	}
	if _, err := r.Share("").Read(strings.NewReader(strings.Repeat("x", 1<<10)), 1<<20); err != nil {
		t.Errorf("a small body while others have all: %v", err)
	}
	if _, err := r.Share("").Read(strings.NewReader(strings.Repeat("x", 1<<19)), 1<<20); !errors.Is(err, ErrBusy) {
		t.Errorf("a large one: %v", err)
	}
}

// iotest reads in small pieces.
type iotest struct{ io.Reader }

func (r iotest) Read(b []byte) (int, error) { return r.Reader.Read(b[:min(len(b), 1000)]) }

func TestValues(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := New(1 << 20)
		s := r.Share("")
		if err := s.Values(t.Context(), r.Size()/valueCost+1); !errors.Is(err, ErrTooLarge) {
			t.Errorf("more than there is: %v", err)
		}
		if err := s.Values(t.Context(), r.Size()/valueCost); err != nil {
			t.Errorf("all there is: %v", err)
		}
		if err := r.Share("").Values(t.Context(), 1000); !errors.Is(err, ErrBusy) {
			t.Errorf("while another has it: %v", err)
		}
		done := make(chan error)
		go func() { done <- r.Share("").Values(t.Context(), 1000) }()
		synctest.Wait()
		s.Release()
		if err := <-done; err != nil {
			t.Errorf("once it is given back: %v", err)
		}
	})
	if From(context.Background()).Values(t.Context(), 1<<40) != nil {
		t.Error("no share has bounds")
	}
}

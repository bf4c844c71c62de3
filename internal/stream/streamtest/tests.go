package streamtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"ovate/internal/stream"
)

func testPartitions(t *testing.T, b *bench) {
	name, s := b.open(11) // of which 10 is behind 9, as 12 is then
	all := b.partitions(s)
	if len(all) != 11 || slices.ContainsFunc(all, func(p stream.Partition) bool { return p.Stream != name }) {
		t.Fatalf("partitions of %s: %v", name, all)
	}
	if again := b.partitions(b.stream(name)); !slices.Equal(all, again) {
		t.Errorf("partitions are %v, and then %v", all, again)
	}
	b.Service.Grow(t, name, 13)
	more := b.partitions(s)
	if len(more) != 13 {
		t.Fatalf("partitions after there were more: %v", more)
	}
	if !slices.Equal(more[:11], all) {
		t.Errorf("partitions that came later are not behind the others: %v, and then %v", all, more)
	}
	if latest, err := s.Latest(t.Context(), more); err != nil || len(latest) != 13 {
		t.Errorf("latest of %d partitions: %v, %v", len(more), latest, err)
	}
}

func testMissing(t *testing.T, b *bench) {
	name := b.Name("later")
	s := b.stream(name)
	_, err := s.Partitions(t.Context())
	b.missing("partitions before there is a stream", err)
	b.Service.Create(t, name, 2)
	all := b.partitions(s)
	if len(all) != 2 {
		t.Fatalf("partitions %v", all)
	}
	b.ends(s, all[0])
	b.Service.Delete(t, name)
	_, err = s.Latest(t.Context(), all)
	b.missing("latest of a stream that was deleted", err)
	_, err = s.Earliest(t.Context(), all)
	b.missing("earliest of a stream that was deleted", err)
	_, err = s.Partitions(t.Context())
	b.missing("partitions of a stream that was deleted", err)
}

func testEmpty(t *testing.T, b *bench) {
	_, s := b.open(1)
	p := b.partitions(s)[0]
	earliest, latest := b.ends(s, p)
	b.lag(earliest, latest, 0)
	b.available(s, map[stream.Sequence]bool{latest: true, b.Nowhere: false}, p)
	if none, err := s.Latest(t.Context(), nil); err != nil || len(none) != 0 {
		t.Errorf("latest of no partition: %v, %v", none, err)
	}
}

func testRecords(t *testing.T, b *bench) {
	_, s := b.open(2)
	all := b.partitions(s)
	first, other := all[0], all[1]
	b.Service.Append(t, first, 7)
	earliest, latest := b.ends(s, first)
	b.lag(earliest, latest, 7)
	b.lag(latest, earliest, -7)
	b.Service.Append(t, first, 5)
	_, later := b.ends(s, first)
	b.lag(latest, later, 5)
	b.Service.Trim(t, first, 4)
	trimmed, last := b.ends(s, first)
	b.lag(earliest, trimmed, 4)
	b.lag(later, last, 0)
	from, to := b.ends(s, other)
	b.lag(from, to, 0)
}

func testAvailable(t *testing.T, b *bench) {
	_, s := b.open(1)
	p := b.partitions(s)[0]
	b.Service.Append(t, p, 3)
	begin, middle := b.ends(s, p)
	b.Service.Append(t, p, 3)
	_, end := b.ends(s, p)
	b.available(s, map[stream.Sequence]bool{begin: true, middle: true, end: true, b.Nowhere: false}, p)
	b.Service.Trim(t, p, 3)
	b.available(s, map[stream.Sequence]bool{begin: false, middle: true, end: true}, p)
	b.Service.Trim(t, p, 3)
	b.available(s, map[stream.Sequence]bool{middle: false, end: true}, p)
}

func testAnew(t *testing.T, b *bench) {
	name, s := b.open(1)
	p := b.partitions(s)[0]
	b.Service.Append(t, p, 9)
	_, end := b.ends(s, p)
	b.Service.Delete(t, name)
	b.Service.Create(t, name, 1)
	p = b.partitions(s)[0]
	b.Service.Append(t, p, 1)
	earliest, latest := b.ends(s, p)
	b.lag(earliest, latest, 1)
	b.available(s, map[stream.Sequence]bool{end: false, earliest: true, latest: true}, p)
}

func testSome(t *testing.T, b *bench) {
	_, s := b.open(1)
	p := b.partitions(s)[0]
	gone := b.Name("gone")
	b.Service.Create(t, gone, 1)
	other := b.partitions(b.stream(gone))[0]
	b.Service.Delete(t, gone)
	of := []stream.Partition{other, p}
	earliest, err := s.Earliest(t.Context(), of)
	b.missing("earliest", err)
	latest, err := s.Latest(t.Context(), of)
	b.missing("latest", err)
	available, err := s.Available(t.Context(), map[stream.Partition]stream.Sequence{p: latest[p], other: latest[p]})
	b.missing("available", err)
	if len(earliest) != 1 || len(latest) != 1 || len(available) != 1 || !available[p] {
		t.Errorf("told is %v, %v, %v; want it of %v alone", earliest, latest, available, p)
	}
}

func testUnreachable(t *testing.T, b *bench) {
	_, s := b.open(1)
	all := b.partitions(s)
	unreachable := func(what string, err error) {
		t.Helper()
		if _, is := errors.AsType[*stream.UnreachableError](err); !is {
			t.Errorf("%s: error %v, want an UnreachableError", what, err)
		}
	}
	for range 2 {
		b.Service.Cut()
		_, err := s.Latest(t.Context(), all)
		unreachable("latest", err)
		_, err = s.Partitions(t.Context())
		unreachable("partitions", err)
		b.Service.Mend()
		if again := b.partitions(s); !slices.Equal(all, again) {
			t.Errorf("partitions afterwards: %v", again)
		}
		b.ends(s, all[0])
	}
}

func testContext(t *testing.T, b *bench) {
	name, known := b.open(1)
	all := b.partitions(known)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for what, ask := range b.questions(known, all) {
		if err := ask(ended, known); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, by a context that has ended: %v", what, err)
		}
		s := b.stream(name)
		waiting := b.Service.Stall()
		ctx, cancel := context.WithCancel(t.Context())
		answer := make(chan error, 1)
		go func() { answer <- ask(ctx, s) }()
		<-waiting
		cancel()
		if err := <-answer; !errors.Is(err, context.Canceled) {
			t.Errorf("%s, by a context that ends: %v", what, err)
		}
		b.Service.Mend()
		if err := ask(t.Context(), s); err != nil {
			t.Errorf("%s, asked again: %v", what, err)
		}
	}
}

// questions are all that a stream can be asked.
func (b *bench) questions(s stream.Stream, all []stream.Partition) map[string]func(context.Context, stream.Stream) error {
	b.Helper()
	at, err := s.Latest(b.Context(), all)
	if err != nil {
		b.Fatal(err)
	}
	return map[string]func(context.Context, stream.Stream) error{
		"partitions": func(ctx context.Context, s stream.Stream) error { _, err := s.Partitions(ctx); return err },
		"earliest":   func(ctx context.Context, s stream.Stream) error { _, err := s.Earliest(ctx, all); return err },
		"latest":     func(ctx context.Context, s stream.Stream) error { _, err := s.Latest(ctx, all); return err },
		"available":  func(ctx context.Context, s stream.Stream) error { _, err := s.Available(ctx, at); return err },
	}
}

func testClose(t *testing.T, b *bench) {
	name, known := b.open(1)
	all := b.partitions(known)
	for what, ask := range b.questions(known, all) {
		s := b.stream(name)
		waiting := b.Service.Stall()
		answer := make(chan error, 1)
		go func() { answer <- ask(t.Context(), s) }()
		<-waiting
		s.Close()
		if err := <-answer; err == nil {
			t.Errorf("%s: a stream that was closed answered", what)
		}
		b.Service.Mend()
		s.Close()
		if err := ask(t.Context(), s); err == nil {
			t.Errorf("%s: a closed stream answered", what)
		}
	}
}

func testConcurrency(t *testing.T, b *bench) {
	_, s := b.open(4)
	all := b.partitions(s)
	var group sync.WaitGroup
	for range 8 {
		for what, ask := range b.questions(s, all) {
			group.Go(func() {
				if err := ask(t.Context(), s); err != nil {
					t.Errorf("%s: %v", what, err)
				}
			})
		}
	}
	group.Wait()
}

func testOrder(t *testing.T, b *bench) {
	_, s := b.open(1)
	p := b.partitions(s)[0]
	b.Service.Append(t, p, 2)
	earliest, latest := b.ends(s, p)
	b.lag(latest, latest, 0)
	b.lag(earliest, latest, 2)
	for _, strange := range b.Strange {
		_, err := b.Order.Compare(strange, latest)
		_, other := b.Order.Compare(latest, strange)
		_, third := b.Order.Distance(earliest, strange)
		if err == nil || other == nil || third == nil {
			t.Errorf("%q is taken for a number: %v, %v, %v", strange, err, other, third)
		}
		if found, err := s.Available(t.Context(), map[stream.Partition]stream.Sequence{p: strange}); err == nil {
			t.Error(fmt.Sprintf("%q may be available:", strange), found)
		}
	}
}

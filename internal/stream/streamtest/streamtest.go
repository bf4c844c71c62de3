// Package streamtest is the suite that every stream.Stream must pass.
package streamtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ovate/internal/stream"
)

// Service is who has streams, and can have happen to them what happens to real ones. What it has done can be seen by whoever asks next.
type Service interface {
	// Open opens the stream of a name, whether there is one or not.
	Open(t *testing.T, name string) stream.Stream
	Create(t *testing.T, name string, partitions int)
	Grow(t *testing.T, name string, partitions int) // to so many
	Delete(t *testing.T, name string)
	// Append writes records that readers see.
	Append(t *testing.T, to stream.Partition, records int)
	// Trim removes the oldest records.
	Trim(t *testing.T, of stream.Partition, records int)
	// Cut has nobody reached until Mend.
	Cut()
	Mend()
	// Stall has nobody answer until Mend, and closes what it returns when somebody waits for that.
	Stall() (waiting <-chan struct{})
}

// Harness is a kind of streams under test.
type Harness struct {
	Service Service
	Order   stream.Order
	// Name makes the name of a stream that nobody else has.
	Name func(base string) string
	// Nowhere is the number of a place that no partition gets to here.
	Nowhere stream.Sequence
	// Strange are texts that are no numbers of this kind.
	Strange []stream.Sequence
}

// Exercise runs the suite. within runs a test with a service that has no streams of the names that it makes.
func Exercise(t *testing.T, within func(t *testing.T, test func(t *testing.T, h Harness))) {
	t.Helper()
	for name, test := range map[string]func(t *testing.T, b *bench){
		"partitions are told in order, and grow":       testPartitions,
		"a stream that is not there, or not any more":  testMissing,
		"an empty stream ends where it begins":         testEmpty,
		"records move the end, and then the beginning": testRecords,
		"where reading can go on":                      testAvailable,
		"a stream that is made anew":                   testAnew,
		"what is known is told beside what is not":     testSome,
		"nobody is reached, and then somebody again":   testUnreachable,
		"a question ends with its context":             testContext,
		"closed streams answer nobody":                 testClose,
		"many ask at the same time":                    testConcurrency,
		"the order of numbers":                         testOrder,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			within(t, func(t *testing.T, h Harness) { test(t, &bench{t, h}) })
		})
	}
}

type bench struct {
	*testing.T
	Harness
}

// open is a new stream with so many partitions.
func (b *bench) open(partitions int) (name string, s stream.Stream) {
	b.Helper()
	name = b.Name("stream")
	b.Service.Create(b.T, name, partitions)
	return name, b.stream(name)
}

func (b *bench) stream(name string) stream.Stream {
	s := b.Service.Open(b.T, name)
	b.Cleanup(s.Close)
	return s
}

func (b *bench) partitions(s stream.Stream) []stream.Partition {
	b.Helper()
	all, err := s.Partitions(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return all
}

// ends are the earliest and the latest place in a partition.
func (b *bench) ends(s stream.Stream, p stream.Partition) (earliest, latest stream.Sequence) {
	b.Helper()
	from, err := s.Earliest(b.Context(), []stream.Partition{p})
	to, other := s.Latest(b.Context(), []stream.Partition{p})
	if err := errors.Join(err, other); err != nil {
		b.Fatal(err)
	}
	return from[p], to[p]
}

// lag fails unless two places are so many records from each other, as far as numbers tell.
func (b *bench) lag(from, to stream.Sequence, want int64) {
	b.Helper()
	got, err := b.Order.Distance(from, to)
	if errors.Is(err, errors.ErrUnsupported) {
		got, err = want, nil
	}
	if err != nil || got != want {
		b.Errorf("from %s to %s there are %d records, %v; want %d", from, to, got, err, want)
	}
	sign, err := b.Order.Compare(to, from)
	if err != nil || sign != max(-1, min(int(want), 1)) {
		b.Errorf("%s is compared to %s: %d, %v", to, from, sign, err)
	}
}

func testPartitions(t *testing.T, b *bench) {
	name, s := b.open(11) // 10 comes behind 9
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
	for _, p := range all {
		if !slices.Contains(more, p) {
			t.Errorf("%v is not told any more", p)
		}
	}
	if latest, err := s.Latest(t.Context(), more); err != nil || len(latest) != 13 {
		t.Errorf("latest of %d partitions: %v, %v", len(more), latest, err)
	}
}

// missing fails unless an error says that something is not there.
func (b *bench) missing(what string, err error) {
	b.Helper()
	if _, is := errors.AsType[*stream.MissingError](err); !is {
		b.Errorf("%s: error %v, want a MissingError", what, err)
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

// available fails unless places in a partition are, or are not.
func (b *bench) available(s stream.Stream, want map[stream.Sequence]bool, p stream.Partition) {
	b.Helper()
	for at, want := range want {
		got, err := s.Available(b.Context(), map[stream.Partition]stream.Sequence{p: at})
		if diff := cmp.Diff(map[stream.Partition]bool{p: want}, got); err != nil || diff != "" {
			b.Errorf("whether %s is available: %v\n%s", at, err, diff)
		}
	}
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
	for what, ask := range questions(all) {
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
func questions(all []stream.Partition) map[string]func(context.Context, stream.Stream) error {
	return map[string]func(context.Context, stream.Stream) error{
		"partitions": func(ctx context.Context, s stream.Stream) error { _, err := s.Partitions(ctx); return err },
		"earliest":   func(ctx context.Context, s stream.Stream) error { _, err := s.Earliest(ctx, all); return err },
		"latest":     func(ctx context.Context, s stream.Stream) error { _, err := s.Latest(ctx, all); return err },
	}
}

func testClose(t *testing.T, b *bench) {
	name, known := b.open(1)
	all := b.partitions(known)
	for what, ask := range questions(all) {
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
		for what, ask := range questions(all) {
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

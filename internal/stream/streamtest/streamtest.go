// Package streamtest is the suite that every stream.Stream must pass.
package streamtest

import (
	"errors"
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

// missing fails unless an error says that something is not there.
func (b *bench) missing(what string, err error) {
	b.Helper()
	if _, is := errors.AsType[*stream.MissingError](err); !is {
		b.Errorf("%s: error %v, want a MissingError", what, err)
	}
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

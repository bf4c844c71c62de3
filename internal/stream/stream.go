// Package stream is the seam to streams of records, such as topics of Kafka, from which tasks read. Here are the questions that a supervisor has before it
// tells its tasks where to begin; nobody reads records by it. What an implementation must do is fixed by the suite in streamtest.
package stream

import "context"

// Partition is a part of a stream, within which records have an order.
type Partition struct {
	// Stream is the name of what it is a part of: of the topic, where a supervisor reads several.
	Stream string
	// ID is its name there: 0 in Kafka, shardId-000000000000 in Kinesis.
	ID string
}

// Sequence is the number of a place in a partition as text, which may have more digits than an integer of Go. It means something to the partition's kind
// of stream alone, and tells nothing of how many records there are.
type Sequence string

// Stream answers for one stream, or for the topics that one supervisor reads. Its methods may be called from many goroutines, and end with their context,
// whose error they then return.
//
// Other errors wrap a MissingError, a DeniedError or an UnreachableError, where it is one of these. Where a method is asked for many partitions, it tells
// what it knows of some even if there is an error for others.
type Stream interface {
	// Partitions are those that there are now, those of one name in the order in which they came to be. That a pattern matches nothing is a MissingError,
	// as that there is no stream of a name is.
	Partitions(ctx context.Context) ([]Partition, error)

	// Earliest are the places of the first records that can still be read; where there are none, of the next ones.
	Earliest(ctx context.Context, of []Partition) (map[Partition]Sequence, error)

	// Latest are the places where everything has been read that readers get to see now.
	Latest(ctx context.Context, of []Partition) (map[Partition]Sequence, error)

	// Available tells whether reading can go on at some places: not where records have been removed since, nor where there never were any, as in a
	// stream that was deleted and made anew. The next record's place is available before it comes.
	Available(ctx context.Context, at map[Partition]Sequence) (map[Partition]bool, error)

	// Close frees what the stream holds. It may be called more than once; what is asked at that time or later has an error.
	Close()
}

// Order is what the numbers of a kind of streams tell by themselves. Its errors are about texts that are no numbers of this kind.
type Order interface {
	// Compare is that of package cmp, for places in one partition.
	Compare(a, b Sequence) (int, error)

	// Distance is how many records lie between two places at most: the lag, if the first is where readers are and the second the latest. It is below 0 if
	// the second lies before the first. The error is errors.ErrUnsupported where numbers do not count records.
	Distance(from, to Sequence) (int64, error)
}

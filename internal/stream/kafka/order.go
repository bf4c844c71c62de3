package kafka

import (
	"cmp"
	"fmt"
	"strconv"

	"ovate/internal/stream"
)

// Order is that of offsets, which count records: some of the numbers may have none, where a topic is compacted or written in transactions.
type Order struct{}

// Compare compares two offsets.
func (Order) Compare(a, b stream.Sequence) (int, error) {
	x, y, err := offsets(a, b)
	return cmp.Compare(x, y), err
}

// Distance is the difference of two offsets.
func (Order) Distance(from, to stream.Sequence) (int64, error) {
	x, y, err := offsets(from, to)
	return y - x, err
}

func offsets(a, b stream.Sequence) (x, y int64, err error) {
	if x, err = offset(a); err == nil {
		y, err = offset(b)
	}
	if err != nil {
		return 0, 0, err
	}
	return x, y, nil
}

// offset reads one.
func offset(s stream.Sequence) (int64, error) {
	n, err := strconv.ParseInt(string(s), 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%.40q is no offset of Kafka: that is a whole number from 0 to 9223372036854775807", s)
	}
	return n, nil
}

// sequence is an offset as text.
func sequence(offset int64) stream.Sequence { return stream.Sequence(strconv.FormatInt(offset, 10)) }

package kafka

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"

	"ovate/internal/stream"
	"ovate/internal/supervisor/document"
)

// Name is the name that Druid has for a partition of the stream: 0, or topic:0 where several topics are read.
func (s *Spec) Name(p stream.Partition) string {
	if s.Multi {
		return p.Stream + ":" + p.ID
	}
	return p.ID
}

// split is the topic of a partition, empty if its name has none, and its number.
func split(name string) (topic string, number int32, err error) {
	at := strings.LastIndexByte(name, ':')
	n, err := strconv.ParseInt(name[at+1:], 10, 32)
	if err != nil || n < 0 || at == 0 {
		return "", 0, &document.Error{Problem: fmt.Sprintf("partition %q must be a number from 0, perhaps after its topic and a colon", document.Cut(name))}
	}
	return name[:max(at, 0)], int32(n), nil
}

// notation is that of Kafka: a partition is a number, perhaps after its topic and a colon, and a place a number, too.
type notation struct{}

// Partition implements assignment.Notation.
func (notation) Partition(name string) (string, error) {
	topic, number, err := split(name)
	if err != nil {
		return "", err
	}
	if topic != "" {
		topic += ":"
	}
	return topic + strconv.Itoa(int(number)), nil
}

// Compare implements assignment.Notation: by topic and number.
func (notation) Compare(a, b string) int {
	topic, number, _ := split(a)
	other, n, _ := split(b)
	return cmp.Or(cmp.Compare(topic, other), cmp.Compare(number, n))
}

// Place implements assignment.Notation.
func (notation) Place(v document.Value) stream.Sequence {
	n, there := v.Whole(0, math.MaxInt64)
	if !there {
		v.Refuse("must be an offset, but is %s", v.Shown())
	}
	return stream.Sequence(strconv.FormatInt(n, 10))
}

// AppendPlace implements assignment.Notation.
func (notation) AppendPlace(dst []byte, partition string, at stream.Sequence) ([]byte, error) {
	offset, err := strconv.ParseInt(string(at), 10, 64)
	if err != nil || offset < 0 {
		return nil, &document.Error{Problem: fmt.Sprintf("the offset of partition %q must be a whole number from 0 to %s, but is %q", partition, endless, at)}
	}
	return strconv.AppendInt(dst, offset, 10), nil
}

// groupsOf is which group of tasks reads each partition: the same as with a Java Overlord, whose tasks go on with this one.
func groupsOf(partitions []string, taskCount int) map[string]int {
	groups := make(map[string]int, len(partitions))
	for _, p := range partitions {
		groups[p] = groupOf(p, taskCount)
	}
	return groups
}

// groupOf is that of one, which depends on no other.
func groupOf(partition string, taskCount int) int {
	topic, number, err := split(partition)
	if err != nil {
		return 0 // which no stream has
	}
	n := int64(number)
	if topic != "" {
		n = int64(int32(31*javaHash(topic) + uint32(number)))
	}
	if n < 0 {
		n = -n
	}
	return int(n % int64(taskCount))
}

// javaHash is String.hashCode.
func javaHash(s string) (h uint32) {
	for _, unit := range utf16.Encode([]rune(s)) {
		h = 31*h + uint32(unit)
	}
	return h
}

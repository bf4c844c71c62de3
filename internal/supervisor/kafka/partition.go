package kafka

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"ovate/internal/stream"
	"ovate/internal/supervisor/document"
	"ovate/internal/supervisor/plan"
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

// inOrder are the partitions of some offsets, by topic and number. The error is a *document.Error.
func inOrder(offsets plan.Offsets) (names []string, err error) {
	type place struct {
		name, topic string
		number      int32
	}
	var all []place
	for name := range offsets {
		p := place{name: name}
		if p.topic, p.number, err = split(name); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b place) int { return cmp.Or(cmp.Compare(a.topic, b.topic), cmp.Compare(a.number, b.number)) })
	for _, p := range all {
		names = append(names, p.name)
	}
	return names, nil
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

package assignment

import (
	"fmt"
	"strconv"

	"ovate/druid"
	"ovate/internal/stream"
	"ovate/internal/supervisor/document"
	"ovate/internal/supervisor/plan"
)

// Notation is how a kind of streams has its partitions and places in JSON.
type Notation interface {
	// Partition is the name of a partition as it is written here, which may be read in other ways, too. The error is a *document.Error.
	Partition(name string) (string, error)
	// Compare orders partitions, all of which have such names.
	Compare(a, b string) int
	// Place reads a place. It refuses what is none.
	Place(v document.Value) stream.Sequence
	// AppendPlace appends a place as JSON. The error is a *document.Error about the partition in which it is none.
	AppendPlace(dst []byte, partition string, at stream.Sequence) ([]byte, error)
}

// AppendOffsets appends places by partition, in the order of partitions. The error is a *document.Error.
func AppendOffsets(dst []byte, offsets plan.Offsets, n Notation) ([]byte, error) {
	names, err := sorted(offsets, n)
	if err != nil {
		return nil, err
	}
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(druid.AppendString(dst, name), ':')
		if dst, err = n.AppendPlace(dst, name, offsets[name]); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// AppendPlaces appends where reading of a stream begins or ends, in Druid's words start and end, all of it in the names of older versions, too.
func AppendPlaces(dst []byte, typ, name string, offsets plan.Offsets, n Notation) ([]byte, error) {
	places, err := AppendOffsets(nil, offsets, n)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(dst, `{"type":%q,"stream":%s,"topic":%[2]s,"partitionSequenceNumberMap":%s,"partitionOffsetMap":%[3]s}`, typ, druid.AppendString(nil, name), places), nil
}

// readPlaces reads of which stream something is, and where in it. The names of older versions count more, as in Druid.
func readPlaces(v document.Value, n Notation) (name string, at plan.Offsets) {
	if v.Missing() {
		v.Refuse("is missing: it must be an object with stream and partitionSequenceNumberMap")
		return "", nil
	}
	v.Object()
	of, offsets := v.Field("stream"), v.Field("partitionOffsetMap")
	if of.Missing() && !v.Field("topic").Missing() {
		of = v.Field("topic")
	}
	if offsets.Missing() {
		offsets = v.Field("partitionSequenceNumberMap")
	}
	return of.NonEmpty("must be the name of the stream"), readOffsets(offsets, n)
}

// readOffsets reads places by partition.
func readOffsets(v document.Value, n Notation) plan.Offsets {
	if v.Missing() {
		v.Refuse("is missing: it must be an object with offsets by partition")
		return nil
	}
	v.Object()
	all := plan.Offsets{}
	for name, raw := range v.Members() {
		offset := v.At(name, raw)
		partition, err := n.Partition(name)
		if err != nil {
			offset.Refuse("must be an offset by a partition: %v", err)
			continue
		}
		all[partition] = n.Place(offset)
	}
	return all
}

// appendCheckpoints appends where the parts of a sequence begin, by their numbers.
func appendCheckpoints(dst []byte, c plan.Checkpoints, n Notation) ([]byte, error) {
	dst = append(dst, '{')
	for i, at := range c.At {
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = AppendOffsets(fmt.Appendf(dst, `"%d":`, c.First+i), at, n); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

// readCheckpoints reads where the parts of a sequence began when its task was made: JSON within a text. Without any there is one part.
func readCheckpoints(v document.Value, start plan.Offsets, n Notation) plan.Checkpoints {
	text, there := v.Text()
	if !there {
		return plan.Checkpoints{At: []plan.Offsets{start}}
	}
	within, err := document.Parse([]byte(text), "it")
	if err != nil {
		v.Refuse("must be a text that is a JSON object with offsets by the numbers of parts, but %v", err)
		return plan.Checkpoints{}
	}
	parts := map[int]plan.Offsets{}
	for name, raw := range within.Members() {
		part := v.At(name, raw)
		number, err := strconv.ParseInt(name, 10, 32)
		if err != nil || number < 0 {
			part.Refuse("must have the number of a part for its name")
			continue
		}
		parts[int(number)] = readOffsets(part, n)
	}
	c, err := plan.InOrder(parts)
	if err != nil {
		v.Refuse("has %v", err)
	}
	if len(c.At) == 0 {
		v.Refuse("has no parts: it must be a text that is a JSON object with offsets by the numbers of parts")
	}
	return c
}

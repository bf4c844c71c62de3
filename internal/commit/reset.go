package commit

import (
	"maps"

	"ovate/druid"
)

// With is what is to be stored once a stream is to be read on from other offsets in some partitions, whatever was published of them: those take the
// place of stored ones, and the other partitions stay. Stored is nil if nothing is. Offsets of another stream take the place of all.
func With(stored, offsets *Metadata) (*Metadata, error) {
	if err := checkReset(stored, offsets); err != nil || stored == nil {
		return offsets, err
	}
	return stored.plus(offsets)
}

// Without is what is to be stored once nobody is to know how far some partitions of a stream were read: those that reset names, whatever offsets it
// has for them. Of another stream it names none.
func Without(stored, reset *Metadata) (*Metadata, error) {
	if err := checkReset(stored, reset); err != nil || stored == nil || stored.read.stream != reset.read.stream {
		return stored, err
	}
	left := *stored
	left.read.offsets = maps.Clone(stored.read.offsets)
	for partition := range reset.read.offsets {
		delete(left.read.offsets, partition)
	}
	return &left, nil
}

// checkReset refuses what names no partitions of a stream, or of one of another kind than what is stored.
func checkReset(stored, reset *Metadata) error {
	switch {
	case reset.kind == objects:
		return druid.InvalidInput("field [type] is [%s], but must be that of a stream: only such can be read from another place", objects)
	case !reset.read.end:
		return druid.InvalidInput("field [partitions.type] is [start], but must be [end]")
	case stored != nil && stored.kind != reset.kind:
		return druid.InvalidInput("field [type] is [%s], but what was published last is of type [%s]", reset.kind, stored.kind)
	}
	return nil
}

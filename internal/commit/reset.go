package commit

import "ovate/druid"

// With is what is to be stored once a stream is to be read on from other offsets in some partitions, whatever was published of them: those take the
// place of stored ones, and the other partitions stay. Stored is nil if nothing is. Offsets of another stream take the place of all.
func With(stored, offsets *Metadata) (*Metadata, error) {
	if err := checkReset(stored, offsets); err != nil || stored == nil {
		return offsets, err
	}
	return stored.plus(offsets)
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

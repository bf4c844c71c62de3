package orphans

import (
	"context"
	"hash/maphash"
	"maps"
	"slices"
	"strconv"

	"ovate/internal/deepstorage"
	"ovate/internal/metadata"
)

// names are the places that rows name, as hashes, since there may be very many. Two that meet in one only spare an orphan.
type names struct {
	seed    maphash.Seed    // the finder's, so that hashes of two of them compare
	keys    map[uint64]bool // of traces of places
	pending map[uint64]bool // of ids that were handed out: their files may be anywhere in the partition's folder
	blurred map[string]bool // data sources with rows that cannot be read
}

// names reads what the metadata name. Ids that were handed out come first: one that is published meanwhile is among the segments.
func (f *Finder) names(ctx context.Context) (*names, error) {
	n := &names{f.seed, map[uint64]bool{}, map[uint64]bool{}, map[string]bool{}}
	sources, err := f.store.PendingDataSources(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range sources {
		rows, err := f.store.PendingSegments(ctx, name, nil)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if row.Unreadable != nil {
				n.blurred[name] = true
			}
			n.pending[n.hash(name, row.ID.Version, strconv.Itoa(row.ID.PartitionNum))] = true
		}
	}
	err = f.store.AllSegments(ctx, func(row *metadata.SegmentRow) error {
		named := func(trace string) { n.keys[n.hash(trace)] = true }
		err := row.Unreadable
		if err == nil {
			err = deepstorage.Named(row.Segment.LoadSpec, named)
		}
		if err != nil {
			n.blurred[row.Segment.DataSource] = true
			deepstorage.NamedIn(row.Payload, named) // what it may need of other data sources
			deepstorage.NamedIn(row.Segment.LoadSpec, named)
		}
		return nil
	})
	return n, err
}

func (n *names) hash(texts ...string) uint64 {
	var h maphash.Hash
	h.SetSeed(n.seed)
	for _, text := range texts {
		h.WriteString(text)
		h.WriteByte(0)
	}
	return h.Sum64()
}

// have tells whether a row names the place, or may do so.
func (n *names) have(p *deepstorage.Place) bool {
	return !p.Staged() && (n.blurred[p.DataSource] || n.named(p) || n.pending[n.hash(p.DataSource, p.Version, p.Partition)])
}

func (n *names) named(p *deepstorage.Place) bool {
	return slices.ContainsFunc(deepstorage.PathTraces(p.Key), func(trace string) bool { return n.keys[n.hash(trace)] })
}

// unreadable are the data sources of which nobody knows all files.
func (n *names) unreadable() []string { return slices.Sorted(maps.Keys(n.blurred)) }

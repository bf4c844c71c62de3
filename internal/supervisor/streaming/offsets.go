package streaming

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"ovate/druid"
	"ovate/internal/stream"
	"ovate/internal/supervisor/plan"
)

// readOffsets reads places by partition. A number has as many digits as it has, and may come as a text.
func readOffsets(text []byte) (plan.Offsets, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var values map[string]any
	if err := d.Decode(&values); err != nil {
		return nil, err
	}
	return asOffsets(values)
}

func asOffsets(values map[string]any) (plan.Offsets, error) {
	o := make(plan.Offsets, len(values))
	for partition, value := range values {
		switch value := value.(type) {
		case json.Number:
			o[partition] = stream.Sequence(value)
		case string:
			o[partition] = stream.Sequence(value)
		default:
			return nil, fmt.Errorf("the place in partition %s is %v, but must be a number or a text", partition, value)
		}
	}
	return o, nil
}

// check refuses what can be no place in a stream: by it nobody could tell what is read.
func check(order stream.Order, o plan.Offsets) error {
	for _, partition := range sortedPartitions(o) {
		if _, err := order.Compare(o[partition], o[partition]); err != nil {
			return fmt.Errorf("the place in partition %s: %w", partition, err)
		}
	}
	return nil
}

// readCheckpoints reads where the parts of a sequence begin, by their numbers.
func readCheckpoints(text []byte) (c plan.Checkpoints, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var values map[string]map[string]any
	if err := d.Decode(&values); err != nil {
		return c, err
	}
	at := make(map[int]plan.Offsets, len(values))
	for number, offsets := range values {
		n, err := strconv.Atoi(number)
		if err != nil {
			return c, fmt.Errorf("part %q has no number", number)
		}
		if at[n], err = asOffsets(offsets); err != nil {
			return c, err
		}
	}
	return plan.InOrder(at)
}

// appendOffsets appends places as JSON, in the order of their partitions.
func appendOffsets(dst []byte, o plan.Offsets, quoted bool) []byte {
	dst = append(dst, '{')
	for i, partition := range sortedPartitions(o) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(druid.AppendString(dst, partition), ':')
		if quoted {
			dst = druid.AppendString(dst, string(o[partition]))
		} else {
			dst = append(dst, o[partition]...)
		}
	}
	return append(dst, '}')
}

// sortedPartitions are partitions in order, numbers by their value.
func sortedPartitions[V any](of map[string]V) []string {
	return slices.SortedFunc(maps.Keys(of), func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
}

// farthest are the later ones of places, by partition.
func farthest(order stream.Order, all ...plan.Offsets) (plan.Offsets, error) {
	end := plan.Offsets{}
	for _, o := range all {
		for p, at := range o {
			if before, has := end[p]; has {
				c, err := order.Compare(at, before)
				if err != nil {
					return nil, err
				}
				if c <= 0 {
					continue
				}
			}
			end[p] = at
		}
	}
	return end, nil
}

// lagOf is how many records partitions have that were not read; those are left out of which it is not known.
func lagOf(order stream.Order, current, latest plan.Offsets) stream.Lag {
	lag := stream.Lag{}
	for p, at := range current {
		end, known := latest[p]
		if !known {
			continue
		}
		if n, err := order.Distance(at, end); err == nil {
			lag[p] = n
		}
	}
	return lag
}

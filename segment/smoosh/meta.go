package smoosh

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxChunks bounds how many containers meta.smoosh may announce, far above what a segment can need.
const maxChunks = 100_000

// ParseMeta reads the text of meta.smoosh: the number of containers and where the files lie, in the order of the text.
func ParseMeta(text []byte) (chunks int, entries []Entry, err error) {
	head, rest, _ := strings.Cut(string(text), "\n")
	fields := strings.Split(head, ",")
	if len(fields) != 3 || fields[0] != "v1" {
		return 0, nil, fmt.Errorf("line 1 of %s is %q and should be v1,%d,<containers>", MetaName, head, MaxChunk)
	}
	chunks, err = strconv.Atoi(fields[2])
	if err != nil || chunks < 0 || chunks > maxChunks {
		return 0, nil, fmt.Errorf("line 1 of %s announces %q containers", MetaName, fields[2])
	}
	number := 1
	for rest != "" {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		number++
		e, err := parseEntry(line, chunks)
		if err != nil {
			return 0, nil, fmt.Errorf("line %d of %s: %w", number, MetaName, err)
		}
		entries = append(entries, e)
	}
	return chunks, entries, apart(entries)
}

// apart makes sure that no two files share bytes: a few damaged ones could otherwise stand for any amount of data.
func apart(entries []Entry) error {
	sorted := slices.SortedFunc(slices.Values(entries), func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Chunk, b.Chunk), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	for i, e := range sorted {
		if i > 0 && e.Chunk == sorted[i-1].Chunk && e.Start < sorted[i-1].End {
			return fmt.Errorf("%q and %q share bytes of container %d from %d on", sorted[i-1].Name, e.Name, e.Chunk, e.Start)
		}
	}
	return nil
}

func parseEntry(line string, chunks int) (e Entry, err error) {
	fields := strings.Split(line, ",")
	if len(fields) != 4 {
		return e, fmt.Errorf("%q has %d fields and should have 4: name, container, start, end", line, len(fields))
	}
	e.Name = fields[0]
	if e.Chunk, err = strconv.Atoi(fields[1]); err != nil || e.Chunk < 0 || e.Chunk >= chunks {
		return e, fmt.Errorf("%q names container %q of %d", line, fields[1], chunks)
	}
	e.Start, err = strconv.ParseInt(fields[2], 10, 64)
	if err == nil {
		e.End, err = strconv.ParseInt(fields[3], 10, 64)
	}
	if err != nil || e.Start < 0 || e.End < e.Start {
		return e, fmt.Errorf("%q has no sound start and end", line)
	}
	return e, nil
}

package ingest

import (
	"fmt"

	"ovate/internal/ingest/format"
)

// least is the least memory that a job divides among its parts: less makes no sense, with chunks of a megabyte.
const least = 16 << 20

// Memory is how many bytes the job may take, of which every part has its share; 0 if there is no limit.
func (j *Job) Memory() int64 {
	given := j.Spec.Tuning.MaxBytesInMemory
	switch {
	case given < 0:
		return j.MemoryLimit
	case given == 0:
		return j.MemoryBudget
	case j.MemoryLimit > 0:
		return min(given, j.MemoryLimit)
	}
	return given
}

// dictionaries is how many bytes the dictionaries of one parser may take: together an eighth, as the sink keeps numbers for what
// they hold.
func (j *Job) dictionaries() int64 {
	if j.Memory() == 0 {
		return format.DefaultDictionaryBytes
	}
	return max(1<<20, j.Memory()/8/int64(j.Workers))
}

// flight is how many bytes of chunks may wait to be parsed: an eighth, but enough to keep the workers busy.
func (j *Job) flight() int64 {
	return max(j.Memory()/8, int64(4+4*j.Workers)*format.DefaultChunkBytes)
}

// longestLine is how long a line may be: a quarter, as it is held by each stage once on its way into a segment, and by the next line's reader.
func (j *Job) longestLine() int {
	if j.Memory() == 0 {
		return format.DefaultMaxLine
	}
	return int(min(max(j.Memory()/4, format.LeastMaxLine), format.DefaultMaxLine))
}

// listBytes is about how much memory a value of a list takes on its way into a segment, besides its text.
const listBytes = 64

// longestList is how many values a list of a row may have; 0 if there is no limit.
func (j *Job) longestList() int { return int(j.columns() / 4 / listBytes) }

// listsPerSegment is how many values the lists of a segment have about at most, as who writes a column holds their numbers, by rows and by values; 0 if there is no limit.
func (j *Job) listsPerSegment() int64 { return j.columns() / 8 }

// columns is how many bytes the columns of the data may take besides their values.
func (j *Job) columns() int64 {
	if j.Memory() == 0 {
		return 0
	}
	return max(j.Memory(), least)
}

// listedBytes is about how much memory a column takes that the spec lists, besides its name and its values: each batch has one of it, which rows may fill or not, and each
// worker, and the sink.
const listedBytes = 3 << 10

// checkColumns is an error if the columns that the spec lists take more memory than there is for them, before they take it.
func (j *Job) checkColumns() error {
	most, schema := j.columns(), &j.Spec.Schema
	n := len(schema.Dimensions.Dimensions) + len(schema.Metrics)
	bytes := int64(n) * listedBytes
	for i := range schema.Dimensions.Dimensions {
		bytes += int64(len(schema.Dimensions.Dimensions[i].Name))
	}
	for i := range schema.Metrics {
		bytes += int64(len(schema.Metrics[i].Name))
	}
	if most > 0 && bytes > most {
		return fmt.Errorf("the spec lists %d dimensions and metrics, more than fit into memory, where all columns together may take %d bytes (%d each, and their names): "+
			"raise maxBytesInMemory, or list fewer", n, most, listedBytes)
	}
	return nil
}
